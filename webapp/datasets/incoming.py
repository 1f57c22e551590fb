"""Pictures that a browser sends one by one, or a whole folder of them, become one ZIP as they arrive."""

import tempfile
import zipfile
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from typing import IO, Any
from urllib.parse import unquote

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers

FIELD = "picture:"
"""How the name of a form field begins whose file goes into the ZIP; its path in the folder, percent-encoded, follows. A
file's own name would not do: Django cuts folders off it."""

_LONGEST_PATH = 500


class ArrivingZip(FileUploadHandler):
    """Writes files into one ZIP while they arrive, so that thousands need neither memory nor open files."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.names: dict[str, None] = {}  # in their order
        self._stream: IO[bytes] | None = None
        self._archive: zipfile.ZipFile | None = None
        self._entry: IO[bytes] | None = None
        self._name = ""

    def new_file(self, field_name: str, *args: Any, **more: Any) -> None:
        """Take the file if its field says so; others are for the handlers that come after."""
        super().new_file(field_name, *args, **more)
        if not field_name.startswith(FIELD):
            return
        if self._archive is None:
            self._stream = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - handed on as a file
            self._archive = zipfile.ZipFile(self._stream, "w", zipfile.ZIP_STORED)
        name = _free_name(_path(unquote(field_name.removeprefix(FIELD))), self.names)
        self.names[name] = None
        self._name = name
        self._entry = self._archive.open(zipfile.ZipInfo(name), "w")
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Some bytes of the file."""
        if self._entry is None:
            return raw_data
        self._entry.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """The end of the file; what it was is in the ZIP."""
        if self._entry is None:
            return None
        self._entry.close()
        self._entry = None
        return UploadedFile(ContentFile(b""), self._name, size=file_size)

    def upload_interrupted(self) -> None:
        """The browser went away."""
        if self._entry is not None:
            self._entry.close()
            self._entry = None

    def file(self) -> File | None:
        """The ZIP, once all have arrived; None when no file was for it."""
        if self._archive is None or self._stream is None:
            return None
        self._archive.close()
        size = self._stream.seek(0, 2)
        self._stream.seek(0)
        file = File(self._stream, name=_zip_name(list(self.names)))
        file.size = size
        return file


def zipped(files: Iterable[File]) -> File:
    """One ZIP of pictures that a form without a script sent in one field."""
    stream: IO[bytes] = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - handed on as a file
    names: dict[str, None] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            name = _free_name(_path(file.name or ""), names)
            names[name] = None
            with archive.open(zipfile.ZipInfo(name), "w") as entry:
                for chunk in file.chunks():
                    entry.write(chunk)
    size = stream.tell()
    stream.seek(0)
    result = File(stream, name=_zip_name(list(names)))
    result.size = size
    return result


def _path(sent: str) -> str:
    """A relative path of printable characters."""
    clean = "".join(character for character in sent.replace("\\", "/") if character.isprintable())
    parts = [part for part in clean[-_LONGEST_PATH:].split("/") if part not in ("", ".", "..")]
    return "/".join(parts) or "file"


def _free_name(path: str, taken: Collection[str]) -> str:
    """Two files of one name came from folders that the browser does not tell."""
    if path not in taken:
        return path
    stem, suffix = str(PurePosixPath(path).with_suffix("")), PurePosixPath(path).suffix
    return next(name for number in range(2, len(taken) + 3) if (name := f"{stem} ({number}){suffix}") not in taken)


def _zip_name(names: list[str]) -> str:
    """After the folder around all files, else after their number."""
    roots = {name.split("/")[0] for name in names if "/" in name}
    if len(roots) == 1 and all("/" in name for name in names):
        return f"{roots.pop()}.zip"
    return f"{names[0]}.zip" if len(names) == 1 else f"{len(names):,} pictures.zip"
