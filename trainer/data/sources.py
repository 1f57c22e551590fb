"""A person's file with everything that belongs to it: the table, and the pictures that it names."""

import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from trainer.config import Task
from trainer.data.albums import Album, FolderAlbum
from trainer.data.limits import ReadLimits
from trainer.data.picture_columns import picture_columns
from trainer.data.picture_folders import folder_table
from trainer.data.reading import read_table
from trainer.data.roles import Purpose, Role
from trainer.data.table import Table
from trainer.data.zip_album import ZipAlbum, is_workbook, is_zip
from trainer.errors import DataError, Place

ONE_ZIP = "Put the table and the pictures that it names into one ZIP, and upload that."

_NAMES = {
    Purpose.EXAMPLES: ("train", "example", "data", "label"),
    Purpose.QUESTIONS: ("test", "quer", "question"),
    Purpose.CATALOGUE: ("catalog", "corpus", "item"),
}
"""What the table of a purpose may be called where a ZIP has several."""


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
    """Read a file's table and find its pictures. task None: it will be told from the data. Raises DataError."""
    if task is Task.TEXT_TEXT:
        return OpenedSource(_table(source, source.path, source.name, limits, False), None)
    try:
        zipped = is_zip(source.path) and not is_workbook(source.path)
    except OSError:
        zipped = False  # reading the table says what is wrong
    if zipped:
        return _open_zip(source, purpose, limits)
    table = _table(source, source.path, source.name, limits, True)
    return OpenedSource(table, FolderAlbum(source.path.parent) if source.beside else None)


def _table(source: Source, path: Path, name: str, limits: ReadLimits, pictured: bool) -> Table:
    return read_table(path, name, limits, source.encoding, source.sheet, source.has_header, pictured)


def _open_zip(source: Source, purpose: Purpose, limits: ReadLimits) -> OpenedSource:
    size = source.path.stat().st_size
    if size > limits.max_bytes:
        raise DataError(
            f"The ZIP has {size / 1e6:,.0f} MB; at most {limits.max_bytes / 1e6:,.0f} MB can be read.",
            "Make the pictures smaller (1,000 pixels are plenty), or take fewer.",
            Place(source.name),
        )
    album = ZipAlbum(source.path, source.name, limits)
    tables, pictures = album.tables, album.pictures
    if not pictures and not tables:
        raise DataError(
            "There is neither a table nor a picture in the ZIP." + _first_refused(album),
            "Pack pictures (JPEG, PNG, WebP, GIF, BMP or TIFF) in folders named by their label, or with a table.",
            Place(source.name),
        )
    if not tables:
        return OpenedSource(folder_table(album), album)
    return _table_in_zip(source, purpose, limits, album, tables)


def _first_refused(album: ZipAlbum) -> str:
    return f" {album.rejected[0].place.entry} {album.rejected[0].reason}" if album.rejected else ""


def _table_in_zip(
    source: Source, purpose: Purpose, limits: ReadLimits, album: ZipAlbum, tables: list[str]
) -> OpenedSource:
    chosen = source.sheet if source.sheet in tables else _likeliest(tables, purpose)
    album.folder = str(PurePosixPath(chosen).parent).removeprefix(".")
    with tempfile.TemporaryDirectory(prefix="tailor-table-") as folder:
        path = Path(folder) / f"table{PurePosixPath(chosen).suffix.lower()}"
        album.unpack_table(chosen, path, limits)
        try:
            read = _table(replace(source, sheet=None), path, source.name, limits, True)
        except DataError as error:
            error.place = replace(error.place, entry=chosen)
            raise
    if chosen.lower().endswith((".txt", ".json")) and not picture_columns(read, album) and album.pictures:
        return OpenedSource(folder_table(album), album)  # a note or a list of something else
    if not album.pictures:
        raise DataError("There is a table in the ZIP, but no picture.", ONE_ZIP, Place(source.name, entry=chosen))
    rejected = [replace(row, place=replace(row.place, entry=chosen)) for row in read.rejected]
    several = tuple(tables) if len(tables) > 1 else ()
    table = replace(
        read,
        within=chosen,
        rejected=[*rejected, *album.rejected],
        notes=[*read.notes, *_notes(chosen, tables)],
        sheets=several,
        sheet=chosen if several else "",
    )
    return OpenedSource(table, album)


def _likeliest(tables: list[str], purpose: Purpose) -> str:
    """Of several tables the one whose name says what it is for, else the first."""
    for word in _NAMES[purpose]:
        for table in tables:
            if word in PurePosixPath(table).name.lower():
                return table
    return tables[0]


def _notes(chosen: str, tables: list[str]) -> list[str]:
    if len(tables) == 1:
        return []
    return [f"There are {len(tables)} tables in the ZIP; “{chosen}” was read."]
