"""What must hold for any text and any bytes."""

import csv
import io
import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainer.data.files import saved, workbook, write
from trainer.data.reading import read_table
from trainer.data.table import Table
from trainer.data.texts import folded, squeezed, unstorable
from trainer.errors import DataError

# XML cannot hold control characters, and surrogates are no text; readers trim nothing inside.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=20
).filter(lambda text: text.strip() == text and text and not text.startswith(("=", "_x")))
TABLES = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6)
FAST = settings(max_examples=60, deadline=None)


def read(content: bytes, name: str, has_header: bool | None = True) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        return read_table(write(Path(folder), name, content), name, has_header=has_header)


@FAST
@given(
    TABLES,
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_delimited_round_trip(rows: list[tuple[str, str]], delimiter: str, end: str, encoding: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("query", "document"), *rows])
    table = read(file.getvalue().encode(encoding), "t.csv")
    assert table.rows == rows
    assert table.rejected == []


@FAST
@given(TABLES)
def test_workbook_round_trip(rows: list[tuple[str, str]]) -> None:
    book = workbook([["query", "document"]])
    for number, row in enumerate(rows, 2):
        for column, text in enumerate(row, 1):
            book.active.cell(number, column, text).data_type = "s"
    assert read(saved(book), "t.xlsx").rows == rows


@FAST
@given(TABLES, st.booleans(), st.booleans())
def test_json_round_trip(rows: list[tuple[str, str]], escaped: bool, array: bool) -> None:
    objects = [{"query": query, "document": document} for query, document in rows]
    if array:
        text = json.dumps(objects, ensure_ascii=escaped)
    else:
        text = "\n".join(json.dumps(item, ensure_ascii=escaped) for item in objects)
    assert read(text.encode(), "t.jsonl").rows == rows


PIECES = b'a , ; " "" { } [ ] : 1 query document "a": NaN \\ud800 sep=; < PK\x03\x04 \xef\xbb\xbf \xff\xfe \xe9'.split()
BREAKS = [b"\n", b"\r", b"\r\n", b"\0", b"\t", b" "]
NASTY = st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES + BREAKS), max_size=40).map(b"".join))


@settings(max_examples=300, deadline=None)
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


SOUND_WORKBOOK = saved(workbook([["query", "document"], ["a", "b"], [1.5, True]]))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_to_a_workbook_fails_but_with_a_data_error(data: st.DataObject) -> None:
    content = bytearray(SOUND_WORKBOOK)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(content), "t.xlsx", None)
    except DataError as error:
        assert str(error).startswith("t.xlsx")


@FAST
@given(st.text(max_size=30))
def test_keys_of_texts_are_stable(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert squeezed(f"  {text}\t") == squeezed(text)
    if not unstorable(text):
        folded(text).encode()
