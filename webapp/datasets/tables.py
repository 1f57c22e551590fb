"""One sheet as a workbook to take away."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook

from webapp.datasets.rejected import safe_cell


def workbook_of(*, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """An XLSX whose texts can never run as formulas; numbers stay numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.append(list(header))
    for row in rows:
        sheet.append([cell if isinstance(cell, int | float) or cell is None else safe_cell(cell) for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
