"""A person's file with everything that belongs to it: the table, and the pictures that it names."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trainer.config import Task
from trainer.data.albums import Album, FolderAlbum
from trainer.data.limits import ReadLimits
from trainer.data.reading import read_sheets, read_table
from trainer.data.roles import Purpose, Role
from trainer.data.table import Table
from trainer.data.which_table import choose_table
from trainer.data.zip_album import is_workbook, is_zip
from trainer.data.zip_tables import HowToRead, open_zip


@dataclass(frozen=True)
class Source:
    """A file and how to read it. name: what the person calls it. roles: {column: Role}, needed to prepare. beside:
    whether pictures may be read from the table's own folder, for a file of whoever runs this process."""

    path: Path
    name: str
    roles: dict[str, Role] | None = None
    encoding: str | None = None
    sheet: str | None = None
    has_header: bool | None = None
    beside: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "path": str(self.path.resolve())}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Source":
        """The opposite of `as_dict`."""
        roles = {column: Role(role) for column, role in (plain["roles"] or {}).items()}
        return cls(**{**plain, "path": Path(plain["path"]), "roles": roles})


@dataclass(frozen=True)
class OpenedSource:
    """A table and where the pictures are that it names; None where it comes alone."""

    table: Table
    album: Album | None


def open_source(source: Source, purpose: Purpose, task: Task | None, limits: ReadLimits) -> OpenedSource:
    """Read a file's table and find its pictures. task None: it will be told from the data.

    Raises TableQuestion where only a person can tell which of several tables it is, and DataError.
    """
    if task is Task.TEXT_TEXT:
        return OpenedSource(_read(source, purpose, task, limits, None), None)
    try:
        zipped = is_zip(source.path) and not is_workbook(source.path)
    except OSError:
        zipped = False  # reading the table says what is wrong
    if zipped:
        how = HowToRead(source.encoding, source.sheet, source.has_header)
        return OpenedSource(*open_zip(source.path, source.name, how, purpose, task, limits))
    album = FolderAlbum(source.path.parent) if source.beside else None
    return OpenedSource(_read(source, purpose, task, limits, album), album)


def _read(source: Source, purpose: Purpose, task: Task | None, limits: ReadLimits, album: FolderAlbum | None) -> Table:
    pictured = task is not Task.TEXT_TEXT
    if source.sheet is not None or not is_workbook(source.path):
        return read_table(source.path, source.name, limits, source.encoding, source.sheet, source.has_header, pictured)
    sheets = read_sheets(source.path, source.name, limits, source.has_header, pictured)
    return choose_table(sheets, purpose=purpose, task=task, album=album, file=source.name, kind="sheet")[1]
