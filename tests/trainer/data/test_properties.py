"""What must hold for any text and any bytes. `make fuzz` tries a hundred times as many (TAILOR_FUZZ=100)."""

import csv
import io
import json
import os
import tempfile
import zipfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainer.data.files import saved, workbook, write, zipped
from trainer.config import Task
from trainer.data import delimited
from trainer.data.prepare import prepare
from trainer.data.reading import read_table
from trainer.data.sources import Source
from trainer.data.table import Table
from trainer.data.texts import folded, squeezed, unstorable
from trainer.errors import DataError

# XML cannot hold control characters, and surrogates are no text; readers trim nothing inside.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=20
).filter(lambda text: text.strip() == text and text and not text.startswith(("=", "_x")))
TABLES = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6)
TIMES = int(os.environ.get("TAILOR_FUZZ", "1"))


def examples(count: int) -> settings:
    return settings(max_examples=count * TIMES, deadline=None)


FAST = examples(60)


def read(content: bytes, name: str, has_header: bool | None = True) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        return read_table(write(Path(folder), name, content), name, has_header=has_header)


NAMES = st.lists(TEXTS, min_size=1, max_size=5, unique_by=lambda name: " ".join(name.split()).casefold())


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """(headings, rows) of one to five columns; cells may be blank, but no row and no first column is."""
    headings = tuple(" ".join(name.split()) for name in draw(NAMES))
    cell = st.one_of(st.just(""), TEXTS)
    row = st.tuples(TEXTS, *[cell] * (len(headings) - 1))
    return headings, draw(st.lists(row, min_size=1, max_size=6))


@examples(200)
@given(
    tables(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_delimited_round_trip(
    written: tuple[tuple[str, ...], list[tuple[str, ...]]], delimiter: str, end: str, encoding: str
) -> None:
    headings, rows = written
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([headings, *rows])
    # Said in the file's first line, as Excel does: of one column nobody could tell what would have separated it.
    table = read(f"sep={delimiter}{end}{file.getvalue()}".encode(encoding), "t.csv")
    assert table.columns == headings
    assert table.rows == rows
    assert table.rejected == []


@examples(100)
@given(TABLES, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_delimited_round_trip_without_a_word_on_the_delimiter(
    rows: list[tuple[str, str]], delimiter: str, end: str
) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(
        [("query", "document"), *rows]
    )
    assert read(file.getvalue().encode(), "t.csv").rows == rows


@examples(100)
@given(tables())
def test_workbook_round_trip(written: tuple[tuple[str, ...], list[tuple[str, ...]]]) -> None:
    headings, rows = written
    book = workbook([[None] * len(headings)])
    for number, row in enumerate([headings, *rows], 1):
        for column, text in enumerate(row, 1):
            if text:
                book.active.cell(number, column, text).data_type = "s"
    table = read(saved(book), "t.xlsx")
    assert (table.columns, table.rows) == (headings, rows)


@examples(200)
@given(tables(), st.booleans(), st.sampled_from(["lines", "list", "columns", "lists", "within"]))
def test_json_round_trip(written: tuple[tuple[str, ...], list[tuple[str, ...]]], escaped: bool, shape: str) -> None:
    headings, rows = written
    objects = [dict(zip(headings, row, strict=True)) for row in rows]
    values = {
        "list": objects,
        "columns": {name: [row[i] for row in rows] for i, name in enumerate(headings)},
        "lists": [headings, *rows],
        "within": {"count": len(rows), "data": objects},
    }
    if shape == "lines":
        text = "\n".join(json.dumps(item, ensure_ascii=escaped) for item in objects)
    else:
        text = json.dumps(values[shape], ensure_ascii=escaped)
    table = read(text.encode(), "t.json")
    assert (table.columns, table.rows) == (headings, rows)


LINES = st.lists(
    st.sampled_from(["a", "b c", '"d"', '"e', 'f"', '"g,h"', '""', " ", ",", ",", ",", "\n", "\n", "\r"]), max_size=40
)


@examples(300)
@given(LINES, st.sampled_from([None, True, False]))
def test_reading_at_once_gives_what_reading_line_by_line_gives(pieces: list[str], has_header: bool | None) -> None:
    content = "".join(pieces).encode()

    def outcome() -> tuple[object, ...]:
        try:
            table = read(content, "t.csv", has_header)
        except DataError as error:
            return (str(error),)
        return table.columns, table.rows, table.row_numbers, table.rejected, table.notes

    at_once = outcome()
    with patch.object(delimited, "_read_flawless", return_value=False):
        assert outcome() == at_once


SIGNS = b', ; | " "" { } [ ] : sep=; < PK\x03\x04 \xef\xbb\xbf \xff\xfe \xe9'.split()
WORDS = b'a 1 true null query document "a": {"a":{"b":["c"]}} [["a"]] "data": "columns": NaN \\ud800'.split()
PIECES = SIGNS + WORDS
BREAKS = [b"\n", b"\r", b"\r\n", b"\0", b"\t", b" "]
NASTY = st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES + BREAKS), max_size=40).map(b"".join))


@examples(900)
@given(NASTY, st.sampled_from(["t.csv", "t.jsonl", "t.json", "t.xlsx"]), st.sampled_from([None, True, False]))
def test_no_bytes_fail_but_with_a_data_error(content: bytes, name: str, has_header: bool | None) -> None:
    try:
        table = read(content, name, has_header)
    except DataError as error:
        assert str(error).startswith(name)
        assert error.remedy or error.cause
    else:
        assert table.rows and all(len(row) == len(table.columns) for row in table.rows)
        assert len(table.row_numbers) == len(table.rows) == len(set(table.row_numbers))
        assert len(set(table.columns)) == len(table.columns) and all(table.columns)


ENTRIES = ["a/1.png", "b/1.jpg", "a", "t.csv", "../a.png", "/a.png", "a\\b.gif", "t.xlsx", "é.png", "A/1.PNG", "x.zip"]
SOUND_WORKBOOK = saved(workbook([["query", "document"], ["a", "b"], [1.5, True]]))


@examples(250)
@given(st.data())
def test_no_damage_to_a_workbook_fails_but_with_a_data_error(data: st.DataObject) -> None:
    content = bytearray(SOUND_WORKBOOK)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(content), "t.xlsx", None)
    except DataError as error:
        assert str(error).startswith("t.xlsx")


with zipfile.ZipFile(io.BytesIO(SOUND_WORKBOOK)) as archive:
    PARTS = {name: archive.read(name) for name in archive.namelist()}
XML = [
    *(b"<c>", b"</c>", b"<v>", b"</v>", b"<f>", b"</f>", b"<row>", b"</row>", b"<mergeCell", b"<!--", b"&amp;"),
    *(b't="s"', b't="d"', b't="e"', b'r="A1"', b'r="XFD9"', b'ref="A1:A99999999"', b"9" * 30, b"-1", b"1e999", b"nan"),
    b"\0",
]


@examples(250)
@given(st.sampled_from(sorted(PARTS)), st.data())
def test_no_change_within_a_workbook_fails_but_with_a_data_error(part: str, data: st.DataObject) -> None:
    """Damage below the checksums of the ZIP, where the parsers are."""
    content = bytearray(PARTS[part])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content)))
        content[place : place + data.draw(st.integers(0, 6))] = data.draw(st.sampled_from(XML))
    try:
        read(zipped({**PARTS, part: bytes(content)}), "t.xlsx", None)
    except DataError as error:
        assert str(error).startswith("t.xlsx")


@examples(200)
@given(st.lists(st.tuples(st.sampled_from(ENTRIES), st.binary(max_size=60)), max_size=6), st.data())
def test_no_zip_fails_but_with_a_data_error(entries: list[tuple[str, bytes]], data: st.DataObject) -> None:
    content = bytearray(zipped(dict(entries)))
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "t.zip", bytes(content))
        try:
            prepare(Source(path, "t.zip"), task=Task.IMAGE_IMAGE, pictures=Path(folder) / "store.zip")
        except DataError as error:
            assert str(error).startswith("t.zip")
        else:
            pytest.fail("so few bytes are no data set")


@FAST
@given(st.text(max_size=30))
def test_keys_of_texts_are_stable(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert squeezed(f"  {text}\t") == squeezed(text)
    if not unstorable(text):
        folded(text).encode()
