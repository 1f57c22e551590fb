"""The table of a ZIP with pictures: the one that is meant of several, or one that is made of its folders."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path, PurePosixPath

from trainer.config import Task
from trainer.data.albums import ONE_ZIP, Album
from trainer.data.limits import ReadLimits
from trainer.data.picture_columns import picture_columns
from trainer.data.picture_folders import folder_table
from trainer.data.reading import read_table, sheets_of
from trainer.data.roles import Purpose
from trainer.data.table import Table
from trainer.data.which_table import choose_table
from trainer.data.zip_album import ZipAlbum
from trainer.errors import DataError, Place

_MAYBE_NO_TABLE = (".txt", ".json")
"""Endings of notes and of lists of something else, as well as of tables."""


@dataclass(frozen=True)
class HowToRead:
    """What a person said of the reading: of `trainer.data.sources.Source`."""

    encoding: str | None
    sheet: str | None
    has_header: bool | None


@dataclass(frozen=True)
class _Entry:
    """A table: its name for people, the file in the ZIP, and of a workbook with several sheets which."""

    name: str
    file: str
    sheet: str | None = None


def open_zip(
    path: Path, name: str, how: HowToRead, purpose: Purpose, task: Task | None, limits: ReadLimits
) -> tuple[Table, Album]:
    """The table and the pictures. Raises TableQuestion and DataError."""
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise DataError(
            f"The ZIP has {size / 1e6:,.0f} MB; at most {limits.max_bytes / 1e6:,.0f} MB can be read.",
            "Make the pictures smaller (1,000 pixels are plenty), or take fewer.",
            Place(name),
        )
    album = ZipAlbum(path, name, limits)
    if not album.pictures and not album.tables:
        raise DataError(
            "There is neither a table nor a picture in the ZIP." + _first_refused(album),
            "Pack pictures (JPEG, PNG, WebP, GIF, BMP or TIFF) in folders named by their label, or with a table.",
            Place(name),
        )
    if not album.tables:
        return folder_table(album), album
    if not album.pictures:
        place = Place(name, entry=album.tables[0])
        raise DataError("There is a table in the ZIP, but no picture.", ONE_ZIP, place)
    with tempfile.TemporaryDirectory(prefix="tailor-table-") as folder:
        return _ZipTables(album, how, limits, Path(folder)).chosen(purpose, task) or folder_table(album), album


def _first_refused(album: ZipAlbum) -> str:
    return f" {album.rejected[0].place.entry} {album.rejected[0].reason}" if album.rejected else ""


class _ZipTables:
    """Reads the tables of one ZIP, each unpacked once, under a name of our own."""

    def __init__(self, album: ZipAlbum, how: HowToRead, limits: ReadLimits, folder: Path) -> None:
        self._album, self._how, self._limits, self._folder = album, how, limits, folder
        self._unpacked: dict[str, Path] = {}
        self._entries = [entry for file in album.tables for entry in self._of_file(file)]

    def chosen(self, purpose: Purpose, task: Task | None) -> Table | None:
        """The table that a person chose, or that is meant; None where none names pictures, though a note is there."""
        if self._how.sheet is not None:
            entry = self._named(self._how.sheet)
            return self._finished(self._read(entry), entry)
        tables = self._tables()
        first = next(tables, None)
        if first is None:
            return None
        name, table = choose_table(
            chain([first], tables), purpose=purpose, task=task, album=self._album, file=self._album.name, kind="table"
        )
        return self._finished(table, self._named(name))

    def _of_file(self, file: str) -> list[_Entry]:
        try:
            sheets = sheets_of(self._path(file), self._album.name, self._limits)
        except DataError:
            sheets = ()  # reading it says what is wrong
        if len(sheets) < 2:
            return [_Entry(file, file)]
        return [_Entry(f"{file}, sheet {sheet}", file, sheet) for sheet in sheets]

    def _path(self, file: str) -> Path:
        if file not in self._unpacked:
            path = self._folder / f"{len(self._unpacked)}{PurePosixPath(file).suffix.lower()}"
            self._album.unpack_table(file, path, self._limits)
            self._unpacked[file] = path
        return self._unpacked[file]

    def _named(self, name: str) -> _Entry:
        for entry in self._entries:
            if name in (entry.name, entry.file):
                return entry
        known = ", ".join(entry.name for entry in self._entries)
        place = Place(self._album.name)
        raise DataError(f"There is no table “{name[:200]}” in the ZIP.", f"Its tables are: {known}.", place)

    def _tables(self) -> Iterator[tuple[str, Table | DataError]]:
        """Each table; while one is looked at, the album finds pictures relative to it."""
        for entry in self._entries:
            try:
                table = self._read(entry)
            except DataError as error:
                yield entry.name, error
                continue
            if picture_columns(table, self._album) or not entry.file.lower().endswith(_MAYBE_NO_TABLE):
                yield entry.name, table

    def _read(self, entry: _Entry) -> Table:
        self._album.folder = str(PurePosixPath(entry.file).parent).removeprefix(".")
        how = self._how
        try:
            path = self._path(entry.file)
            return read_table(path, self._album.name, self._limits, how.encoding, entry.sheet, how.has_header, True)
        except DataError as error:
            error.place = replace(error.place, entry=entry.name)
            raise

    def _finished(self, table: Table, entry: _Entry) -> Table:
        """With its place in the ZIP, and with what is refused of the ZIP whatever names it."""
        self._album.folder = str(PurePosixPath(entry.file).parent).removeprefix(".")
        rejected = [replace(row, place=replace(row.place, entry=entry.name)) for row in table.rejected]
        names = tuple(each.name for each in self._entries)
        several = names if len(names) > 1 else ()
        return replace(
            table,
            within=entry.name,
            rejected=[*rejected, *self._album.rejected],
            sheets=several,
            sheet=entry.name if several else "",
        )
