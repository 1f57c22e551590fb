"""Workbooks that are damaged, dangerous, or hold what cannot be used."""

from collections.abc import Iterator

from tests.trainer.data.corpus.cases import Case, refused, spared
from tests.trainer.data.files import CONTENT_TYPES, SHEET, WORKBOOK, cell, raw_workbook, saved, workbook, zipped

GOOD: list[list[object]] = [[f"how do I get to number {i} of {i * 37}", f"answer {i % 7}"] for i in range(25)]
HEAD = f'<row r="1">{cell("A1", "question")}{cell("B1", "answer")}</row>'
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


def sheet_with(row: list[object]) -> bytes:
    """Good rows with a bad one as row 4."""
    return saved(workbook([["question", "answer"], *GOOD[:2], row, *GOOD[2:]]))


def _rows() -> Iterator[Case]:
    for word, row, reason in (
        ("a formula without a result", ["=A1&A2", "answer"], "without a stored result"),
        ("formulas alone, without results", ["=A1", "=B1"], "without a stored result"),
        ("no question", [None, "answer"], "has no question"),
        ("no answer", ["a question", None], "no matching item"),
        ("a blank answer", ["a question", "  "], "no matching item"),
        ("a long text", ["why " * 600, "answer"], "2,400 characters"),
    ):  # fmt: skip
        yield spared(f"sheet with {word}", "xlsx", lambda row=row: sheet_with(row), {4: reason}, n_rows=25)
    for fault in ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"):
        yield spared(
            f"sheet with {fault.strip('#!?').replace('/', ' ')}",
            "xlsx",
            lambda fault=fault: sheet_with([fault, "answer"]),
            {4: f"spreadsheet error {fault}"},
            n_rows=25,
        )


def _damaged() -> Iterator[Case]:
    content = saved(workbook([["question", "answer"], *GOOD]))
    for share in (10, 50, 90, 99):
        yield refused(
            f"cut off at {share} per cent", "xlsx", content[: len(content) * share // 100], "damaged", "new file"
        )
    yield refused("a few bytes", "xlsx", b"PK\x03\x04abc", "damaged", "new file")
    middle = bytearray(content)
    middle[len(middle) // 2 : len(middle) // 2 + 200] = bytes(200)
    yield refused("zeros in the middle", "xlsx", bytes(middle), "damaged", "new file")
    for word, rows in {
        "a missing shared text": '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
        "a shared text without a number": '<row r="1"><c r="A1" t="s"><v>x</v></c></row>',
        "a cell of no place": '<row r="1"><c r="11A"><v>1</v></c></row>',
        "a row of no number": '<row r="x"><c r="A1"><v>1</v></c></row>',
        "XML that breaks off": '<row r="1"><c r="A1">',
        "a day that is none": '<row r="1"><c r="A1" t="d"><v>2026-99-99</v></c></row>',
    }.items():
        yield refused(f"sheet of {word}", "xlsx", raw_workbook(rows), "damaged", "new file")
    types, sheet = CONTENT_TYPES.encode(), SHEET.format(rows=HEAD).encode()
    yield refused(
        "no relations",
        "xlsx",
        zipped({"[Content_Types].xml": types, "xl/workbook.xml": WORKBOOK.encode(), "xl/worksheets/sheet1.xml": sheet}),
        "damaged",
        "new file",
    )
    yield refused(
        "no sheet at all",
        "xlsx",
        zipped({"[Content_Types].xml": types, "xl/workbook.xml": b"<workbook/>"}),
        "No visible sheet",
        "first visible sheet",
    )


def _dangerous() -> Iterator[Case]:
    yield refused("entities", "xlsx", raw_workbook(HEAD, ENTITIES), "entities", "Copy the table")
    yield refused("an entity from outside", "xlsx", raw_workbook(HEAD, OUTSIDE), "entities", "Copy the table")
    yield refused(
        "entities in the workbook part",
        "xlsx",
        raw_workbook(HEAD, **{"xl/workbook.xml": ENTITIES + WORKBOOK}),
        "entities",
        "Copy the table",
    )
    corner = f'{HEAD}<row r="1048576">{cell("XFD1048576", "x")}</row>'
    yield refused("far corner", "xlsx", raw_workbook(corner), "column XFD", "Delete what stands", row=1_048_576)
    beyond = f'{HEAD}<row r="99999999">{cell("A99999999", "x")}</row>'
    yield refused("a row beyond the last", "xlsx", raw_workbook(beyond), "damaged", "new file")
    yield refused(
        "large when unpacked",
        "xlsx",
        raw_workbook("", **{"xl/media/x.bin": " " * 4_000_000}),
        "unpacks to",
        "Delete sheets",
    )


def cases() -> Iterator[Case]:
    """All of this file."""
    yield from _rows()
    yield from _damaged()
    yield from _dangerous()
    yield refused("no sheet with data", "xlsx", saved(workbook([], More=[])), "No visible sheet", "first visible sheet")
    hidden = workbook([], Data=[["question", "answer"], *GOOD])
    hidden["Data"].sheet_state = "hidden"
    yield refused("data on a hidden sheet", "xlsx", saved(hidden), "No visible sheet", "first visible sheet")
    plain = saved(workbook([["question", "answer"], *GOOD], Empty=[]))
    yield refused(
        "a sheet that is not there", "xlsx", plain, "no sheet “Other”", "Its sheets are: Sheet, Empty", sheet="Other"
    )
    two = saved(workbook([["question", "answer"], *GOOD], Old=[["question", "answer"], *GOOD]))
    yield refused("two sheets", "xlsx", two, "2 sheets could be the examples: “Sheet” and “Old”", "Choose the sheet")
    yield refused("an empty sheet as chosen", "xlsx", plain, "is empty", "first visible sheet", sheet="Empty")
    yield refused(
        "headings alone on a sheet",
        "xlsx",
        saved(workbook([["question", "answer"]])),
        "no rows below",
        "one example",
        row=1,
    )
    many = saved(workbook([["question", "answer"], *([["a", "b"]] * 501)]))
    yield refused("too many rows on a sheet", "xlsx", many, "more than 500 rows", "Take a part", row=502)
    yield refused(
        "too many columns on a sheet",
        "xlsx",
        saved(workbook([["x"] * 41, ["y"] * 41])),
        "column AO",
        "Delete what stands",
        row=1,
    )
