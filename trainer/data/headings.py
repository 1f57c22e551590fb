"""Telling headings from the first row, and making a Table of what a reader found."""

import re
from itertools import chain
from statistics import median

from trainer.data.heading_words import is_heading_word, likely_role
from trainer.data.limits import ReadLimits
from trainer.data.roles import Role
from trainer.data.table import RawTable, RejectedRow, Table
from trainer.data.texts import is_storable, showable, unstorable
from trainer.errors import DataError, Place

_LOOKED_AT = 1000
_LONGEST_HEADING = 60
_TITLE_ROWS = 5
_SENTENCES = 0.25  # of the headings may be long ones, which a wide table has
_AT_ONCE = 1000  # rows whose cells are looked at together first, as most have no trouble
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,  ]*%?")


def make_table(raw: RawTable, name: str, limits: ReadLimits, has_header: bool | None) -> Table:
    """A Table of a reader's rows. `has_header` None: tell from contents.

    Raises DataError when there is no row with data.
    """
    notes = list(raw.notes)
    entry = f"sheet {raw.sheet}" if raw.sheet else ""
    width = max((len(row) for row in raw.rows), default=0)
    rows = [row if len(row) == width else row + ("",) * (width - len(row)) for row in raw.rows]
    numbers = raw.row_numbers
    headings: tuple[str, ...] | None = raw.columns
    if headings is None and rows:
        start = _comments(rows, notes)
        rows, numbers = rows[start:], numbers[start:]
        start = _skip_titles(rows, notes) if has_header is None else 0
        rows, numbers = rows[start:], numbers[start:]
        if has_header if has_header is not None else looks_like_headings(rows):
            headings, rows, numbers = rows[0], rows[1:], numbers[1:]
            notes.append("The first row was taken as headings.")
        else:
            notes.append("No headings were found, so the columns are named by letters.")
    if not rows or not width:
        raise _nothing(raw, name, entry, headings)
    if len(rows) > limits.max_rows:
        raise DataError(
            f"The table has more than {limits.max_rows:,} rows.",
            "Take a part of it: a few hundred to a few thousand examples are enough.",
            Place(name, numbers[-1], entry=entry),
        )
    used = [i for i in range(width) if (headings and headings[i].strip()) or any(row[i].strip() for row in rows)]
    troubles = _troubles(rows, numbers, raw, limits)
    return Table(
        name=name,
        columns=_names(headings, used, notes),
        rows=rows if len(used) == width else [tuple(row[i] for i in used) for row in rows],
        row_numbers=numbers,
        rejected=raw.rejected,
        notes=notes,
        has_header=headings is not None,
        cell_troubles={(n, used.index(i)): reason for (n, i), reason in troubles.items() if i in used},
        sheets=raw.sheets,
        sheet=raw.sheet,
        encoding=raw.encoding,
    )


def _nothing(raw: RawTable, name: str, entry: str, headings: tuple[str, ...] | None) -> DataError:
    if raw.rejected:
        first: RejectedRow = raw.rejected[0]
        return DataError(f"No row could be read. The first one {first.reason}", "", first.place)
    if headings:
        return DataError(
            "The table has headings, but no rows below them.",
            "Add one example in each row.",
            Place(name, 1, entry=entry),
        )
    return DataError("The table is empty.", "Add one example in each row.", Place(name, entry=entry))


def looks_like_headings(rows: list[tuple[str, ...]]) -> bool:
    """Whether the first row names the columns: known words, or short names unlike what stands below them."""
    first = [cell.strip() for cell in rows[0]]
    filled = [cell for cell in first if cell]
    if not filled or any(len(cell) > _LONGEST_HEADING or _NUMBER.fullmatch(cell) for cell in filled):
        return False
    if len({cell.casefold() for cell in filled}) < len(filled) and not any(is_heading_word(cell) for cell in filled):
        return False
    below = rows[1 : _LOOKED_AT + 1]
    words = [index for index, cell in enumerate(first) if is_heading_word(cell)]
    if words:  # a word that stands below again is a label
        return not all(any(row[index].strip() == first[index] for row in below) for index in words)
    if {Role.QUERY, Role.DOCUMENT} <= {likely_role(cell) for cell in filled}:
        return True
    sentences = sum(len(cell.split()) > 4 or cell[-1] in ".?!" for cell in filled)
    if len(filled) < len(first) or not below or sentences > _SENTENCES * len(filled):
        return False
    columns = list(zip(*below, strict=True))
    if any(cell in (text.strip() for text in column) for cell, column in zip(first, columns, strict=True)):
        return False
    return any(_unlike(cell, column) for cell, column in zip(first, columns, strict=True))


def _unlike(heading: str, column: tuple[str, ...]) -> bool:
    """Whether the texts below are numbers, or much longer than their heading."""
    texts = [text.strip() for text in column if text.strip()]
    if not texts:
        return False
    numbers = sum(_NUMBER.fullmatch(text) is not None for text in texts)
    return numbers > 0.9 * len(texts) or median(len(text) for text in texts) >= 2 * len(heading)


def _comments(rows: list[tuple[str, ...]], notes: list[str]) -> int:
    """How many rows at the top are comments, such as “# Version 3”; one alone may be headings, “#love” is a text."""
    count = next((index for index, row in enumerate(rows) if not row[0].startswith("# ")), len(rows))
    if count < 2 or count == len(rows):
        return 0
    notes.append(f"{count} rows at the top begin with “#” and were passed over, as comments.")
    return count


def _skip_titles(rows: list[tuple[str, ...]], notes: list[str]) -> int:
    """The row of the headings when it follows a few rows of titles: one with two known words below none."""
    for index, row in enumerate(rows[:_TITLE_ROWS]):
        if sum(bool(is_heading_word(cell)) for cell in row) >= 2:
            if index:
                notes.append(f"{index} rows above the headings were passed over.")
            return index
    return 0


def _names(headings: tuple[str, ...] | None, used: list[int], notes: list[str]) -> tuple[str, ...]:
    """Unique, readable names of the columns."""
    names: list[str] = []
    for index in used:
        heading = showable(" ".join(headings[index].split()), _LONGEST_HEADING) if headings else ""
        name = heading or f"Column {_letters(index)}"
        if headings and not heading:
            notes.append(f"A column without a heading is called “{name}”.")
        if name in names:
            times = 2
            while f"{name} ({times})" in names:
                times += 1
            notes.append(f"Two columns have the heading “{name}”; the later one is called “{name} ({times})”.")
            name = f"{name} ({times})"
        names.append(name)
    return tuple(names)


def _letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA, as spreadsheets name columns."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _troubles(
    rows: list[tuple[str, ...]], numbers: list[int], raw: RawTable, limits: ReadLimits
) -> dict[tuple[int, int], str]:
    """Cells that must not be used: what the reader said, and texts too long or impossible to keep."""
    troubles = dict(raw.cell_troubles)
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        cells = list(chain.from_iterable(some))
        if max(map(len, cells), default=0) <= limits.max_cell_characters and is_storable("".join(cells)):
            continue
        for number, row in zip(numbers[start:], some, strict=False):
            for index, cell in enumerate(row):
                if len(cell) > limits.max_cell_characters:
                    troubles[number, index] = (
                        f"has {len(cell):,} characters; at most {limits.max_cell_characters:,} fit. Shorten the text."
                    )
                elif reason := unstorable(cell):
                    troubles[number, index] = reason
    return troubles
