"""The typed errors that the trainer raises, each with what a person needs to mend it."""

from dataclasses import dataclass


class TailorError(Exception):
    """Base of all errors meant for a person: a cause in plain words and a remedy."""

    def __init__(self, cause: str, remedy: str = "") -> None:
        super().__init__(f"{cause} {remedy}".strip())
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True)
class Place:
    """Where in a person's data something is: 1-based `row` as a spreadsheet counts it (the header is row 1)."""

    file: str = ""
    row: int | None = None
    column: str = ""
    entry: str = ""  # a name inside a ZIP, a sheet of a workbook

    def __str__(self) -> str:
        """`sales.xlsx, sheet Prices, row 17, column "label"`, leaving out what is unknown."""
        parts = [self.file, self.entry]
        if self.row is not None:
            parts.append(f"row {self.row:,}")
        if self.column:
            parts.append(f"column “{self.column}”")
        return ", ".join(part for part in parts if part)


class DataError(TailorError):
    """Data that cannot be used. `str(error)` names place, cause and remedy."""

    def __init__(self, cause: str, remedy: str, place: Place | None = None) -> None:
        super().__init__(cause, remedy)
        self.place = place or Place()

    def __str__(self) -> str:
        where = str(self.place)
        return f"{where}: {self.cause} {self.remedy}" if where else f"{self.cause} {self.remedy}"


class ModelError(TailorError):
    """A base model that is missing, broken, unsafe or unsuited to the task."""


class ResourceError(TailorError):
    """The machine could not go on: out of memory, disk full, a limit of time exceeded."""


class TrainingError(TailorError):
    """Training gave something that must not be used, such as weights that are not numbers."""


class Cancelled(Exception):  # noqa: N818 - it is no error
    """Raised inside a run when its caller asked to stop. Not a failure."""
