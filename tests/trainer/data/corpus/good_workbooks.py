"""Workbooks as people keep them: many sheets, merged, hidden and formatted cells, formulas with their results."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.table import Table

from tests.trainer.data.corpus.cases import HEADINGS, PAIRS, Case, good
from tests.trainer.data.files import cell, raw_workbook, saved, workbook

ROWS = [list(HEADINGS), *map(list, PAIRS)]


def _changed(change: Callable[[openpyxl.Workbook], Any], rows: Sequence[Sequence[Any]] = ROWS, **sheets: Any) -> bytes:
    book = workbook([list(row) for row in rows], **sheets)
    change(book)
    return saved(book)


def _hide(book: openpyxl.Workbook, title: str, state: str = "hidden") -> None:
    book[title].sheet_state = state


def _sheets() -> Iterator[Case]:
    other = [["question", "answer"], ["other", "thing"]]
    yield good("plain", "xlsx", saved(workbook(ROWS)))
    yield good("called csv", "csv", saved(workbook(ROWS)))
    yield good("a cover and notes beside", "xlsx", saved(workbook([["Help desk"], ["2026"]], Tickets=ROWS, Empty=[])))
    yield good(
        "second sheet as chosen", "xlsx", saved(workbook(ROWS, Notes=other)), [("other", "thing")], sheet="Notes"
    )
    yield good("first sheet empty", "xlsx", saved(workbook([], Data=ROWS)))
    yield good("first sheet hidden", "xlsx", _changed(lambda book: _hide(book, "Sheet"), other, Data=ROWS))
    yield good(
        "first sheet very hidden", "xlsx", _changed(lambda book: _hide(book, "Sheet", "veryHidden"), other, Data=ROWS)
    )
    yield good(
        "hidden sheet as chosen",
        "xlsx",
        _changed(lambda book: _hide(book, "Notes"), Notes=other),
        [("other", "thing")],
        sheet="Notes",
    )
    yield good("sheet with an odd name", "xlsx", saved(workbook([], **{"Fragen & „mehr“ (2)": ROWS})))
    yield good("chart sheet beside", "xlsx", _changed(lambda book: book.create_chartsheet("Chart")))


def _places() -> Iterator[Case]:
    yield good("titles above", "xlsx", saved(workbook([["Help desk 2026"], [], *ROWS])))
    yield good("table further right", "xlsx", saved(workbook([[None, None, *row] for row in ROWS])))
    yield good("table further down", "xlsx", saved(workbook([[], [], [], [], [], [], *ROWS])))
    yield good("blank rows between", "xlsx", saved(workbook([row for pair in ROWS for row in (pair, [])])))
    yield good(
        "blank formatted cells around",
        "xlsx",
        _changed(lambda book: setattr(book.active["Z300"], "font", Font(bold=True))),
    )
    yield good("hidden row", "xlsx", _changed(lambda book: setattr(book.active.row_dimensions[3], "hidden", True)))
    yield good(
        "hidden column", "xlsx", _changed(lambda book: setattr(book.active.column_dimensions["B"], "hidden", True))
    )
    yield good(
        "filter and frozen row",
        "xlsx",
        _changed(_filter),
    )
    yield good(
        "a named table", "xlsx", _changed(lambda book: book.active.add_table(Table(displayName="T", ref="A1:B5")))
    )
    yield good(
        "comments on cells",
        "xlsx",
        _changed(lambda book: setattr(book.active["A2"], "comment", Comment("see below", "me"))),
    )
    yield good("bold, links and line breaks", "xlsx", _changed(_decorate), [("Where\nis it?", "Delivery"), *PAIRS[1:]])
    bare = "<c t='inlineStr'><is><t>{}</t></is></c>"
    sheet = "".join(f"<row>{''.join(map(bare.format, row))}</row>" for row in (HEADINGS, ("a", "b")))
    yield good("cells without addresses", "xlsx", raw_workbook(sheet), [("a", "b")])


def _filter(book: openpyxl.Workbook) -> None:
    book.active.auto_filter.ref = "A1:B5"
    book.active.freeze_panes = "A2"


def _decorate(book: openpyxl.Workbook) -> None:
    book.active["A2"] = "Where\nis it?"
    book.active["A2"].font = Font(bold=True)
    book.active["B2"].hyperlink = "https://shop.example/"
    book.active["B2"].value = "Delivery"


def _merged() -> Iterator[Case]:
    rows: list[list[Any]] = [["question", "answer"], ["a", "Help"], ["b", None], ["c", None], ["d", "Bills"]]
    filled = [("a", "Help"), ("b", "Help"), ("c", "Help"), ("d", "Bills")]
    yield good("merged downwards", "xlsx", _changed(lambda book: book.active.merge_cells("B2:B4"), rows), filled)
    across: list[list[Any]] = [["Help desk 2026", None], *ROWS]
    yield good("merged title", "xlsx", _changed(lambda book: book.active.merge_cells("A1:B1"), across))
    both: list[list[Any]] = [["group", "question", "answer"], ["x", "a", "b"], [None, "c", "d"], ["y", "e", "f"]]
    yield good(
        "merged first column",
        "xlsx",
        _changed(lambda book: book.active.merge_cells("A2:A3"), both),
        [("x", "a", "b"), ("x", "c", "d"), ("y", "e", "f")],
        columns=("group", "question", "answer"),
    )
    yield good("merged far below the table", "xlsx", _changed(lambda book: book.active.merge_cells("A90:A300")))


def _values() -> Iterator[Case]:
    day = datetime.date(2026, 11, 2)
    kinds: dict[str, tuple[Any, str, str]] = {
        "whole number": (42, "General", "42"),
        "whole number kept as a fraction": (42.0, "0.00", "42"),
        "fraction": (0.1 + 0.2, "General", "0.3"),
        "very large number": (12345678901234567, "0", "12345678901234600"),
        "leading zeros": (42, "00000", "00042"),
        "per cent": (0.125, "0.0%", "12.5%"),
        "money": (5.5, '#,##0.00 "€"', "5.5"),
        "date": (day, "DD.MM.YYYY", "2026-11-02"),
        "American date": (day, "m/d/yy", "2026-11-02"),
        "date and time": (datetime.datetime(2026, 11, 2, 9, 30), "DD.MM.YYYY HH:MM", "2026-11-02 09:30"),
        "time": (datetime.time(9, 30), "HH:MM", "09:30:00"),
        "truth": (True, "General", "TRUE"),
        "untruth": (False, "General", "FALSE"),
        "nought": (0, "General", "0"),
        "minus": (-7, "General", "-7"),
        "text that looks like a number": ("007", "@", "007"),
        "text with an apostrophe": ("'=1+1", "@", "'=1+1"),
    }  # fmt: skip
    for word, (value, shown_as, text) in kinds.items():
        book = workbook([["question", "answer"], ["a", "b"], [f"what about {word}", value]])
        book.active["B3"].number_format = shown_as
        yield good(f"cell with {word}", "xlsx", saved(book), [("a", "b"), (f"what about {word}", text)])


def _by_hand() -> Iterator[Case]:
    head = f'<row r="1">{cell("A1", "question")}{cell("B1", "answer")}</row>'
    formula = '<row r="2"><c r="A2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c><c r="B2"><f>1+1</f><v>2</v></c></row>'
    yield good("formulas with results", "xlsx", raw_workbook(head + formula), [("ab", "2")])
    rich = (
        '<row r="2"><c r="A2" t="inlineStr"><is><r><t>rich </t></r><r><t>text</t></r></is></c>'
        + cell("B2", "b")
        + "</row>"
    )
    yield good("rich text", "xlsx", raw_workbook(head + rich), [("rich text", "b")])
    padded = (
        '<row r="2"><c r="A2" t="inlineStr"><is><t xml:space="preserve">a  b</t></is></c>' + cell("B2", "b") + "</row>"
    )
    yield good("blanks that are kept", "xlsx", raw_workbook(head + padded), [("a  b", "b")])
    gap = f'<row r="2">{cell("A2", "a")}{cell("B2", "b")}</row><row r="90">{cell("A90", "c")}{cell("B90", "d")}</row>'
    yield good("rows far apart", "xlsx", raw_workbook(head + gap), [("a", "b"), ("c", "d")])
    macro = {"xl/vbaProject.bin": "not run"}
    yield good("macros that are not run", "xlsm", raw_workbook(head + gap, **macro), [("a", "b"), ("c", "d")])


def cases() -> Iterator[Case]:
    """All of this file."""
    yield from _sheets()
    yield from _places()
    yield from _merged()
    yield from _values()
    yield from _by_hand()
