"""The sample's files: large enough to learn from, the same each time, and light."""

import csv
import io
import subprocess
import sys
from collections import Counter
from pathlib import Path

from webapp.projects import samples
from webapp.projects.samples import sample_catalogue, sample_examples


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"))))


def test_examples_lead_several_wordings_to_each_diagnosis() -> None:
    heading, *pairs = rows(sample_examples())
    assert heading == ["question", "diagnosis"]
    assert 400 <= len(pairs) <= 700
    assert len({question for question, _ in pairs}) == len(pairs)
    uses = Counter(diagnosis for _, diagnosis in pairs)
    assert sum(count >= 4 for count in uses.values()) > 0.9 * len(uses)
    assert not any(question.casefold() in diagnosis.casefold() for question, diagnosis in pairs)
    assert all(question and diagnosis for question, diagnosis in pairs)


def test_the_catalogue_holds_every_diagnosis_of_the_examples() -> None:
    heading, *items = rows(sample_catalogue())
    assert heading == ["diagnosis"]
    names = {item for (item,) in items}
    assert len(names) == len(items)
    assert 1_000 <= len(names) <= 3_000
    assert {diagnosis for _, diagnosis in rows(sample_examples())[1:]} <= names


def test_a_fresh_start_gives_the_same_bytes_without_heavy_imports() -> None:
    code = (
        "import sys; from webapp.projects import samples as s; "
        "sys.stdout.buffer.write(s.sample_examples() + s.sample_catalogue()); "
        "assert not {'torch', 'trainer', 'simple_icd_10_cm', 'numpy'} & set(sys.modules)"
    )
    root = Path(samples.__file__).parents[2]
    fresh = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True)
    assert fresh.stdout == sample_examples() + sample_catalogue()
