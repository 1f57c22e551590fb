"""The stored pictures of data versions, read one by one where a page asks for them."""

from functools import lru_cache
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage
from django.http import Http404

from webapp import bridge
from webapp.datasets.models import DatasetVersion

if TYPE_CHECKING:
    from trainer.data.picture_store import PictureStore


def picture_bytes(*, version: DatasetVersion, key: str) -> bytes:
    """The file of one picture; 404 when the version has no such picture."""
    return stored_picture(name=str(version.pictures.name or ""), key=key)


def thumbnail_bytes(*, version: DatasetVersion, key: str) -> bytes:
    """The small WebP of one picture; 404 when the version has no such picture."""
    return stored_thumbnail(name=str(version.pictures.name or ""), key=key)


def stored_picture(*, name: str, key: str) -> bytes:
    """One picture of the file of pictures that storage has under `name`; 404 when there is none."""
    return _store(name, key).read(key)


def stored_thumbnail(*, name: str, key: str) -> bytes:
    """The same, as a small WebP."""
    return _store(name, key).thumbnail(key)


def _store(name: str, key: str) -> "PictureStore":
    try:
        store = _opened(name) if name else None
    except (bridge.DataError, OSError) as error:
        raise Http404("The pictures are gone") from error
    if store is None or "/" in key or key not in store:
        raise Http404("No such picture")
    return store


@lru_cache(maxsize=4)
def _opened(name: str) -> "PictureStore":
    """The store of a name, which is never written twice. Kept open: a page asks for dozens of pictures of one version,
    and reading the list of all takes longer than reading one."""
    return bridge.open_pictures(default_storage.open(name, "rb"))
