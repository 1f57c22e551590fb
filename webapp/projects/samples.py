"""The files of the sample project: clinical wording → official diagnosis, from the packaged ICD-10-CM classification.

Read straight from the package's own file: to import its module takes seconds, and a lot of the web process's memory.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from defusedxml.ElementTree import iterparse

_PACKAGE = "simple_icd_10_cm"
_CHAPTERS = ("F", "I", "J", "K")
"""First letters of the codes: mental health, circulation, breathing, digestion."""
_FEWEST_WORDINGS, _MOST_WORDINGS = 5, 6
"""Of one diagnosis: enough that it recurs between learning and judging, not so many that it dominates."""
_LONGEST_WORDING = 90
_CODE_LENGTH = len("K35.8")
"""The catalogue holds the official descriptions of codes up to this length, and all that the examples lead to."""


def sample_examples() -> bytes:
    """A CSV with the columns question and diagnosis: some hundred wordings with their official descriptions."""
    return _csv(("question", "diagnosis"), _examples())


def sample_catalogue() -> bytes:
    """A CSV with the column diagnosis: the official descriptions of the same chapters, which search must tell apart."""
    descriptions = [description for code, description, _ in _diagnoses() if len(code) <= _CODE_LENGTH]
    descriptions.extend(description for _, description in _examples())
    return _csv(("diagnosis",), [(description,) for description in dict.fromkeys(descriptions)])


def _csv(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([columns, *rows])
    return file.getvalue().encode("utf-8")


def _examples() -> list[tuple[str, str]]:
    pairs: dict[str, str] = {}  # a wording leads to one diagnosis only
    for _, description, wordings in _diagnoses():
        telling = [wording for wording in wordings if _is_telling(wording, description)]
        if len(telling) >= _FEWEST_WORDINGS:
            for wording in telling[:_MOST_WORDINGS]:
                pairs.setdefault(wording, description)
    return list(pairs.items())


def _is_telling(wording: str, description: str) -> bool:
    """Whether a wording is short and says it in other words: a repetition of the official ones teaches nothing."""
    plain, official = wording.casefold().replace(" nos", ""), description.casefold()
    return len(wording) <= _LONGEST_WORDING and plain not in official and official not in plain


@lru_cache(maxsize=1)
def _diagnoses() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """(code, official description, wordings) of the chosen chapters, in order of code. Reads 10 MB in a second."""
    return tuple(sorted(_parse(_tabular_file())))


def _tabular_file() -> Path:
    spec = find_spec(_PACKAGE)  # finds without importing
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    found = [file for folder in folders for file in sorted((folder / "data").glob("icd10c-tabular*.xml"))]
    if not found:
        raise FileNotFoundError(f"The sample data is missing: install the package {_PACKAGE.replace('_', '-')}.")
    return found[-1]


def _parse(path: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for _, element in iterparse(path, events=("end",)):
        if element.tag == "diag":
            code, description = element.findtext("name", ""), element.findtext("desc", "")
            if code.startswith(_CHAPTERS):
                notes = [*element.findall("inclusionTerm/note"), *element.findall("includes/note")]
                yield code, description, tuple(note.text.strip() for note in notes if note.text)
        elif element.tag == "chapter":
            element.clear()  # else the whole classification stays in memory
