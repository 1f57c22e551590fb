"""The one door to a person's file: from a path to a Table."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainer.data.delimited import read_delimited
from trainer.data.encodings import find_encoding
from trainer.data.formats import Format, find_format
from trainer.data.headings import make_table
from trainer.data.json_objects import read_json_array, read_json_lines
from trainer.data.limits import DEFAULT_LIMITS, ReadLimits
from trainer.data.picture_columns import has_picture_headings
from trainer.data.table import EmptyTable, RawTable, Table
from trainer.errors import DataError, Place


def read_table(
    path: Path,
    name: str,
    limits: ReadLimits = DEFAULT_LIMITS,
    encoding: str | None = None,
    sheet: str | None = None,
    has_header: bool | None = None,
    pictured: bool = False,
) -> Table:
    """The table in a CSV, TSV, JSONL, JSON or XLSX file. `name` is what the person calls it.

    encoding: of a text file, one of `encodings.CHOICES`; None finds out. sheet: of a workbook; None takes the first
    visible one with data. has_header: None tells from contents. pictured: columns may hold names of pictures.

    Raises EncodingQuestion when only a person can tell the encoding, DataError for anything else that makes the whole
    file unusable. A bad row is no error: it is in `Table.rejected`. Files from outside need a child process (child.py).
    """
    with _told(name, limits):
        return _made(_read(path, name, limits, encoding, sheet), name, limits, has_header, pictured)


@contextmanager
def _told(name: str, limits: ReadLimits) -> Iterator[None]:
    """What the machine says of a file, as a DataError in plain words."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"The file cannot be opened ({error.strerror or 'unreadable'}).",
            "Check its name and permissions.",
            Place(name),
        ) from error
    except MemoryError as error:
        raise DataError(
            f"The file needs more than the {limits.max_memory_bytes / 2**30:.1f} GB of memory that reading may take.",
            "Leave out columns that are not needed, or take fewer rows.",
            Place(name),
        ) from error


def read_sheets(
    path: Path, name: str, limits: ReadLimits, has_header: bool | None, pictured: bool
) -> Iterator[tuple[str, Table | DataError]]:
    """(name, table) of each visible sheet of a workbook, or in place of the table why it has none; at least one.

    Raises DataError for the workbook as a whole.
    """
    with _told(name, limits):
        find_format(path, name, limits)
        # Imported here because most files are no workbooks, and openpyxl takes a fifth of a second.
        from trainer.data.workbook import read_sheets as read

        found = False
        for title, raw in read(path, name, limits):
            found = True
            yield title, _table_or_fault(raw, name, limits, has_header, pictured)
        if not found:
            yield "", _no_data(name)


def sheets_of(path: Path, name: str, limits: ReadLimits) -> tuple[str, ...]:
    """The visible sheets of a workbook; none of any other file. Raises DataError."""
    with _told(name, limits):
        if find_format(path, name, limits) is not Format.WORKBOOK:
            return ()
        from trainer.data.workbook import visible_sheets

        return visible_sheets(path, name)


def _table_or_fault(
    raw: RawTable | DataError, name: str, limits: ReadLimits, has_header: bool | None, pictured: bool
) -> Table | DataError:
    if isinstance(raw, DataError):
        return raw
    if not raw.rows:
        return _no_data(name)
    try:
        return _made(raw, name, limits, has_header, pictured)
    except DataError as error:
        return error


def _no_data(name: str) -> EmptyTable:
    return EmptyTable("No visible sheet has any data.", "Put the table on the first visible sheet.", Place(name))


def _made(raw: RawTable, name: str, limits: ReadLimits, has_header: bool | None, pictured: bool) -> Table:
    if pictured and has_header is None:
        has_header = has_picture_headings(raw.rows)
    return make_table(raw, name, limits, has_header)


def _read(path: Path, name: str, limits: ReadLimits, encoding: str | None, sheet: str | None) -> RawTable:
    found = find_format(path, name, limits)
    if sheet is not None and found is not Format.WORKBOOK:
        raise DataError(f"This file has no sheet “{sheet}”: it is no workbook.", "Name no sheet for it.", Place(name))
    if found is Format.WORKBOOK:
        # Imported here because most files are no workbooks, and openpyxl takes a fifth of a second.
        from trainer.data.workbook import read_workbook

        return read_workbook(path, name, limits, sheet)
    codec = find_encoding(path, name, encoding)
    if found is Format.JSON_LINES:
        return read_json_lines(path, name, limits, codec)
    if found is Format.JSON_ARRAY:
        return read_json_array(path, name, limits, codec)
    return read_delimited(path, name, limits, codec)
