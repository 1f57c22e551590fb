"""The picture that a form sent to search with."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from webapp.search.services import SearchUnavailable

NONE_CAME = SearchUnavailable("No picture came with this search.", "Choose one, or drop it on the page.")


def sent_picture(request: HttpRequest) -> UploadedFile | None:
    """The file that was chosen, or the photo that was taken."""
    files = (request.FILES.get(name) for name in ("file", "photo"))
    return next((file for file in files if isinstance(file, UploadedFile)), None)
