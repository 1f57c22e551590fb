"""Reading a catalogue that somebody brings: every kind of file, in the limited child process."""

import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.trainer.data.pictures import encoded, picture, write_zip
from trainer.config import Task
from trainer.data import items as reading
from trainer.data.child import items_in_child
from trainer.data.items import read_items
from trainer.data.limits import DEFAULT_LIMITS
from trainer.data.picture_store import PictureStore
from trainer.data.sources import Source
from trainer.data.table_question import TableQuestion
from trainer.errors import DataError


def write(folder: Path, name: str, content: str) -> Source:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return Source(path, name)


def test_each_line_of_a_plain_text_is_an_item_commas_and_all(tmp_path: Path) -> None:
    source = write(
        tmp_path, "items.txt", "Red shoe, size 40\n\n  Blue shoe, size 41 \nRed shoe,  size 40\nHat, wool, warm\n"
    )
    found, facts = items_in_child(source, Task.TEXT_TEXT)
    assert found.texts == ["Red shoe, size 40", "Blue shoe, size 41", "Hat, wool, warm"]
    columns = facts.pop("choices")["columns"]
    assert facts == {"n_items": 3, "column": "line", "n_duplicates": 1, "n_rejected": 0, "rejected": []}
    assert columns == [["line", ""], ["Column A", "Red shoe"], ["Column B", "size 40"]]
    again, facts = items_in_child(source, Task.TEXT_TEXT, column="Column A")
    assert (
        again.texts == ["Red shoe", "Blue shoe"] and facts["n_rejected"] == 1 and facts["choices"]["columns"] == columns
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("items.csv", "sku,title,price\n1,Red shoe,10\n2,Blue shoe,20\n"),
        ("items.tsv", "sku\ttitle\n1\tRed shoe\n2\tBlue shoe\n"),
        ("items.txt", "sku\ttitle\n1\tRed shoe\n2\tBlue shoe\n"),
        ("items.jsonl", '{"sku": 1, "title": "Red shoe"}\n{"sku": 2, "title": "Blue shoe"}\n'),
    ],
)
def test_tables_give_their_column_of_items(name: str, content: str, tmp_path: Path) -> None:
    found, facts = items_in_child(write(tmp_path, name, content), Task.TEXT_TEXT)
    assert found.texts == ["Red shoe", "Blue shoe"]
    assert facts["column"] == "title"


def test_a_workbook_too_and_a_row_without_an_item_is_named(tmp_path: Path) -> None:
    book = Workbook()
    for row in (("item", "stock"), ("Red shoe", 4), (None, 5), ("Hat", 6)):
        book.active.append(row)
    book.save(tmp_path / "stock.xlsx")
    found, facts = items_in_child(Source(tmp_path / "stock.xlsx", "stock.xlsx"), Task.TEXT_TEXT)
    assert found.texts == ["Red shoe", "Hat"]
    assert facts["n_rejected"] == 1
    assert (facts["rejected"][0]["row"], facts["rejected"][0]["reason"][:11]) == (3, "has no item")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.txt", " \n \n", "The file is empty"),
        ("page.txt", "<html><body>no</body></html>", "web page"),
        ("header.csv", "item,stock\n,4\n", "There is no item in this file. For example, header.csv, row 2"),
    ],
)
def test_what_has_no_items_is_refused_in_words(name: str, content: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words) as caught:
        items_in_child(write(tmp_path, name, content), Task.TEXT_TEXT)
    assert caught.value.remedy
    assert caught.value.place.file == name


def test_too_many_items_are_refused_rather_than_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ITEMS", 2)
    with pytest.raises(DataError, match="has 3 items; at most 2"):
        read_items(write(tmp_path, "items.txt", "a\nb\nc\n"), Task.TEXT_TEXT, DEFAULT_LIMITS, None)


def test_a_picture_that_is_no_text_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "photo.txt"
    path.write_bytes(encoded(picture()))
    with pytest.raises(DataError, match="This is a picture"):
        items_in_child(Source(path, "photo.txt"), Task.TEXT_TEXT)


@pytest.mark.parametrize("task", [Task.TEXT_IMAGE, Task.IMAGE_IMAGE])
def test_a_zip_of_pictures_in_folders(task: Task, tmp_path: Path) -> None:
    files = {
        "vase/1.png": encoded(picture("vase")),
        "lamp/2.png": encoded(picture("lamp")),
        "lamp/no.png": b"\x89PNG no",
    }
    path = write_zip(tmp_path / "shop.zip", files)
    stored = tmp_path / "pictures.zip"
    found, facts = items_in_child(Source(path, "shop.zip"), task, pictures=stored)
    assert [found.captions[key] for key in found.texts] == ["1.png", "2.png"]
    assert list(found.labels.values()) == (["vase", "lamp"] if task is Task.IMAGE_IMAGE else [])
    with PictureStore(stored) as store:
        assert all(store.open(key).size for key in found.texts)
    assert facts["n_rejected"] == 1
    assert json.dumps(facts)


def test_a_table_of_pictures_without_the_pictures_says_what_to_bring(tmp_path: Path) -> None:
    source = write(tmp_path, "table.csv", "picture\na/1.png\na/2.png\n")
    with pytest.raises(DataError) as caught:
        items_in_child(source, Task.TEXT_IMAGE, pictures=tmp_path / "p.zip")
    assert "ZIP" in caught.value.remedy


def test_another_column_sheet_and_encoding_can_be_chosen(tmp_path: Path) -> None:
    source = write(tmp_path, "a.csv", "sku,title,colour\nA1,Red shoe,very red\nA2,Hat,blue\n")
    found, facts = items_in_child(source, Task.TEXT_TEXT, column="colour")
    assert found.texts == ["very red", "blue"] and facts["column"] == "colour"
    assert facts["choices"]["columns"] == [["sku", "A1"], ["title", "Red shoe"], ["colour", "very red"]]
    with pytest.raises(DataError, match=r"a\.csv: There is no column “size”\. The columns are: sku, title, colour\."):
        items_in_child(source, Task.TEXT_TEXT, column="size")
    book = Workbook()
    book.active.title = "Old"
    for sheet in (book.active, book.create_sheet("New")):
        for row in (("item",), ("Red shoe",), (f"{sheet.title} hat",)):
            sheet.append(row)
    book.save(tmp_path / "stock.xlsx")
    with pytest.raises(TableQuestion) as asked:
        items_in_child(Source(tmp_path / "stock.xlsx", "stock.xlsx"), Task.TEXT_TEXT)
    assert [(each.name, each.n_rows) for each in asked.value.candidates] == [("Old", 2), ("New", 2)]
    chosen, _ = items_in_child(Source(tmp_path / "stock.xlsx", "stock.xlsx", sheet="New"), Task.TEXT_TEXT)
    assert chosen.texts == ["Red shoe", "New hat"]
