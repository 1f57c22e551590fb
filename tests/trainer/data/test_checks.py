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
        f"where does {a} keep the {b} of {c} {WORDS[i % 13]},item {WORDS[i % 12]} {WORDS[11 + i % 5]}"
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
    assert "1,068 test questions" in found.why  # (98 / 3)²
    assert "about 5,300 more examples" in found.remedy  # 1,048 more to judge by, of every fifth example
    own = findings(tmp_path, clean_rows(100), questions=other_rows(40))["few_test_questions"]
    assert "Add 1,028 more test questions" in own.remedy
    assert "±15 points" in own.why  # 98 / sqrt(40)


def other_rows(count: int) -> list[str]:
    return [
        f"kindly tell us how {WORDS[i % 16]} differs from {WORDS[i * 7 % 15]} in {i},item alpha lima"
        for i in range(count)
    ]


def test_contradictions_are_shown(tmp_path: Path) -> None:
    rows = [f"{row},1" for row in clean_rows(100)]
    source = Source(
        write(tmp_path, "s.csv", "\n".join(["query,document,score", *rows, rows[3][:-1] + "0"]).encode()), "s.csv"
    )
    found = {plain["kind"]: Finding(**plain) for plain in prepare(source).findings}["conflicts"]
    assert found.count == 1
    assert found.examples == [rows[3].removesuffix(",1").replace(",", " ↔ ")]


def test_items_that_are_nearly_the_same(tmp_path: Path) -> None:
    rows = [*clean_rows(), "which is the cheapest of them,ITEM alpha-lima!"]
    found = findings(tmp_path, rows)["near_duplicate_items"]
    assert found.count == 2
    assert found.examples == ["item alpha lima ≈ ITEM alpha-lima!"]
    assert "near_duplicate_items" not in findings(tmp_path, clean_rows())


def test_questions_in_several_languages(tmp_path: Path) -> None:
    english = [f"where is the {row}" for row in clean_rows(200)]
    german = [f"wo ist die {WORDS[i]} und wann kommt sie an,item alpha lima" for i in range(12)]
    assert "mixed_languages" not in findings(tmp_path, english)
    assert "mixed_languages" not in findings(tmp_path, [*english, *german[:3]]), "a few may be names"
    found = findings(tmp_path, [*english, *german])["mixed_languages"]
    assert found.count == 12
    assert found.title == "12 questions seem to be in German, most others in English"
    assert found.examples == ["German: wo ist die alpha und wann kommt sie an"]


def test_a_catalogue_that_spells_its_items_differently(tmp_path: Path) -> None:
    found = findings(tmp_path, clean_rows(300), catalogue="document\nITEM A\nitem alpha lima\n")
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
