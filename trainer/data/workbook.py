"""Reading XLSX workbooks as a person sees them. Run it in a limited child process: see child.py."""

import datetime
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import get_column_letter, range_boundaries

from trainer.data.limits import ReadLimits
from trainer.data.table import RawTable
from trainer.errors import DataError, Place

_LAST_ROW = 1_048_576  # of any sheet; larger numbers are made up
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_LARGEST_IN_DIGITS = 1e21  # larger numbers are shown with an exponent
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_DAMAGED = "Save it again in your spreadsheet program as “Excel workbook (.xlsx)” and upload the new file."


def read_workbook(path: Path, name: str, limits: ReadLimits, sheet: str | None) -> RawTable:
    """The cells of one sheet: `sheet`, or the first visible one with data.

    Formulas give their stored values, dates ISO dates, numbers no more digits than a person sees; vertically merged
    cells are filled down. Raises DataError for damaged, dangerous, empty or too large workbooks.
    """
    with _told(name), _opened(path, values=True) as book:
        visible = _visible(book)
        for title in _to_try(book, visible, sheet, name):
            raw = _read_sheet(book, title, path, name, limits)
            if raw.rows:
                return raw
    raise DataError(
        "No visible sheet has any data." if sheet is None else "The sheet is empty.",
        "Put the table on the first visible sheet.",
        Place(name, entry=f"sheet {sheet}" if sheet else ""),
    )


def read_sheets(path: Path, name: str, limits: ReadLimits) -> Iterator[tuple[str, RawTable | DataError]]:
    """(name, cells) of each visible sheet, or in place of the cells why it cannot be read. Raises DataError as
    `read_workbook` does for the workbook as a whole."""
    with _told(name), _opened(path, values=True) as book:
        for title in _visible(book):
            try:
                yield title, _read_sheet(book, title, path, name, limits)
            except DataError as error:
                yield title, error


def visible_sheets(path: Path, name: str) -> tuple[str, ...]:
    """Their names. Raises DataError."""
    with _told(name), _opened(path, values=True) as book:
        return _visible(book)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """What the reader of workbooks raises, as a DataError in plain words."""
    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("openpyxl does not use defusedxml")
    try:
        yield
    except (DataError, MemoryError):
        raise
    except Exception as error:  # openpyxl raises whatever its parts raise: KeyError, ValueError, zlib.error, …
        if _has_cause(error, DefusedXmlException):
            raise DataError(
                "The workbook contains XML entities, with which files attack programs. It was not read.",
                "Copy the table into a new workbook and upload that.",
                Place(name),
            ) from error
        raise DataError("The workbook is damaged or was written by a faulty program.", _DAMAGED, Place(name)) from error


def _has_cause(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


class _Reader(ExcelReader):
    """Of sheets with cells only: openpyxl fails at charts on sheets of their own when it reads sheet by sheet."""

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """Pass over a chart."""


@contextmanager
def _opened(path: Path, *, values: bool) -> Iterator[Any]:
    """The workbook. It is opened as a stream, for openpyxl refuses paths by their endings."""
    with path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that do not matter here
        reader = _Reader(stream, read_only=True, data_only=values, keep_links=False)
        reader.read()
        try:
            yield reader.wb
        finally:
            reader.wb.close()


def _visible(book: Any) -> tuple[str, ...]:
    return tuple(page.title for page in book.worksheets if page.sheet_state == "visible")


def _read_sheet(book: Any, title: str, path: Path, name: str, limits: ReadLimits) -> RawTable:
    """The cells of one sheet; without rows where it is empty."""
    raw, page = RawTable(sheets=_visible(book), sheet=title), book[title]
    merged, formulas = _scan(path, page)
    _read_cells(page, raw, name, limits)
    if formulas:
        _find_missing_values(path, title, raw)
    if raw.rows:
        _fill_merged(merged, raw)
    return raw


def _to_try(book: Any, visible: tuple[str, ...], wanted: str | None, name: str) -> tuple[str, ...]:
    if wanted is None:
        return visible
    if wanted not in book.sheetnames:
        raise DataError(f"The workbook has no sheet “{wanted}”.", f"Its sheets are: {', '.join(visible)}.", Place(name))
    return (wanted,)


def _scan(path: Path, page: Any) -> tuple[list[str], bool]:
    """(merged ranges, whether there are formulas), which openpyxl does not tell when it reads sheet by sheet."""
    merged: list[str] = []
    formulas = False
    with zipfile.ZipFile(path) as archive, archive.open(page._worksheet_path) as file:
        tail = b""
        while block := file.read(1 << 20):
            text = tail + block
            formulas = formulas or _FORMULA.search(text) is not None
            cut = max(text.rfind(b"<"), 0)
            merged.extend(found.decode() for found in _MERGED.findall(text[:cut]))
            tail = text[cut:][-4096:]
        merged.extend(found.decode() for found in _MERGED.findall(tail))
    return merged, formulas


def _rows(page: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """(row number, cells) of the rows with cells. The sheet's own word on its size is not trusted."""
    page.reset_dimensions()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, cells in enumerate(page.iter_rows(), 1):
            if number > _LAST_ROW:
                raise ValueError("a row beyond the last possible one")
            if cells:
                yield number, cells


def _read_cells(page: Any, raw: RawTable, name: str, limits: ReadLimits) -> None:
    for number, cells in _rows(page):
        values = [_shown(cell) for cell in cells]
        while values and not values[-1].strip():
            values.pop()
        if not values:
            continue
        if len(values) > limits.max_columns:
            raise DataError(
                f"There is something in column {get_column_letter(len(values))}; at most {limits.max_columns:,} "
                "columns can be read.",
                "Delete what stands far to the right, or copy the table alone into a new workbook.",
                Place(name, number, entry=f"sheet {raw.sheet}"),
            )
        for index, cell in enumerate(cells[: len(values)]):
            if cell.data_type == "e":
                raw.cell_troubles[number, index] = (
                    f"shows the spreadsheet error {values[index]}. Mend the formula and save the workbook again."
                )
        raw.rows.append(tuple(values))
        raw.row_numbers.append(number)
        if len(raw.rows) > limits.max_rows + 1:
            raise DataError(
                f"The sheet has more than {limits.max_rows:,} rows.",
                "Take a part of it: a few hundred to a few thousand examples are enough.",
                Place(name, number, entry=f"sheet {raw.sheet}"),
            )


def _find_missing_values(path: Path, title: str, raw: RawTable) -> None:
    """Formulas whose result the workbook does not hold, as programs write them that do not calculate."""
    values = dict(zip(raw.row_numbers, raw.rows, strict=True))
    missing: dict[int, int] = {}
    with _opened(path, values=False) as book:
        for number, cells in _rows(book[title]):
            row = values.get(number, ())
            for index, cell in enumerate(cells):
                if cell.data_type == "f" and (index >= len(row) or not row[index]):
                    missing[number] = max(missing.get(number, 0), index + 1)
                    raw.cell_troubles[number, index] = (
                        "holds a formula without a stored result. Open the workbook in your spreadsheet program "
                        "and save it."
                    )
    for number, width in missing.items():  # a row of such formulas alone looked blank, and must be reported too
        values[number] = values.get(number, ()) + ("",) * (width - len(values.get(number, ())))
    raw.row_numbers = sorted(values)
    raw.rows = [values[number] for number in raw.row_numbers]


def _fill_merged(ranges: list[str], raw: RawTable) -> None:
    """Give every row of a vertically merged range the text that a person sees beside it."""
    rows = {number: list(row) for number, row in zip(raw.row_numbers, raw.rows, strict=True)}
    filled = 0
    for text in ranges:
        column, first, _, last = (int(bound or 0) for bound in range_boundaries(text))
        source = rows.get(first, [])
        value = source[column - 1] if column <= len(source) else ""
        for number in range(first + 1, min(last, raw.row_numbers[-1]) + 1) if value else ():
            row = rows.get(number)
            if row is not None:
                row.extend([""] * (column - len(row)))
                filled += not row[column - 1]
                row[column - 1] = row[column - 1] or value
    if filled:
        raw.rows = [tuple(rows[number]) for number in raw.row_numbers]
        raw.notes.append(f"{filled:,} cells were filled from the merged cell that they belong to.")


def _shown(cell: Any) -> str:
    """A cell's text as a person sees it, save for dates, which become ISO."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""))
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", timespec="minutes")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _number(value: int | float, number_format: str) -> str:
    """15 significant digits, as spreadsheets keep; leading zeros and percent signs as the format shows them."""
    if "%" in number_format:
        return f"{value * 100:.15g}%"
    if re.fullmatch("0{2,20}", number_format) and value == int(value):
        return f"{int(value):0{len(number_format)}d}"
    text = str(value) if isinstance(value, int) else f"{value:.15g}"
    return str(int(Decimal(text))) if "e+" in text and value < _LARGEST_IN_DIGITS else text
