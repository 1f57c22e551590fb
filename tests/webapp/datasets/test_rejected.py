"""The workbook of rows that were left out."""

import io
from typing import Any

import openpyxl
import pytest

from webapp.datasets.rejected import rejected_workbook, safe_cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠x", "  =1+1", "\u3000＝1"]
)
def test_what_could_be_a_formula_is_prefixed(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["plain", "", "a=b", "5 - 3", "“=1”"])
def test_other_texts_stay(text: str) -> None:
    assert safe_cell(text) == text


def test_the_workbook_opens_and_holds_no_formula() -> None:
    rows: list[dict[str, Any]] = [
        {"file": "=cmd|x.csv", "row": 7, "reason": "has no question.", "values": ["", "=1+1", "a\x00b\x0bc"]},
        {"file": "b.csv", "row": None, "reason": "@odd", "values": []},
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(rejected_workbook(rows=rows))).worksheets[0]
    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert [cell.value for cell in sheet[2]][:3] == ["'=cmd|x.csv", 7, "has no question."]
    assert sheet.cell(2, 6).value == "abc"


def test_an_empty_list_gives_the_headings_alone() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(rejected_workbook(rows=[]))).worksheets[0]
    assert list(sheet.values) == [("File", "Row", "Why it was left out")]


def test_a_huge_cell_fits() -> None:
    assert len(safe_cell("=" + "x" * 40_000)) <= 32_767
