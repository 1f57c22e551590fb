"""What every request meets, beyond Django's own."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_FORM_FIELDS = 1024 * 1024  # what may lie around a file in one request


def permissions_policy(get_response: GetResponse) -> GetResponse:
    """Tells browsers that our pages never need camera, microphone or place."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
        )
        return response

    return middleware


def limit_request_size(get_response: GetResponse) -> GetResponse:
    """Refuses what is too big before a byte of it is stored. A body without a length is read as empty by Django."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > settings.MAX_UPLOAD_BYTES + _FORM_FIELDS:
            return HttpResponse(
                f"This file is {length / 2**20:,.0f} MB; {settings.MAX_UPLOAD_BYTES / 2**20:,.0f} MB can be uploaded. "
                "Upload a part of it, or ask whoever runs Tailor to raise TAILOR_MAX_UPLOAD_MB.",
                status=413,
                content_type="text/plain; charset=utf-8",
            )
        return get_response(request)

    return middleware
