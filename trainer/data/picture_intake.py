"""From the names of pictures in a table to pictures in the store: each is opened, checked, and known by its key."""

import posixpath
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from trainer.data.albums import Album, slashed
from trainer.data.look_alikes import Look, find_alike, look_of
from trainer.data.picture_files import SMALLEST_SIDE, PictureFault, open_picture
from trainer.data.picture_store import PictureWriter
from trainer.data.roles import Role
from trainer.data.table import RejectedRow, Table

SMALL_SIDE = 64
"""Pixels. Base models look at 224 and more."""

__all__ = ["SMALLEST_SIDE", "SMALL_SIDE", "PictureFacts", "PictureIntake"]


class NotThere(PictureFault):
    """The picture that is named did not come along."""


@dataclass(frozen=True)
class PictureFacts:
    """What checks need to know of the pictures of a data version. sizes: {picture: (width, height) as it came in};
    missing, unusable: names of pictures that are not there, or cannot be used."""

    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()


class PictureIntake:
    """Takes in the pictures of all files of one data version. captions: {key: name of the file that it came in}; sizes:
    {key: (width, height) as it came in}; looks: {key: Look}; missing, unusable: names of pictures that are not there,
    or cannot be used."""

    def __init__(self, writer: PictureWriter) -> None:
        self._writer = writer
        self.looks: dict[str, Look] = {}
        self.captions: dict[str, str] = {}
        self.sizes: dict[str, tuple[int, int]] = {}
        self.missing: list[str] = []
        self.unusable: list[str] = []

    def take_in(self, table: Table, roles: dict[str, Role], wanted: Collection[Role], album: Album) -> Table:
        """The table with keys in the place of the pictures' names, in the columns that have a wanted role. A cell whose
        picture cannot be used is a cell with a trouble."""
        columns = [index for index, name in enumerate(table.columns) if roles.get(name) in wanted]
        known: dict[str, str | PictureFault] = {}
        troubles = dict(table.cell_troubles)
        rows = []
        for number, row in zip(table.row_numbers, table.rows, strict=True):
            cells = list(row)
            for index in columns:
                name = row[index].strip()
                if not name or (number, index) in troubles:
                    continue
                if name not in known:
                    known[name] = self._key_or_fault(name, album)
                found = known[name]
                if isinstance(found, PictureFault):
                    shown = "" if number in table.entries else f"names “{name[:200]}”, which "
                    troubles[number, index] = shown + found.reason
                else:
                    cells[index] = found
            rows.append(tuple(cells))
        return replace(table, rows=rows, cell_troubles=troubles)

    def _key_or_fault(self, name: str, album: Album) -> "str | PictureFault":
        try:
            return self._take(name, album)
        except PictureFault as fault:
            (self.missing if isinstance(fault, NotThere) else self.unusable).append(name)
            return fault

    def _take(self, name: str, album: Album) -> str:
        if "://" in name:
            raise NotThere(
                f"is a web address, and Tailor downloads nothing. Put the picture itself into {album.place}."
            )
        file = album.find(name)
        if file is None:
            raise NotThere(f"is not in {album.place}. Add the picture, or correct the name.")
        picture = open_picture(album.read(file))
        key = self._writer.add(picture)
        if key not in self.captions:
            self.captions[key] = posixpath.basename(slashed(file))
            self.sizes[key] = picture.size
            self.looks[key] = look_of(picture)
        return key

    def alike(self, keys: Collection[str]) -> dict[str, str]:
        """{picture: the first picture that looks the same} among these, in the order in which they were taken in."""
        wanted = set(keys)
        return find_alike({key: look for key, look in self.looks.items() if key in wanted})

    def named(self, rejected: RejectedRow) -> RejectedRow:
        """A row left out with the names of its pictures where their keys stood."""
        return replace(rejected, values=tuple(self.captions.get(value, value) for value in rejected.values))
