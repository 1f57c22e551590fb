"""Where the pictures lie that a table names: in the ZIP around it, or in folders beside it."""

import posixpath
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from trainer.data.picture_files import MOST_BYTES, PictureFault

ONE_ZIP = "Put the table and the pictures that it names into one ZIP, and upload that."


class Album(Protocol):
    """Finds and reads the pictures that the cells of a table name."""

    place: str
    """As it stands in a sentence: "the ZIP"."""

    def find(self, named: str) -> str | None:
        """The file that a cell names, or None. Raises PictureFault when it could be one of several."""

    def read(self, file: str) -> bytes:
        """The content of a found file. Raises PictureFault."""


class FolderAlbum:
    """Pictures on this machine's disk, named relative to their table."""

    place = "the folder of the table"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, named: str) -> str | None:
        """The path, relative to the table, if such a file is there."""
        name = slashed(named)
        try:
            return name if name and (self._folder / name).is_file() else None
        except (OSError, ValueError):  # too long for a path, or with a NUL
            return None

    def read(self, file: str) -> bytes:
        """Its content, no more than a picture may have."""
        try:
            with (self._folder / file).open("rb") as stream:
                return stream.read(MOST_BYTES + 1)
        except OSError as error:
            words = f"cannot be opened ({error.strerror or 'unreadable'}). Check its permissions."
            raise PictureFault(words) from error


class NameIndex:
    """Files by their names: as they are written, else but for case and form of letters, else by their last part."""

    def __init__(self, files: Iterable[str], others: dict[str, str] | None = None) -> None:
        """others: {another reading of a name: the file}."""
        self._exact = {file: file for file in files}
        self._folded: dict[str, list[str]] = defaultdict(list)
        self._last: dict[str, list[str]] = defaultdict(list)
        for name, file in [*self._exact.items(), *(others or {}).items()]:
            for index, key in ((self._folded, plain_name(name)), (self._last, plain_name(posixpath.basename(name)))):
                if file not in index[key]:
                    index[key].append(file)

    def find(self, named: str, folder: str) -> str | None:
        """The file that is meant by a name in a table that lies in `folder`. Raises PictureFault when several are."""
        name = slashed(named)
        if not name:
            return None
        paths = [posixpath.normpath(posixpath.join(folder, name)), posixpath.normpath(name.lstrip("/"))]
        for path in paths:
            if path in self._exact:
                return path
        for path in paths:
            if found := self._folded.get(plain_name(path)):
                return _the_one(found, "only in capitals or in the form of letters")
        found = self._last.get(plain_name(posixpath.basename(name)), [])
        return _the_one(found, "in their folders only. Write the name with its folder") if found else None


def _the_one(found: list[str], how: str) -> str:
    if len(found) > 1:
        shown = " and ".join(f"“{file}”" for file in found[:2])
        raise PictureFault(f"could be {shown}, whose names differ {how}. Give each file a name of its own.")
    return found[0]


def slashed(name: str) -> str:
    """A path as written by a person, with slashes, and without what a copied path may begin with."""
    return name.strip().strip('"').replace("\\", "/").removeprefix("./")


def plain_name(name: str) -> str:
    """The key under which names count as the same: composed letters, lower case."""
    return unicodedata.normalize("NFC", name).casefold()
