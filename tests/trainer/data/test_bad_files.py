"""Every kind of bad file gives a message that names the file, the row where there is one, the cause and the remedy."""

import json
import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.trainer.data.files import cell, csv_pairs, raw_workbook, saved, workbook, write, zipped
from trainer.data.limits import ReadLimits
from trainer.data.prepare import prepare
from trainer.data.reading import read_table
from trainer.data.sources import Source
from trainer.errors import DataError

LIMITS = ReadLimits(max_bytes=5_000_000, max_rows=1_000, max_columns=50, max_cell_characters=2_000)


@dataclass(frozen=True)
class Bad:
    """A bad file. row: in the message; None where the whole file is meant. spared: the other rows are still read."""

    name: str
    content: Callable[[], bytes]
    cause: str
    remedy: str
    row: int | None = None
    spared: bool = False


def rows_with(line: str | bytes) -> Callable[[], bytes]:
    """30 good rows with a bad one as row 4."""
    lines = csv_pairs().splitlines()
    lines.insert(3, line if isinstance(line, bytes) else line.encode())
    return lambda: b"\n".join(lines) + b"\n"


def objects_with(line: str) -> Callable[[], bytes]:
    """30 good JSON lines with a bad one as line 4."""
    lines = [json.dumps({"question": f"question no {i}", "answer": f"answer {i % 7}"}) for i in range(30)]
    lines.insert(3, line)
    return lambda: "\n".join(lines).encode()


def sheet_with(row: list[object]) -> Callable[[], bytes]:
    """30 good rows on a sheet with a bad one as row 4."""
    rows: list[list[object]] = [[f"question no {i}", f"answer {i % 7}"] for i in range(30)]
    rows = [["question", "answer"], *rows[:2], row, *rows[2:]]
    return lambda: saved(workbook(rows))


def encrypted_office() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

BAD_FILES = [
    Bad("empty.csv", lambda: b"", "is empty", "Upload a table"),
    Bad("blank.csv", lambda: b" \r\n\r\n \n", "is empty", "Upload a table"),
    Bad("header only.csv", lambda: b"question,answer\n", "no rows below", "one example in each row", 1),
    Bad(
        "windows.csv", rows_with("wie öffne ich das Menü,Hilfe".encode("cp1252")), "not UTF-8", "Choose the encoding", 4
    ),
    Bad("japanese.csv", rows_with("質問です,答え".encode("cp932")), "not UTF-8", "Choose the encoding", 4),
    Bad("chinese.csv", rows_with("这是一个问题,答案".encode("gb18030")), "not UTF-8", "Choose the encoding", 4),
    Bad("mixed.csv", rows_with(b"caf\xe9 and caf\xc3\xa9,drinks"), "not UTF-8", "save the file again", 4),
    Bad(
        "half utf16.csv", lambda: csv_pairs().decode().encode("utf-16-le"), "seems to be UTF-16", "Choose the encoding"
    ),
    Bad("cut utf16.csv", lambda: csv_pairs().decode().encode("utf-16")[:-1], "stops being", "another encoding", 31),
    Bad("nul.csv", rows_with("what is \0 this,answer"), "NUL", "Export the file again", 4, spared=True),
    Bad("huge cell.csv", rows_with("why " * 600 + ",answer"), "2,400 characters", "Shorten", 4, spared=True),
    Bad("unclosed quote.csv", rows_with('"why is this,answer'), "quotation mark", "Close it", 4, spared=True),
    Bad("stray quote.csv", rows_with('"the 5" pipe",answer'), "quotation mark", "twice", 4, spared=True),
    Bad("too few cells.csv", rows_with("a question alone"), "1 cell where", "empty cell", 4, spared=True),
    Bad("too many cells.csv", rows_with("this, that,answer"), "3 cells where", "quotation marks", 4, spared=True),
    Bad("no question.csv", rows_with(" ,answer"), "has no question", "catalogue", 4, spared=True),
    Bad("no answer.csv", rows_with("a question,"), "no matching item", "Fill it in", 4, spared=True),
    Bad(
        "wide.csv", lambda: (",".join(f"c{i}" for i in range(10_000)) + "\n").encode(), "10,000 columns", "Keep only", 1
    ),
    Bad("long.csv", lambda: csv_pairs(1_500), "more than 1,000 rows", "Take a part", 1002),
    Bad("large.csv", lambda: b"x" * 5_000_001, "at most 5 MB", "fewer rows"),
    Bad(
        "one label.csv",
        lambda: b"text,label\n" + b"".join(b"text %d,same\n" % i for i in range(40)),
        "same item",
        "other",
    ),
    Bad("one pair.csv", lambda: b"question,answer\nhow,so\nhow,so too\n", "only 1", "Add more examples"),
    Bad(
        "contradiction.csv",
        lambda: b"question,answer,score\n" + b"".join(b"q%d,a%d,1\n" % (i, i % 9) for i in range(30)) + b"q1,a1,0\n",
        "contradicted",
        "Keep what is true",
        3,
        spared=True,
    ),
    Bad("cut off.jsonl", objects_with('{"question": "a", "ans'), "not a whole JSON object", "cut off", 4, spared=True),
    Bad("nan.jsonl", objects_with('{"question": "a", "answer": NaN}'), "NaN", "Write a number", 4, spared=True),
    Bad(
        "nested.jsonl",
        objects_with('{"question": "a", "answer": {"b": 1}}'),
        "an object where",
        "one text",
        4,
        spared=True,
    ),
    Bad("deep.jsonl", objects_with("[" * 100_000), "nested too deeply", "plain texts", 4, spared=True),
    Bad("twice.jsonl", objects_with('{"question": "a", "question": "b"}'), "twice", "Keep one", 4, spared=True),
    Bad(
        "digits.jsonl",
        objects_with('{"question": "a", "answer": ' + "9" * 5000 + "}"),
        "5,000 digits",
        "Correct",
        4,
        spared=True,
    ),
    Bad(
        "surrogate.jsonl",
        objects_with('{"question": "\\ud800", "answer": "b"}'),
        "half a character",
        "UTF-8",
        4,
        spared=True,
    ),
    Bad("text line.jsonl", objects_with('"just a text"'), "not an object", "Write it as an object", 4, spared=True),
    Bad(
        "no json.jsonl",
        lambda: b"question,answer\na,b\n",
        "does not begin with an object",
        "one object in each line",
        1,
    ),
    Bad("broken.json", lambda: b'[{"question": "a", "answer": "b"}, {"question": ', "breaks off", "export it again", 2),
    Bad(
        "two lists.json",
        lambda: b'[{"question": "a", "answer": "b"}]\n[1]',
        "not well formed",
        "one object in each line",
        1,
    ),
    Bad("old.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900), "old Excel file", "save it as"),
    Bad("secret.xlsx", encrypted_office, "protected by a password", "Remove the password"),
    Bad("page.xls", lambda: b"<html><table><tr><td>1</td></tr></table></html>", "web page", "save it as"),
    Bad("report.csv", lambda: b"%PDF-1.7\n" + bytes(100), "PDF", "Export the table"),
    Bad("photo.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "picture (PNG)", "Upload a table"),
    Bad("model.csv", lambda: pickle.dumps({"a": [1, 2, 3]}), "pickle", "Upload a table"),
    Bad("noise.csv", lambda: random.Random(0).randbytes(5_000), "not a text table", "Upload a table"),
    Bad("photos.xlsx", lambda: zipped({"a.jpg": b"x", "b.jpg": b"y"}), "ZIP archive", "Unpack it"),
    Bad("open.xlsx", lambda: zipped({"mimetype": b"x", "content.xml": b"<x/>"}), "OpenDocument", "save it as"),
    Bad(
        "letter.xlsx",
        lambda: zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b""}),
        "not a workbook",
        "Upload",
    ),
    Bad(
        "cut off.xlsx", lambda: saved(workbook([["question", "answer"], ["a", "b"]]))[:-200], "damaged", "Save it again"
    ),
    Bad(
        "faulty.xlsx",
        lambda: raw_workbook('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'),
        "damaged",
        "Save it again",
    ),
    Bad("entities.xlsx", lambda: raw_workbook("<row/>", ENTITIES), "entities", "Copy the table"),
    Bad(
        "corner.xlsx",
        lambda: raw_workbook(
            f'<row r="1">{cell("A1", "question")}</row><row r="1048576">{cell("XFD1048576", "x")}</row>'
        ),
        "column XFD",
        "Delete what stands",
        1_048_576,
    ),
    Bad("bomb.xlsx", lambda: raw_workbook("", **{"xl/media/x.bin": " " * 6_000_000}), "unpacks to", "Delete sheets"),
    Bad("blank.xlsx", lambda: saved(workbook([])), "No visible sheet", "first visible sheet"),
    Bad("formula.xlsx", sheet_with(["=A1", "answer"]), "formula without a stored result", "save it", 4, spared=True),
    Bad("error.xlsx", sheet_with(["#N/A", "answer"]), "spreadsheet error #N/A", "Mend the formula", 4, spared=True),
]


def message_of(path: Path) -> tuple[str, bool]:
    """What the person reads, and whether the rest of the file was used."""
    try:
        prepared = prepare(Source(path, path.name), limits=LIMITS)
    except DataError as error:
        return str(error), False
    first = prepared.rejected[0]
    entry = f", {first['entry']}" if first["entry"] else ""
    assert first["file"] == path.name
    assert prepared.n_rows == 31
    assert prepared.n_queries >= 29
    return f"{first['file']}{entry}, row {first['row']:,}: {first['reason']}", True


@pytest.mark.parametrize("bad", BAD_FILES, ids=[bad.name for bad in BAD_FILES])
def test_message_names_file_row_cause_and_remedy(bad: Bad, tmp_path: Path) -> None:
    message, spared = message_of(write(tmp_path, bad.name, bad.content()))
    assert message.startswith(bad.name), message
    if bad.row is not None:
        assert f"row {bad.row:,}" in message.split(":")[0], message
    assert bad.cause in message
    assert bad.remedy in message
    assert spared is bad.spared
    assert "Traceback" not in message and "Error" not in message


def test_there_are_at_least_twenty_kinds() -> None:
    assert len({bad.name for bad in BAD_FILES}) >= 40


def test_a_bad_cell_in_an_ignored_column_costs_nothing(tmp_path: Path) -> None:
    lines = [f"question {i},answer {i % 5},note" for i in range(30)]
    lines[3] = "question 3,answer 3," + "x" * 3_000
    path = write(tmp_path, "notes.csv", "\n".join(["question,answer,remark", *lines]).encode())
    assert prepare(Source(path, path.name), limits=LIMITS).rejected == []


def test_rows_after_an_unclosed_quote_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, "quote.csv", b'question,answer\na,b\n"c,d\ne,f\n"g",h\n')
    table = read_table(path, path.name)
    assert table.rows == [("a", "b"), ("e", "f"), ("g", "h")]
    assert table.row_numbers == [2, 4, 5]
    assert [row.place.row for row in table.rejected] == [3]


def test_an_unclosed_quote_that_ends_in_another_row_swallows_none(tmp_path: Path) -> None:
    path = write(tmp_path, "quote.csv", b'question,answer\n"a,b\nc,d\ne,f"\n')
    table = read_table(path, path.name)
    assert table.rows == [("c", "d"), ("e", 'f"')]
    assert [row.place.row for row in table.rejected] == [2]
