"""A table as it was read: texts in rows and columns, and what had to be left out."""

from dataclasses import dataclass, field
from typing import Any

from trainer.data.texts import showable
from trainer.errors import DataError, Place


class EmptyTable(DataError):  # noqa: N818 - one among several sheets is no error
    """There is nothing in a table at all."""


@dataclass(frozen=True)
class RejectedRow:
    """A row that was left out. `reason` says the cause and the remedy in whole sentences; `values` are for showing."""

    place: Place
    reason: str
    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, place: Place, reason: str, values: tuple[str, ...] | list[str] = ()) -> "RejectedRow":
        """A rejected row with its values made safe to store and show."""
        return cls(place, reason, tuple(showable(value) for value in values[:_SHOWN_VALUES]))

    @property
    def message(self) -> str:
        """File, row, cause and remedy in one line."""
        return f"{self.place}: {self.reason}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        place = self.place
        return {
            "file": place.file,
            "row": place.row,
            "column": place.column,
            "entry": place.entry,
            "reason": self.reason,
            "values": list(self.values),
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "RejectedRow":
        """The opposite of `as_dict`."""
        place = Place(plain["file"], plain["row"], plain["column"], plain["entry"])
        return cls(place, plain["reason"], tuple(plain["values"]))


_SHOWN_VALUES = 20


@dataclass(frozen=True)
class Table:
    """The readable part of one file.

    name: the file's name as the person knows it.
    columns: their names, unique and never blank.
    rows: as many texts in each as there are columns; a missing cell is "".
    row_numbers: where each row stands in the file, 1-based as a spreadsheet counts (an object's number for JSON).
    rejected: rows that could not be read.
    notes: what a person should know about the reading, in whole sentences.
    has_header: whether the first row was taken as headings.
    cell_troubles: {(row number, column index): reason} of cells that must not be used; their rows are left out only if
        that column has a role.
    sheets: the visible sheets of a workbook; sheet: the one that was read.
    encoding: of a text file.
    within: the file in a ZIP that the table is. entries: {row number: file in a ZIP} where each row is a file.
    whole: the table that these rows are a part of; its scores say which ones are high.
    """

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    row_numbers: list[int]
    rejected: list[RejectedRow]
    notes: list[str]
    has_header: bool
    cell_troubles: dict[tuple[int, int], str] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    encoding: str = ""
    within: str = ""
    entries: dict[int, str] = field(default_factory=dict)
    whole: "Table | None" = None

    def place(self, row_number: int, column: str = "") -> Place:
        """The place of one row, or of one cell."""
        if row_number in self.entries:
            return Place(file=self.name, entry=self.entries[row_number])
        sheet = f"sheet {self.sheet}" if self.sheet else ""
        return Place(file=self.name, row=row_number, column=column, entry=self.within or sheet)


@dataclass
class RawTable:
    """What a reader gives before headings are told from contents. Rows may differ in length.

    columns: given where the format names its columns (JSON), else None.
    """

    rows: list[tuple[str, ...]] = field(default_factory=list)
    row_numbers: list[int] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cell_troubles: dict[tuple[int, int], str] = field(default_factory=dict)
    columns: tuple[str, ...] | None = None
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    encoding: str = ""
