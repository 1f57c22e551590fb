"""The bytes of an arrival on disk."""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.core.files import File

from webapp.arrivals.errors import OffsetError

WHOLE = ".whole"
"""How the second name of a complete file ends, by which the storage takes it away."""


def append(path: Path, *, offset: int, blocks: Iterable[bytes]) -> int:
    """Put the blocks behind the first `offset` bytes as they come, and say how long the file is then.

    Each block is written only where it belongs: at the end of a file that is as long as it should be by then. So a
    request whose sender has long gone, and which wakes up beside its successor, or two windows that send the same file,
    cannot spoil it. The lock is held while one block is written, never while the next is waited for.
    Raises OffsetError when the file is not as long as the sender thinks, and OSError when the disk is full.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for block in blocks:
            offset = _append_block(descriptor, block, offset)
    finally:
        os.close(descriptor)
    return offset


def _append_block(descriptor: int, block: bytes, offset: int) -> int:
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        length = os.fstat(descriptor).st_size
        if length != offset:
            raise OffsetError(length)
        left = memoryview(block)
        while left:
            left = left[os.write(descriptor, left) :]
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    return offset + len(block)


@contextmanager
def held(path: Path) -> Iterator[IO[bytes] | None]:
    """The bytes, to read, while nobody else can write them or hold them; None when there are none."""
    try:
        stream = path.open("r+b")  # network file systems lock only what is open for writing
    except FileNotFoundError:
        yield None
        return
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream


class WholeFile(File):
    """A complete file. A storage on the same disk takes it by a second name, without copying and without losing it.

    The first name goes once what was made of the file is in the database: until then a failure costs nothing.
    """

    def __init__(self, stream: IO[bytes], *, path: Path, name: str, size: int) -> None:
        super().__init__(stream, name=name)
        self.size = size
        self._path = path

    def temporary_file_path(self) -> str:
        """Where Django's storage finds a file that it may move away."""
        second = self._path.with_suffix(WHOLE)
        second.unlink(missing_ok=True)
        try:
            os.link(self._path, second)
        except OSError:  # a file system without second names
            shutil.copyfile(self._path, second)
        return str(second)
