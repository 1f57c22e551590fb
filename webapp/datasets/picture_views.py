"""Pictures of a data version, for pages that show them."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from webapp.datasets.pictures import picture_bytes, thumbnail_bytes
from webapp.datasets.selectors import version_by_id_for_user
from webapp.datasets.served import served_picture, served_thumbnail


@require_GET
def picture(request: HttpRequest, version_id: int, key: str) -> HttpResponse:
    """One picture, at the size that it is stored in."""
    version = version_by_id_for_user(user=request.user, version_id=version_id)
    return served_picture(picture_bytes(version=version, key=key), key)


@require_GET
def thumbnail(request: HttpRequest, version_id: int, key: str) -> HttpResponse:
    """One picture, small."""
    version = version_by_id_for_user(user=request.user, version_id=version_id)
    return served_thumbnail(thumbnail_bytes(version=version, key=key))
