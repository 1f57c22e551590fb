"""What a file really is, told from its content. A file's ending is only a hint between text formats."""

import re
import zipfile
from enum import StrEnum
from pathlib import Path

from trainer.data.encodings import looks_like_utf16
from trainer.data.limits import ReadLimits
from trainer.errors import DataError, Place


class Format(StrEnum):
    """The table formats that can be read."""

    DELIMITED = "delimited"
    JSON_LINES = "json-lines"
    JSON_ARRAY = "json-array"
    WORKBOOK = "workbook"


_SAVE_AS = "Open it in your spreadsheet program and save it as “Excel workbook (.xlsx)” or “CSV UTF-8”."
_NO_TABLE = "Upload a table with one example in each row: CSV, TSV, XLSX or JSONL."
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "This is a PDF document, not a table.", "Export the table it came from as CSV or XLSX."),
    (b"\x89PNG", "This is a picture (PNG), not a table.", _NO_TABLE),
    (b"\xff\xd8\xff", "This is a picture (JPEG), not a table.", _NO_TABLE),
    (b"GIF8", "This is a picture (GIF), not a table.", _NO_TABLE),
    (b"\x1f\x8b", "This is a compressed file (gzip).", "Unpack it first, then upload the table in it."),
    (b"7z\xbc\xaf", "This is a compressed file (7-Zip).", "Unpack it first, then upload the table in it."),
    (b"Rar!", "This is a compressed file (RAR).", "Unpack it first, then upload the table in it."),
    (b"{\\rtf", "This is a formatted text (RTF), not a table.", _NO_TABLE),
    (b"SQLite format 3", "This is a database file (SQLite).", "Export the table in it as CSV."),
    (b"PAR1", "This is a Parquet file.", "Export the table in it as CSV or JSONL."),
    (b"\x7fELF", "This is a program, not a table.", _NO_TABLE),
    (b"MZ\x90", "This is a program, not a table.", _NO_TABLE),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_MARKUP = re.compile(r"\s*<(!doctype|html|table|head|body|meta|\?xml|svg|script)\b", re.IGNORECASE)
_JSON_ENDINGS = (".json", ".jsonl", ".ndjson")


def find_format(path: Path, name: str, limits: ReadLimits) -> Format:
    """The format of a file. Raises DataError, naming what the file is instead, when it is no readable table."""
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise DataError(
            f"The file has {size / 1e6:,.0f} MB; at most {limits.max_bytes / 1e6:,.0f} MB can be read.",
            "Leave out columns that are not needed, or take fewer rows.",
            Place(name),
        )
    with path.open("rb") as file:
        start = file.read(64 * 1024)
    if not start.strip():
        raise DataError("The file is empty.", _NO_TABLE, Place(name))
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):  # before the look for control characters: archives are full of them
        _refuse_other_archives(path, name, limits)
        return Format.WORKBOOK
    _refuse_binary(path, name, start)
    _refuse_noise(name, start)
    return _text_format(name, start)


def _refuse_binary(path: Path, name: str, start: bytes) -> None:
    for magic, cause, remedy in _MAGIC:
        if start.startswith(magic):
            raise DataError(cause, remedy, Place(name))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        with path.open("rb") as file:
            content = file.read(4 * 1024 * 1024)
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise DataError(
                "The workbook is protected by a password.",
                "Remove the password in your spreadsheet program (File, Info, Protect workbook) and save it again.",
                Place(name),
            )
        raise DataError("This is an old Excel file (.xls) or another old Office document.", _SAVE_AS, Place(name))
    if _PICKLE.match(start):
        raise DataError("This is a pickle, a file that could run programs. It is never opened.", _NO_TABLE, Place(name))


def _refuse_noise(name: str, start: bytes) -> None:
    marked = start[:4].startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff"))
    wide = marked or looks_like_utf16(start[:4096])
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in start[:8192])
    if not wide and controls > 0.05 * len(start[:8192]):
        raise DataError("This is not a text table: it is full of bytes that no text has.", _NO_TABLE, Place(name))


def _refuse_other_archives(path: Path, name: str, limits: ReadLimits) -> None:
    """Raise unless the ZIP is an XLSX whose unpacked size is within bounds."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise DataError(
            "The workbook is damaged: it is cut off or was changed on the way.",
            "Save it again in your spreadsheet program and upload the new file.",
            Place(name),
        ) from error
    names = {entry.filename for entry in entries}
    if "xl/workbook.bin" in names:
        raise DataError("This is a binary Excel workbook (.xlsb).", _SAVE_AS, Place(name))
    if "content.xml" in names and "mimetype" in names:
        raise DataError("This is an OpenDocument file (.ods or .odt).", _SAVE_AS, Place(name))
    if any(entry.startswith(("word/", "ppt/")) for entry in names):
        raise DataError("This is an Office document, not a workbook.", _NO_TABLE, Place(name))
    if "[Content_Types].xml" not in names or not any(entry.startswith("xl/") for entry in names):
        raise DataError("This is a ZIP archive, not a table.", "Unpack it and upload the table in it.", Place(name))
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise DataError("The workbook is encrypted.", "Remove the password in your spreadsheet program.", Place(name))
    # Python's zipfile never gives more bytes than an entry declares, so the declared sizes bound the real ones.
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.max_bytes:
        raise DataError(
            f"It unpacks to {unpacked / 1e6:,.0f} MB; at most {limits.max_bytes / 1e6:,.0f} MB are allowed.",
            "Delete sheets, pictures and columns that are not needed, and save it again.",
            Place(name),
        )


def _text_format(name: str, start: bytes) -> Format:
    """JSON by its first characters; everything else that is text is a delimited table."""
    text = _peek(start).lstrip("\ufeff \t\r\n")
    if _MARKUP.match(text):
        raise DataError(
            "This is a web page or XML, not a table (some programs export it under the name .xls).",
            _SAVE_AS,
            Place(name),
        )
    named_json = name.lower().endswith(_JSON_ENDINGS)
    if re.match(r'\{\s*("|\}|$)', text) or (named_json and text.startswith("{")):
        return Format.JSON_LINES
    if re.match(r"\[\s*(\{|\]\s*$)", text) or (named_json and text.startswith("[")):
        return Format.JSON_ARRAY
    if named_json:
        raise DataError(
            "The file is named as JSON, but does not begin with an object.",
            'Write one object in each line, such as {"question": "…", "answer": "…"}.',
            Place(name, 1),
        )
    return Format.DELIMITED


def _peek(start: bytes) -> str:
    """The beginning of a text, whatever its encoding, good enough to tell { and < from the rest."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return start[: len(start) // 2 * 2].decode("utf-16", errors="replace")
    return start.decode("utf-8-sig", errors="replace")
