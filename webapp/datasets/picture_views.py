"""Pictures of a data version, for pages that show them."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from webapp.datasets.pictures import picture_bytes, thumbnail_bytes
from webapp.datasets.selectors import version_by_id_for_user

TYPES = {"jpg": "image/jpeg", "png": "image/png"}
_YEAR = 365 * 24 * 3600


@require_GET
def picture(request: HttpRequest, version_id: int, key: str) -> HttpResponse:
    """One picture, at the size that it is stored in."""
    version = version_by_id_for_user(user=request.user, version_id=version_id)
    return _served(picture_bytes(version=version, key=key), TYPES.get(key.rpartition(".")[2], "image/jpeg"))


@require_GET
def thumbnail(request: HttpRequest, version_id: int, key: str) -> HttpResponse:
    """One picture, small."""
    version = version_by_id_for_user(user=request.user, version_id=version_id)
    return _served(thumbnail_bytes(version=version, key=key), "image/webp")


def _served(content: bytes, kind: str) -> HttpResponse:
    """A key is the hash of its picture, so what it names never changes."""
    headers = {"Cache-Control": f"private, max-age={_YEAR}, immutable", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)
