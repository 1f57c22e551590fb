"""Reading CSV, TSV and their kin: any usual delimiter, any line end. One bad row never costs another."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.data.limits import ReadLimits
from trainer.data.table import RawTable, RejectedRow
from trainer.errors import DataError, Place

if TYPE_CHECKING:
    import _csv  # where the type of a reader is

_DELIMITERS = "\t;|,"  # between equals, the earlier: commas are common inside texts
_NONE = "\x1f"  # a delimiter that no text has: one column
_COLONS, _COLONS_WRITTEN = "\x1e", "::"  # as dictionaries and lists of ratings have; read as one sign that no text has
_COLONS_SHARE = 0.9  # of the first records must have them alike
_NAMES = {"\t": "a tab", ";": "a semicolon", "|": "a vertical bar", ",": "a comma", _COLONS: "two colons"}
_MOST_LINES = 2_000  # in one quoted cell; more is a quotation mark that was never closed
_SNIFFED_RECORDS = 200
_UNCLOSED = (
    'a quotation mark is opened and not closed properly. Close it, or write quotation marks inside a text twice ("").'
)


class _Lines:
    """The lines of a text file, with a way back to the line after the start of the current record."""

    def __init__(self, path: Path, encoding: str, longest: int) -> None:
        # newline=None: CR, LF and CR LF all end a line; nothing else does.
        self._file = path.open(encoding=encoding, newline=None)
        self._longest = longest
        self._ahead: deque[str] = deque()
        self.taken: list[str] = []  # since the record began
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _MOST_LINES or self.characters > self._longest:
            raise StopIteration
        line = self._ahead.popleft() if self._ahead else self._file.readline(self._longest)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self.characters += len(line)
        return line

    def begin_record(self) -> None:
        self.taken = []
        self.characters = 0

    def keep_first_only(self) -> None:
        """Give back all lines of the record but its first."""
        self._ahead.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]

    def skip_rest_of_line(self) -> None:
        """After a line longer than allowed: read on to its end."""
        while self.taken and not self.taken[-1].endswith("\n"):
            rest = self._file.readline(self._longest)
            if not rest:
                return
            self.taken[-1] = rest

    def at_end(self) -> bool:
        if not self._ahead:
            line = self._file.readline(self._longest)
            if not line:
                return True
            self._ahead.append(line)
        return False

    def close(self) -> None:
        self._file.close()


def read_delimited(path: Path, name: str, limits: ReadLimits, encoding: str) -> RawTable:
    """The rows of a delimited text. Ragged or badly quoted rows are rejected; blank ones are passed over.

    Raises DataError when there are more rows or columns than `limits` allow.
    """
    # A line may hold many cells, and a cell's quotation marks count twice.
    longest = 4 * limits.max_cell_characters + 100_000
    csv.field_size_limit(longest)
    lines = _Lines(path, encoding, longest)
    try:
        delimiter, width = _sniff(path, encoding, longest)
        if width > limits.max_columns:
            raise DataError(
                f"The table has {width:,} columns; at most {limits.max_columns:,} can be read.",
                "Keep only the columns with questions, matches, labels or scores.",
                Place(name, 1),
            )
        raw = RawTable(encoding=encoding)
        raw.notes.append(f"Columns are separated by {_NAMES[delimiter]}." if delimiter != _NONE else "One column.")
        if not _read_flawless(path, raw, limits, delimiter, width):
            _read_records(lines, raw, name, limits, delimiter, width)
    finally:
        lines.close()
    return raw


def _read_flawless(path: Path, raw: RawTable, limits: ReadLimits, delimiter: str, width: int) -> bool:
    """Read a file in which every record has as many cells as it should, many times as fast as looking at each line.

    At the first record that has not, or that looks odd, it leaves `raw` as it was and returns False.
    """
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    with path.open(encoding=raw.encoding, newline=None) as file:
        reader = _reader(file, delimiter)
        lines_before = 0
        try:
            for number, values in enumerate(reader, 1):
                if reader.line_num - lines_before > _MOST_LINES or len(rows) > limits.max_rows + 1:
                    return False
                lines_before = reader.line_num
                if len(values) == width and (values[0].strip() or any(map(str.strip, values))):
                    rows.append(tuple(values))
                    numbers.append(number)
                elif values:
                    return False
        except csv.Error:
            return False
    if len(rows) > limits.max_rows or (rows and rows[0][0].lower().startswith("sep=")):
        return False
    raw.rows, raw.row_numbers = rows, numbers
    return True


def _read_records(lines: _Lines, raw: RawTable, name: str, limits: ReadLimits, delimiter: str, width: int) -> None:
    reader = _reader(lines, delimiter)
    number = 0
    while not lines.at_end():
        number += 1
        lines.begin_record()
        try:
            values = next(reader)
            fault = _ragged(values, width)
        except StopIteration:
            values, fault = [], _UNCLOSED
        except csv.Error:
            values, fault = [], _UNCLOSED
        if number == 1 and lines.taken[0].lower().startswith("sep=") and len(lines.taken[0]) <= len("sep=;\n"):
            continue
        if fault:
            lines.skip_rest_of_line()
            if len(lines.taken) > 1:  # the rows that an open quotation mark swallowed are read on their own
                lines.keep_first_only()
                fault = _UNCLOSED
            raw.rejected.append(RejectedRow.of(Place(name, number), fault, values or [lines.taken[0].rstrip("\n")]))
            reader = _reader(lines, delimiter)
        elif any(value and not value.isspace() for value in values):
            raw.rows.append(tuple(values[:width]) + ("",) * (width - len(values)))
            raw.row_numbers.append(number)
        # One more than allowed: the first may yet turn out to be the headings.
        if len(raw.rows) + len(raw.rejected) > limits.max_rows + 1:
            raise DataError(
                f"The table has more than {limits.max_rows:,} rows.",
                "Take a part of it: a few hundred to a few thousand examples are enough.",
                Place(name, number),
            )


def _reader(lines: Iterable[str], delimiter: str, strict: bool = True) -> "_csv.Reader":
    if delimiter == _COLONS:
        # Programs that write two colons between texts put none of them in quotation marks.
        lines = (line.replace(_COLONS_WRITTEN, _COLONS) for line in lines)
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, skipinitialspace=True)
    return csv.reader(lines, delimiter=delimiter, strict=strict, skipinitialspace=delimiter != "\t")


def _ragged(values: list[str], width: int) -> str:
    """Why a row does not fit the table; empty when it does. Blank lines fit, and so do blank cells too many."""
    while len(values) > width and not values[-1].strip():
        values.pop()
    if len(values) == width or not any(value.strip() for value in values):
        return ""
    advice = (
        "Put texts that contain the separator in quotation marks."
        if len(values) > width
        else ("Add what is missing, or an empty cell.")
    )
    return f"has {_cells(len(values))} where the table has {_cells(width)}. {advice}"


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count:,} cells"


def _sniff(path: Path, encoding: str, longest: int) -> tuple[str, int]:
    """(delimiter, number of columns). The delimiter is the one that splits most rows as it splits the first."""
    with path.open(encoding=encoding, newline=None) as file:
        head = [
            line for _, line in zip(range(2 * _SNIFFED_RECORDS), iter(lambda: file.readline(longest), ""), strict=False)
        ]
    if head and head[0].lower().startswith("sep=") and len(head[0].strip()) <= len("sep=;"):
        chosen = head[0].rstrip("\n")[4:5] or "\t"
        return (chosen, _widths(head[1:], chosen)[0][1]) if chosen in _DELIMITERS else (_NONE, 1)
    comments = next((number for number, line in enumerate(head) if not line.startswith("# ")), 0)
    head = head[comments if comments > 1 else 0 :]  # they are no rows; a single one may be headings
    best = (0.5, 1, _NONE)
    for delimiter in reversed(_DELIMITERS):
        widths = _widths(head, delimiter)
        width = widths[0][1]
        share = sum(filled <= width <= cells for filled, cells in widths) / len(widths)
        if width >= 2 and (share, width) >= best[:2]:
            best = (share, width, delimiter)
    if _split_by_colons(head, best[2]):
        return _COLONS, _widths(head, _COLONS)[0][1]
    return best[2], best[1]


def _split_by_colons(head: list[str], otherwise: str) -> bool:
    """Whether nearly every line has two colons as often as the first, and another delimiter finds no rows, or far fewer
    as quotation marks within texts seem to join lines."""
    widths = _widths(head, _COLONS)
    width = widths[0][1]
    alike = sum(cells == width for _, cells in widths) >= _COLONS_SHARE * len(widths)
    if width < 2 or not alike:
        return False
    return otherwise == _NONE or 2 * len(_widths(head, otherwise)) < len(widths)


def _widths(head: list[str], delimiter: str) -> list[tuple[int, int]]:
    """(cells up to the last filled one, all cells) of each of the first records that are not blank; at least one."""
    reader = _reader(head, delimiter, strict=False)
    widths = []
    try:
        for values in reader:
            filled = max((place for place, value in enumerate(values, 1) if value.strip()), default=0)
            if filled:
                widths.append((filled, len(values)))
            if len(widths) == _SNIFFED_RECORDS:
                break
    except csv.Error:  # a cell longer than the limit: what was seen before it must do
        pass
    return widths or [(1, 1)]
