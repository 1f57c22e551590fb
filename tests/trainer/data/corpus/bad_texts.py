"""Files that are no tables, and tables with bytes or rows that cannot be used."""

import codecs
import io
import pickle
import random
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.trainer.data.corpus.cases import Case, refused, spared
from tests.trainer.data.files import csv_pairs, zipped

NO_TABLES: dict[str, tuple[str, bytes, str]] = {
    "PDF": ("pdf", b"%PDF-1.7\n" + bytes(99), "PDF"),
    "PNG": ("csv", b"\x89PNG\r\n\x1a\n" + bytes(99), "picture (PNG)"),
    "JPEG": ("csv", b"\xff\xd8\xff\xe0" + bytes(99), "picture (JPEG)"),
    "GIF": ("gif", b"GIF89a" + bytes(99), "picture (GIF)"),
    "gzip": ("csv.gz", b"\x1f\x8b\x08" + bytes(99), "gzip"),
    "7-Zip": ("7z", b"7z\xbc\xaf\x27\x1c" + bytes(99), "7-Zip"),
    "RAR": ("rar", b"Rar!\x1a\x07\x01\x00" + bytes(99), "RAR"),
    "RTF": ("rtf", b"{\\rtf1\\ansi hello}", "RTF"),
    "Parquet": ("parquet", b"PAR1" + bytes(99), "Parquet"),
    "Linux program": ("csv", b"\x7fELF" + bytes(99), "program"),
    "Windows program": ("csv", b"MZ\x90\0" + bytes(99), "program"),
    "pickle": ("csv", pickle.dumps({"a": 1}), "pickle"),
    "old Excel": ("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900), "old Excel"),
    "HTML": ("xls", b"<html><body><table><tr><td>1</td></tr></table></body></html>", "web page"),
    "HTML with a doctype": ("csv", b"\n<!DOCTYPE html>\n<p>Sign in</p>", "web page"),
    "XML": ("csv", b'<?xml version="1.0"?><rows/>', "web page or XML"),
    "SpreadsheetML": ("xls", b'\xef\xbb\xbf<?xml version="1.0"?><?mso-application?><Workbook/>', "XML"),
    "SVG": ("csv", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "XML"),
    "noise": ("csv", random.Random(1).randbytes(4000), "not a text table"),
    "zeros": ("csv", bytes(4000), "not a text table"),
    "OpenDocument": ("ods", zipped({"mimetype": b"x", "content.xml": b"<x/>"}), "OpenDocument"),
    "Word": ("docx", zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "not a workbook"),
    "PowerPoint": ("pptx", zipped({"[Content_Types].xml": b"<x/>", "ppt/presentation.xml": b"<x/>"}), "not a workbook"),
    "binary workbook": ("xlsb", zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.bin": b""}), ".xlsb"),
    "archive of tables": ("zip", zipped({"a.csv": csv_pairs()}), "ZIP archive"),
    "empty archive": ("zip", zipped({}), "ZIP archive"),
}  # fmt: skip


def database() -> bytes:
    """A small SQLite file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        connection = sqlite3.connect(path)
        connection.execute("create table t (a, b)")
        connection.close()
        return path.read_bytes()


def packed() -> bytes:
    """A TAR archive with a table."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo("a.csv")
        entry.size = len(csv_pairs())
        archive.addfile(entry, io.BytesIO(csv_pairs()))
    return file.getvalue()


def locked() -> bytes:
    """A workbook's ZIP whose entries say that they are encrypted."""
    content = bytearray(zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}))
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 1)
    return bytes(content)


def with_line(line: str | bytes, count: int = 25) -> bytes:
    """Good rows with a bad one as row 4."""
    lines = csv_pairs(count).splitlines()
    lines.insert(3, line if isinstance(line, bytes) else line.encode())
    return b"\n".join(lines) + b"\n"


def _whole_files() -> Iterator[Case]:
    for word, (ending, content, said) in NO_TABLES.items():
        yield refused(f"no table, {word}", ending, content, said)
    yield refused("no table, database", "csv", database, "database", "CSV")
    yield refused("no table, TAR", "tar", packed, "no table", "Upload a table")
    yield refused("no table, locked workbook", "xlsx", locked, "encrypted", "Remove the password")
    for word, content in {"nothing": b"", "blanks": b"   ", "line ends": b"\r\n\r\n", "tabs": b"\t\t\n\t\n"}.items():
        yield refused(f"empty, {word}", "csv", content, "is empty", "Upload a table")
    for word, mark in {"UTF-8": codecs.BOM_UTF8, "UTF-16": codecs.BOM_UTF16_LE, "UTF-32": codecs.BOM_UTF32_LE}.items():
        yield refused(f"a mark of {word} alone", "csv", mark, "empty")
    yield refused("headings alone", "csv", b"question,answer", "no rows below", "one example in each row", row=1)
    yield refused("headings alone, blank rows", "csv", b"question,answer\n,\n,\n", "no rows below", "one example")
    yield refused("too large", "csv", lambda: b"question,answer\n" + b"a,b\n" * 800_000, "at most 3 MB", "fewer rows")
    yield refused("too many rows", "csv", csv_pairs(600), "more than 500 rows", "Take a part", row=502)
    yield refused("a million rows", "csv", lambda: b"a,b\n" * 700_000, "more than 500 rows", "Take a part", row=502)
    yield refused("too many columns", "csv", b",".join([b"x"] * 41) + b"\n", "41 columns", "Keep only", row=1)
    yield refused(
        "ten thousand columns", "csv", b";".join([b"x"] * 10_000) + b"\n", "10,000 columns", "Keep only", row=1
    )


def _encodings() -> Iterator[Case]:
    for word, text, codec in (
        ("Windows", "wie öffne ich das Menü,Hilfe", "cp1252"), ("Mac", "où est le café,là", "mac-roman"),
        ("DOS", "größe,übergrößen", "cp437"), ("Cyrillic", "где моя посылка,доставка", "cp1251"),
        ("KOI8", "где моя посылка,доставка", "koi8-r"), ("Greek", "πού είναι,παράδοση", "cp1253"),
        ("Japanese", "質問です,答え", "cp932"), ("Japanese, EUC", "質問です,答え", "euc-jp"),
        ("Chinese", "这是问题,答案", "gb18030"),
        ("Chinese, Big5", "這是問題,答案", "big5"), ("Korean", "질문입니다,대답", "cp949"),
    ):  # fmt: skip
        yield refused(
            f"unmarked {word}", "csv", with_line(text.encode(codec)), "not UTF-8", "Choose the encoding", row=4
        )
    yield refused(
        "mixed encodings", "csv", with_line(b"caf\xe9,caf\xc3\xa9"), "not UTF-8", "save the file again", row=4
    )
    yield refused("cut within a letter", "csv", csv_pairs() + b"caf\xc3", "not UTF-8", "save the file again", row=32)
    yield refused("overlong letters", "csv", with_line(b"a\xc0\x80b,c"), "not UTF-8", "save the file again", row=4)
    yield refused(
        "half a pair of UTF-16", "csv", with_line(b"a\xed\xa0\x80b,c"), "not UTF-8", "save the file again", row=4
    )
    wide = csv_pairs().decode()
    yield refused("UTF-16 unmarked", "csv", wide.encode("utf-16-le"), "seems to be UTF-16", "Choose the encoding")
    yield refused(
        "UTF-16 unmarked, big end first", "csv", wide.encode("utf-16-be"), "seems to be UTF-16", "Choose the encoding"
    )
    yield refused("UTF-16 cut off", "csv", wide.encode("utf-16")[:-1], "stops being", "another encoding", row=31)
    yield refused(
        "marked UTF-8 that is none",
        "csv",
        b"\xef\xbb\xbf" + with_line(b"caf\xe9,b"),
        "stops being",
        "save the file",
        row=4,
    )
    yield refused(
        "chosen wrongly", "csv", with_line(b"caf\xe9,b"), "stops being", "another encoding", row=4, encoding="utf-8"
    )
    yield refused(
        "an unknown choice", "csv", csv_pairs(), "not an encoding that can be chosen", "from the list", encoding="rot13"
    )


def cases() -> Iterator[Case]:
    """All of this file."""
    yield from _whole_files()
    yield from _encodings()
    yield spared("NUL", "csv", with_line("what is \0 this,answer"), {4: "NUL"}, n_rows=25)
