"""The rows that were left out, as a workbook a person can mend and upload again."""

import io
import unicodedata
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MAX_CELL = 32_767  # of the file format, in characters


def rejected_workbook(*, rows: list[dict[str, Any]]) -> bytes:
    """An XLSX of `rows` ({"file", "entry", "row", "reason", "values"}): file, row, reason, then the cells as they were;
    where any row came out of a ZIP, what in it each row is about, beside the file."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Left out")
    widest = max((len(row.get("values") or ()) for row in rows), default=0)
    packed = any(row.get("entry") for row in rows)
    sheet.append(
        [
            "File",
            *(["In the ZIP"] if packed else []),
            "Row",
            "Why it was left out",
            *(f"Cell {number}" for number in range(1, widest + 1)),
        ]
    )
    for row in rows:
        values = [safe_cell(value) for value in row.get("values") or ()]
        entry = [safe_cell(row.get("entry") or "")] if packed else []
        sheet.append([safe_cell(row["file"]), *entry, row["row"], safe_cell(row["reason"]), *values])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def safe_cell(value: Any) -> str:
    """The text of a cell that a spreadsheet program will never run as a formula.

    A leading = + - @ TAB or CR is prefixed with an apostrophe; so are full-width forms, which some programs fold, and a
    start hidden behind blanks.
    """
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))[: MAX_CELL - 1]
    folded = unicodedata.normalize("NFKC", text)
    starts = (folded[:1], folded.lstrip()[:1])
    return f"'{text}" if any(start and start in FORMULA_STARTS for start in starts) else text
