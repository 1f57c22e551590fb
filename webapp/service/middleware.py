"""What every request meets, beyond Django's own."""

import shutil
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.gzip import GZipMiddleware

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_FORM_FIELDS = 1024 * 1024  # what may lie around a file in one request, and all that a stranger may send
_PAGES = ("text/html", "application/json")


def compress_pages(get_response: GetResponse) -> GetResponse:
    """Sends pages and the figures of charts compressed, to browsers that can read that.

    Not files, which are streamed, are compressed already or belong to whitenoise. Django adds a random number of bytes,
    so that nobody can guess a page's secrets by its length (BREACH).
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.streaming or _kind(response) not in _PAGES or not isinstance(response, HttpResponse):
            return response
        return compressor.process_response(request, response)

    compressor = GZipMiddleware(get_response)
    return middleware


def permissions_policy(get_response: GetResponse) -> GetResponse:
    """Tells browsers that our pages never need camera, microphone or place."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
        )
        return response

    return middleware


def keep_nothing(get_response: GetResponse) -> GetResponse:
    """Lets browsers keep no page of a signed-in person, so that the button Back shows none after signing out.

    Stands after the authentication. Pictures and files say themselves for how long they can be kept.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if _kind(response) in _PAGES and "Cache-Control" not in response.headers and request.user.is_authenticated:
            response.headers["Cache-Control"] = "private, no-store"
        return response

    return middleware


def end_silence(get_response: GetResponse) -> GetResponse:
    """Frees the thread that waits for the body of a sender whose line broke without a word, as lines of laptops do.

    gunicorn itself would wait for ever, and a few such senders would stop every page.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        connection = request.META.get("gunicorn.socket")
        if connection is not None and request.META.get("CONTENT_LENGTH"):
            connection.settimeout(settings.SILENCE_SECONDS)
        return get_response(request)

    return middleware


def limit_request_size(get_response: GetResponse) -> GetResponse:
    """Refuses what is too big before a byte of it is stored: for an upload, for a stranger, or for the disk.

    Stands after the authentication, and before any middleware that looks into a body. A body without a length is read
    as empty by Django.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length <= _FORM_FIELDS:
            return get_response(request)
        if length > settings.MAX_UPLOAD_BYTES + _FORM_FIELDS:
            return _refusal(
                request,
                413,
                f"This file is {length / 2**20:,.0f} MB; {settings.MAX_UPLOAD_BYTES / 2**20:,.0f} MB can be uploaded.",
                "Upload a part of it, or ask whoever runs Tailor to raise TAILOR_MAX_UPLOAD_MB.",
            )
        if not request.user.is_authenticated:
            return _refusal(
                request,
                413,
                "You are not signed in, and visitors may send 1 MB at most.",
                "Sign in, or choose a smaller file.",
            )
        if shutil.disk_usage(settings.FILE_UPLOAD_TEMP_DIR).free < length + settings.ROOM_KEPT_BYTES:
            return _refusal(
                request,
                507,
                "The server’s disk is full, so the file was not stored.",
                "Delete projects or files that are no longer needed, or ask your administrator for more space.",
            )
        return get_response(request)

    return middleware


def _kind(response: HttpResponseBase) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0]


def _refusal(request: HttpRequest, status: int, cause: str, remedy: str) -> HttpResponse:
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse({"cause": cause, "remedy": remedy}, status=status)
    return HttpResponse(f"{cause} {remedy}", status=status, content_type="text/plain; charset=utf-8")
