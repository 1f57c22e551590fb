"""A click on a finding leaves out what it says, so that the finding is gone; where that is not safe there is none."""

from pathlib import Path
from typing import Any

import pytest

from tests.trainer.data.files import write
from tests.trainer.data.pictures import encoded, labelled, picture, write_zip
from tests.trainer.data.test_checks import clean_rows
from trainer.config import Task
from trainer.data.corrections import Change, Correction
from trainer.data.frozen import thaw
from trainer.data.mending import Mend, mend
from trainer.data.prepare import Prepared, prepare
from trainer.data.rows import rows_of
from trainer.data.sources import Source


def _prepared(folder: Path, rows: list[str]) -> Prepared:
    return prepare(Source(write(folder, "t.csv", "\n".join(["query,document", *rows]).encode()), "t.csv"))


def _finding(prepared: Prepared, kind: str) -> dict[str, Any]:
    return next(each for each in prepared.findings if each["kind"] == kind)


def _after_click(folder: Path, prepared: Prepared, kind: str, pictures: Path | None = None) -> Prepared:
    (folder / "frozen").write_bytes(prepared.frozen)
    drops = [Correction(Change.DROP, number) for number in prepared.finding_rows[kind]["drop"]]
    return mend(Mend("Data version 1", folder / "frozen", drops, False, pictures), pictures and folder / "copied")


DOMINATED = [f"{row.split(',')[0]},item {'a' if i % 2 else i % 30}" for i, row in enumerate(clean_rows(300))]


@pytest.mark.parametrize(
    ("kind", "rows", "dropped"),
    [
        ("short_texts", [*clean_rows(200), "ab,item new", "who wants it,XL"], {"ab", "who wants it"}),
        ("query_is_document", [*clean_rows(200), "Brand new,brand new", "Brand new,item alpha lima"], {"Brand new"}),
        ("near_duplicates", [*clean_rows(200), clean_rows()[7].replace("where does", "WHERE DOES")], None),
        ("dominating_item", DOMINATED, None),
    ],
)
def test_a_click_does_away_with_its_finding(
    tmp_path: Path, kind: str, rows: list[str], dropped: set[str] | None
) -> None:
    prepared = _prepared(tmp_path, rows)
    finding = _finding(prepared, kind)
    table = rows_of(thaw(prepared.frozen)[0])
    numbers = prepared.finding_rows[kind]["drop"]
    assert finding["fix"]
    assert finding["n_of"] == len(table.rows)
    assert finding["n_drop"] == len(numbers) == len(set(numbers)) > 0
    assert finding["n_drop_judged"] == sum(table.rows[number - 1].part == "judge" for number in numbers)
    assert set(numbers) <= set(prepared.finding_rows[kind]["about"])
    if dropped:
        assert {table.rows[number - 1].question for number in numbers} == dropped
    for example, number in zip(finding["examples"], finding["example_rows"], strict=True):
        row = table.rows[number - 1]
        assert any(text in example for text in (row.question, row.item))
    after = _after_click(tmp_path, prepared, kind)
    left = [found for found in after.findings if found["kind"] == kind and found.get("fix")]
    assert not left
    assert len(rows_of(thaw(after.frozen)[0]).rows) == len(table.rows) - len(numbers)


def test_what_differs_is_not_taken_for_said_twice(tmp_path: Path) -> None:
    rows = clean_rows(200)
    prepared = _prepared(tmp_path, [*rows, f"{rows[7].split(',')[0].upper()},item of its own"])
    finding = _finding(prepared, "near_duplicates")
    assert finding["n_rows"] >= 2
    assert "item of its own" not in {
        rows_of(thaw(prepared.frozen)[0]).rows[number - 1].item
        for number in prepared.finding_rows["near_duplicates"]["drop"]
    }


def test_there_is_no_click_where_most_or_too_few_would_stay(tmp_path: Path) -> None:
    most = _prepared(
        tmp_path,
        [f"{row.split(',')[0]},{'x' if i % 5 < 3 else 'item '}{i % 7}" for i, row in enumerate(clean_rows(100))],
    )
    assert _finding(most, "short_texts")["fix"] == ""
    assert most.finding_rows["short_texts"]["about"] and not most.finding_rows["short_texts"]["drop"]
    few = _prepared(tmp_path, [*clean_rows(22), "ab,item 1", "cd,item 2", "ef,item 3", "gh,item 4", "ij,item 5"])
    assert _finding(few, "short_texts")["fix"] == ""


def test_numbers_in_the_place_of_words_are_noticed(tmp_path: Path) -> None:
    rows = [f"{row.split(',')[0]},{4711 + i % 30}" for i, row in enumerate(clean_rows(100))]
    found = {each["kind"] for each in _prepared(tmp_path, rows).findings}
    assert "codes_as_items" in found
    assert "codes_as_questions" not in found


def test_labelled_pictures_lose_look_alikes_and_a_dominating_label(tmp_path: Path) -> None:
    files = labelled(12) | {f"lamp/again{n}.jpg": encoded(picture("lamp", n), "JPEG", quality=92) for n in range(3)}
    files |= {f"shirt/more{n}.png": encoded(picture("shirt", 100 + n)) for n in range(40)}
    path = write_zip(tmp_path / "p.zip", files)
    prepared = prepare(Source(path, path.name), task=Task.IMAGE_IMAGE, pictures=tmp_path / "pictures")
    table = rows_of(thaw(prepared.frozen)[0])
    alike = prepared.finding_rows["look_alikes"]["drop"]
    assert sorted(table.captions[table.rows[number - 1].question] for number in alike) == [
        "again0.jpg",
        "again1.jpg",
        "again2.jpg",
    ]
    assert _finding(prepared, "dominating_label")["fix"] == "Keep 26 rows of it"  # 27 others; each side rounds down
    after = _after_click(tmp_path, prepared, "dominating_label", tmp_path / "pictures")
    assert "dominating_label" not in {each["kind"] for each in after.findings}
