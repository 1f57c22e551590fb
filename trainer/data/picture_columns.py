"""Which columns of a table name pictures, told from their contents."""

from collections.abc import Sequence
from dataclasses import dataclass

from trainer.data.albums import Album
from trainer.data.picture_files import PictureFault, is_picture_name
from trainer.data.table import Table

_LOOKED_AT = 2000
_MOST = 0.5  # of the filled cells of a column


@dataclass(frozen=True)
class PictureColumn:
    """A column whose values name pictures: `found` of its `filled` values name one that is there."""

    name: str
    index: int
    filled: int
    found: int


def has_picture_headings(rows: Sequence[tuple[str, ...]]) -> bool | None:
    """Whether the first row is headings, told from the columns of pictures: there it names none. None without any."""
    width = max((len(row) for row in rows), default=0)
    for index in range(width):
        cells = [row[index] for row in rows[1:_LOOKED_AT] if index < len(row) and row[index].strip()]
        if cells and sum(map(is_picture_name, cells)) > _MOST * len(cells):
            return not (index < len(rows[0]) and is_picture_name(rows[0][index]))
    return None


def picture_columns(table: Table, album: Album | None) -> list[PictureColumn]:
    """The columns that name pictures: most values end like picture files, or name what is in the album."""
    found = []
    for index, name in enumerate(table.columns):
        cells = [row[index] for row in table.rows[:_LOOKED_AT] if row[index].strip()]
        there = sum(_is_there(cell, album) for cell in cells)
        named = sum(map(is_picture_name, cells))
        if cells and max(there, named) > _MOST * len(cells):
            found.append(PictureColumn(name, index, len(cells), there))
    return found


def _is_there(cell: str, album: Album | None) -> bool:
    if album is None or len(cell) > 1000:
        return False
    try:
        return album.find(cell) is not None
    except PictureFault:
        return True  # it is one of several
