"""Small example tables to look at and to start from. The texts were written for Tailor."""

import csv
import io
from pathlib import PurePosixPath
from typing import cast

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from webapp.datasets.models import Purpose
from webapp.projects.models import Task

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
PICTURE_TABLES: dict[Task, dict[Purpose, tuple[tuple[str, ...], ...]]] = {
    Task.TEXT_IMAGE: {
        Purpose.EXAMPLES: (
            ("words", "picture"),
            ("blue vase with birds", "photos/0017.jpg"),
            ("round wooden side table", "photos/0142.jpg"),
            ("lamp for reading in bed", "photos/0310.jpg"),
        ),
        Purpose.QUESTIONS: (
            ("words", "picture"),
            ("something to put tulips in", "photos/0018.jpg"),
            ("small table for the hall", "photos/0142.jpg"),
        ),
        Purpose.CATALOGUE: (("picture",), ("photos/0017.jpg",), ("photos/0018.jpg",), ("photos/0142.jpg",)),
    },
    Task.IMAGE_IMAGE: {
        Purpose.EXAMPLES: (
            ("picture", "label"),
            ("photos/0017.jpg", "vase"),
            ("photos/0018.jpg", "vase"),
            ("photos/0142.jpg", "side table"),
        ),
        Purpose.QUESTIONS: (("picture", "label"), ("photos/0511.jpg", "vase"), ("photos/0512.jpg", "side table")),
        Purpose.CATALOGUE: (
            ("picture", "label"),
            ("photos/0017.jpg", "vase"),
            ("photos/0203.jpg", "vase"),
            ("photos/0310.jpg", "lamp"),
        ),
    },
}
"""Tables that name pictures in the same ZIP."""

EXAMPLE_FILES = {f"tailor-{purpose.value}.{kind}": (purpose, kind) for purpose in TABLES for kind in ("csv", "xlsx")}
"""Download names of the example files."""


PICTURE_FILES = {
    f"tailor-{task.value}-{purpose}.{kind}": tables[purpose]
    for task, tables in PICTURE_TABLES.items()
    for purpose in tables
    for kind in ("csv", "xlsx")
}
"""Download names of the example tables that name pictures."""


def example_table(*, task: str, purpose: Purpose) -> tuple[tuple[tuple[str, ...], ...], dict[str, str]]:
    """The rows, headings first, and {kind of file: its download name}."""
    if task == Task.TEXT_TEXT:
        return TABLES[purpose], {kind: f"tailor-{purpose}.{kind}" for kind in ("csv", "xlsx")}
    return PICTURE_TABLES[Task(task)][purpose], {kind: f"tailor-{task}-{purpose}.{kind}" for kind in ("csv", "xlsx")}


def example_file(*, name: str) -> bytes:
    """The bytes of one of EXAMPLE_FILES or PICTURE_FILES."""
    table = TABLES[EXAMPLE_FILES[name][0]] if name in EXAMPLE_FILES else PICTURE_FILES[name]
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
