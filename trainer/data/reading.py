"""The one door to a person's file: from a path to a Table."""

from pathlib import Path

from trainer.data.delimited import read_delimited
from trainer.data.encodings import find_encoding
from trainer.data.formats import Format, find_format
from trainer.data.headings import make_table
from trainer.data.json_objects import read_json_array, read_json_lines
from trainer.data.limits import DEFAULT_LIMITS, ReadLimits
from trainer.data.picture_columns import has_picture_headings
from trainer.data.table import RawTable, Table
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
    try:
        raw = _read(path, name, limits, encoding, sheet)
        if pictured and has_header is None:
            has_header = has_picture_headings(raw.rows)
        return make_table(raw, name, limits, has_header)
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


def _read(path: Path, name: str, limits: ReadLimits, encoding: str | None, sheet: str | None) -> RawTable:
    found = find_format(path, name, limits)
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
