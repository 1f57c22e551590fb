"""Each finding appears when its cause is there, and only then."""

from pathlib import Path

import pytest

from tests.trainer.data.files import write
from trainer.data.checks import Finding
from trainer.data.prepare import prepare
from trainer.data.sources import Source

_WORDS = "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa"
WORDS = tuple(_WORDS.split())


def clean_rows(count: int = 1_100) -> list[str]:
    """Different questions about 60 items, none dominating."""
    numbers = [(WORDS[i % 16], WORDS[i // 16 % 16], WORDS[(i // 256 + 3 * i) % 16], i) for i in range(count)]
    return [
        f"where does {a} keep the {b} of {c} {WORDS[i % 13]},item {WORDS[i % 12]} {WORDS[i % 5]}"
        for a, b, c, i in numbers
    ]


def findings(
    folder: Path, rows: list[str], catalogue: str = "", questions: list[str] | None = None
) -> dict[str, Finding]:
    source = Source(write(folder, "t.csv", "\n".join(["query,document", *rows]).encode()), "t.csv")
    items = Source(write(folder, "c.csv", catalogue.encode()), "c.csv") if catalogue else None
    own = (
        Source(write(folder, "q.csv", "\n".join(["query,document", *questions]).encode()), "q.csv")
        if questions
        else None
    )
    return {plain["kind"]: Finding(**plain) for plain in prepare(source, own, items).findings}


def test_clean_data_has_no_findings(tmp_path: Path) -> None:
    found = findings(tmp_path, clean_rows())
    assert set(found) <= {"near_duplicates"}


@pytest.mark.parametrize(
    ("kind", "row", "count"),
    [
        ("rejected_rows", "a question,", 1),
        ("duplicates", clean_rows()[5], 1),
        ("query_is_document", "Brand new thing,brand new thing", 1),
        ("short_texts", "ab,item new", 1),
        ("long_texts", "why " * 300 + ",item new", 1),
        ("invisible_characters", "zero\u200bwidth,item new", 1),
    ],
)
def test_one_bad_row_gives_its_finding(tmp_path: Path, kind: str, row: str, count: int) -> None:
    assert kind not in findings(tmp_path, clean_rows())
    found = findings(tmp_path, [*clean_rows(), row])[kind]
    assert found.count == count
    assert found.examples and all(len(example) <= 160 for example in found.examples)
    assert found.title.startswith("1 ")


def test_a_dominating_item_and_few_items(tmp_path: Path) -> None:
    found = findings(
        tmp_path, [f"{row.split(',')[0]},item {'a' if i % 2 else i % 8}" for i, row in enumerate(clean_rows(300))]
    )
    assert found["dominating_item"].examples == ["item a"]
    assert "50%" in found["dominating_item"].title
    assert found["few_items"].count == 5


def test_how_certain_few_test_questions_are(tmp_path: Path) -> None:
    found = findings(tmp_path, clean_rows(100))["few_test_questions"]
    assert found.severity == "warn"
    assert "±22 points" in found.why  # 98 / sqrt(20)


def test_a_catalogue_that_spells_its_items_differently(tmp_path: Path) -> None:
    found = findings(tmp_path, clean_rows(300), catalogue="document\nITEM A\nitem alpha alpha\n")
    assert found["not_in_catalogue"].severity == "warn"
    assert found["not_in_catalogue"].count == 59


def test_examples_too_like_the_test_questions(tmp_path: Path) -> None:
    rows = clean_rows(300)
    found = findings(tmp_path, rows, questions=[row.upper() for row in rows[:30]])
    assert found["too_like_test_questions"].count >= 30
    assert found["rejected_rows"].examples[0].startswith("t.csv, row 2")


def test_the_gravest_come_first(tmp_path: Path) -> None:
    found = list(findings(tmp_path, [*clean_rows(100), "a question,", clean_rows()[5]]).values())
    severities = [finding.severity for finding in found]
    assert severities == sorted(severities, key=["stop", "warn", "info"].index)
    assert len(set(severities)) > 1
