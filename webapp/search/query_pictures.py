"""The picture that someone searches with, on its way to the search worker.

It lies in storage for as long as that takes: what passes through Redis would stay in its append-only file for days.
"""

import uuid
from datetime import timedelta

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils import timezone

from webapp.bridge import DataError

FOLDER = "queries"
LONGEST_WAY = timedelta(minutes=10)


def query_picture_put(*, file: File) -> str:
    """Store it; its name."""
    return default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}", file)


def query_picture_take(*, name: str) -> bytes:
    """Its bytes, and it is gone. Raises DataError when it is gone already."""
    try:
        with default_storage.open(name) as file:
            content = bytes(file.read())
    except OSError as error:
        raise DataError("The picture did not reach the search in time.", "Choose it once more.") from error
    query_picture_drop(name=name)
    return content


def query_picture_drop(*, name: str) -> None:
    """Remove it, if it is still there."""
    default_storage.delete(name)


def query_pictures_sweep() -> None:
    """Remove what lost its way, as a process was killed meanwhile."""
    try:
        names = default_storage.listdir(FOLDER)[1]
    except FileNotFoundError:
        return
    for name in names:
        path = f"{FOLDER}/{name}"
        if default_storage.exists(path) and default_storage.get_modified_time(path) < timezone.now() - LONGEST_WAY:
            query_picture_drop(name=path)
