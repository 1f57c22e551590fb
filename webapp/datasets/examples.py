"""Small example tables to look at and to start from. The texts were written for Tailor."""

import csv
import io
from pathlib import PurePosixPath
from typing import cast

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from webapp.datasets.models import Purpose

EXAMPLES = (
    ("question", "answer"),
    ("I can't get into my e-mail since this morning", "Reset a forgotten or expired password"),
    ("the printer on the 2nd floor keeps saying paper jam", "Clear a paper jam"),
    ("how do i work from home next week", "Connect to the office network from outside (VPN)"),
    ("My screen stays black after I open the laptop", "Laptop does not wake from sleep"),
    ("locked out, too many tries", "Reset a forgotten or expired password"),
)
QUESTIONS = (
    ("question", "answer"),
    ("password not accepted after the holidays", "Reset a forgotten or expired password"),
    ("can I reach the shared drive from a hotel", "Connect to the office network from outside (VPN)"),
)
CATALOGUE = (
    ("item",),
    ("Reset a forgotten or expired password",),
    ("Clear a paper jam",),
    ("Connect to the office network from outside (VPN)",),
    ("Laptop does not wake from sleep",),
    ("Order a second screen",),
    ("Install a program from the company portal",),
)

TABLES: dict[Purpose, tuple[tuple[str, ...], ...]] = {
    Purpose.EXAMPLES: EXAMPLES,
    Purpose.QUESTIONS: QUESTIONS,
    Purpose.CATALOGUE: CATALOGUE,
}
EXAMPLE_FILES = {f"tailor-{purpose.value}.{kind}": (purpose, kind) for purpose in TABLES for kind in ("csv", "xlsx")}
"""Download names of the example files."""


def example_file(*, name: str) -> bytes:
    """The bytes of one of EXAMPLE_FILES."""
    purpose, _ = EXAMPLE_FILES[name]
    table = TABLES[purpose]
    return _as_workbook(table) if PurePosixPath(name).suffix == ".xlsx" else _as_csv(table)


def _as_csv(table: tuple[tuple[str, ...], ...]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows(table)
    return stream.getvalue().encode("utf-8-sig")  # Excel takes UTF-8 for what it is only with the mark


def _as_workbook(table: tuple[tuple[str, ...], ...]) -> bytes:
    book = Workbook()
    sheet = cast(Worksheet, book.active)
    for row in table:
        sheet.append(row)
    for column in "ABC"[: len(table[0])]:
        sheet.column_dimensions[column].width = 48
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
