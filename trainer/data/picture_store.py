"""The pictures of one data set in one file: upright, of bounded size, without metadata, each under its own hash."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import IO, Self

from PIL import Image

from trainer.errors import DataError

LONGEST_SIDE = 512
"""Pixels. Larger pictures are made smaller when they come in: base models look at 224 to 448."""

LOSSLESS_SIDE = 128
"""Pixels. Pictures up to this size are kept as they are; larger ones as JPEG."""

THUMBNAIL_SIDE = 192
QUALITY = 92

_AGAIN = "Prepare the data again from the uploaded files."


class PictureStore:
    """Reads `pictures.zip`: "<key>" of each picture (JPEG or PNG, RGB), and "thumbnails/<key>.webp" beside it.

    Safe to share between threads.
    """

    def __init__(self, file: Path | IO[bytes]) -> None:
        """Raises DataError when it is missing or damaged."""
        try:
            self._archive = zipfile.ZipFile(file)
        except (OSError, zipfile.BadZipFile) as error:
            raise DataError("The stored pictures are missing or damaged.", _AGAIN) from error
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def __contains__(self, key: str) -> bool:
        return key in self._archive.NameToInfo

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._archive.namelist() if "/" not in name)

    def read(self, key: str) -> bytes:
        """The file of one picture. Raises DataError when there is none."""
        return self._read(key)

    def thumbnail(self, key: str) -> bytes:
        """A WebP of at most THUMBNAIL_SIDE pixels. Raises DataError when there is none."""
        return self._read(f"thumbnails/{key}.webp")

    def open(self, key: str) -> Image.Image:
        """The picture, RGB. Raises DataError when it cannot be read."""
        try:
            return Image.open(io.BytesIO(self.read(key))).convert("RGB")
        except (OSError, ValueError) as error:
            raise DataError(f"The stored picture {key} is damaged.", _AGAIN) from error

    def _read(self, name: str) -> bytes:
        try:
            with self._lock:
                return self._archive.read(name)
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise DataError(f"The stored picture {name} is missing or damaged.", _AGAIN) from error


class PictureWriter:
    """Writes what `PictureStore` reads. Equal pictures are stored once.

    earlier: a store from which a picture that it has is copied rather than encoded anew.
    """

    def __init__(self, file: Path, earlier: PictureStore | None = None) -> None:
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)  # pictures do not compress
        self._known: set[str] = set()
        self._earlier = earlier

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def add(self, picture: Image.Image) -> str:
        """Stores an upright RGB picture; its key. A larger one than LONGEST_SIDE is made smaller."""
        picture = fit(picture)
        key = picture_key(picture)
        if self._earlier is not None and key in self._earlier:
            self.copy(key, self._earlier)
        elif key not in self._known:
            self._known.add(key)
            self._write(key, _encoded(picture, key))
            self._write(f"thumbnails/{key}.webp", _thumbnail(picture))
        return key

    def copy(self, key: str, store: PictureStore) -> None:
        """A picture of another store as it is there, so that it is known by the same key. Raises DataError."""
        if key not in self._known:
            self._known.add(key)
            self._write(key, store.read(key))
            self._write(f"thumbnails/{key}.webp", store.thumbnail(key))

    def _write(self, name: str, content: bytes) -> None:
        self._archive.writestr(zipfile.ZipInfo(name), content)  # a fixed date: equal pictures give equal files


def fit(picture: Image.Image) -> Image.Image:
    """The picture as large as one is stored."""
    return _shrunk(picture, LONGEST_SIDE)


def identify(picture: Image.Image) -> tuple[str, bytes]:
    """The key that a store has an upright RGB picture under, where it has it, and the picture's thumbnail."""
    picture = fit(picture)
    return picture_key(picture), _thumbnail(picture)


def picture_key(picture: Image.Image) -> str:
    """The hash of the pixels of an RGB picture, with the ending of its file."""
    ending = "png" if max(picture.size) <= LOSSLESS_SIDE else "jpg"
    size = f"{picture.width}x{picture.height}:".encode()
    return f"{hashlib.sha256(size + picture.tobytes()).hexdigest()[:24]}.{ending}"


def _encoded(picture: Image.Image, key: str) -> bytes:
    content = io.BytesIO()
    if key.endswith(".png"):
        picture.save(content, "PNG")
    else:
        picture.save(content, "JPEG", quality=QUALITY)
    return content.getvalue()


def _thumbnail(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    _shrunk(picture, THUMBNAIL_SIDE).save(content, "WEBP", quality=80, method=4)
    return content.getvalue()


def _shrunk(picture: Image.Image, side: int) -> Image.Image:
    if max(picture.size) <= side:
        return picture
    smaller = picture.copy()
    smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
    return smaller
