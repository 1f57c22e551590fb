"""The words of tus 1.0.0, https://tus.io/protocols/resumable-upload: core, creation, expiration, termination.

Any client that speaks it can send files. Left out on purpose: checksum, for a part that is cut off could then not be
kept, which is what a bad line needs; concatenation and deferred lengths, which nobody here asks for.
"""

import base64
import binascii
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import http_date

from webapp.arrivals.errors import RefusedError
from webapp.arrivals.models import Arrival

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
PART = "application/offset+octet-stream"
_LONGEST_METADATA = 4_000  # characters


class ProtocolError(Exception):
    """A request that no client of this protocol sends: the status to answer it with, and why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Announced:
    """What a client says of a file before it sends it. size: bytes. modified: milliseconds since 1970, or 0."""

    name: str
    size: int
    modified: int
    metadata: str


def announced(request: HttpRequest) -> Announced:
    """The file that is to be created. Raises ProtocolError."""
    metadata = request.headers.get("Upload-Metadata", "")
    values = _values(metadata)
    modified = values.get("modified", "")
    return Announced(
        name=values.get("filename", "") or values.get("name", "") or "file",
        size=number(request, "Upload-Length"),
        modified=int(modified) if modified.isdecimal() and len(modified) < 16 else 0,
        metadata=metadata,
    )


def _values(metadata: str) -> dict[str, str]:
    """{key: value} of pairs that are separated by commas, each value in base64 or left out."""
    if len(metadata) > _LONGEST_METADATA:
        raise ProtocolError(400, "Upload-Metadata is too long.")
    found = {}
    for pair in filter(None, (part.strip() for part in metadata.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            found[key] = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeError) as error:
            raise ProtocolError(400, "Upload-Metadata is not pairs of a key and a value in base64.") from error
    return found


def number(request: HttpRequest, header: str) -> int:
    """A count of bytes from a header. Raises ProtocolError."""
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdecimal() and len(value) < 16):
        raise ProtocolError(400, f"{header} is missing or not a number of bytes.")
    return int(value)


def check_version(request: HttpRequest) -> None:
    """Raise ProtocolError for a client of another version."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise ProtocolError(412, f"Only version {VERSION} of tus is spoken here (Tus-Resumable).")


def check_part(request: HttpRequest, arrival: Arrival) -> int:
    """The offset of a part that may be sent. Raises ProtocolError."""
    if request.content_type != PART:
        raise ProtocolError(415, f"Parts are sent as {PART}.")
    offset, length = number(request, "Upload-Offset"), number(request, "Content-Length")
    if offset + length > arrival.size:
        raise ProtocolError(413, f"The file was announced with {arrival.size} bytes; this would make it longer.")
    return offset


def capabilities() -> HttpResponse:
    """The answer to OPTIONS."""
    headers = {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(settings.MAX_UPLOAD_BYTES)}
    return spoken(HttpResponse(status=204, headers=headers))


def answer(arrival: Arrival, status: int, **headers: str) -> HttpResponse:
    """An answer without a body. headers: names with _ for -."""
    response = HttpResponse(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})
    if not arrival.led_to:
        response.headers["Upload-Expires"] = http_date(arrival.expires_at.timestamp())
    return spoken(response)


def refusal(refused: RefusedError, status: int) -> HttpResponse:
    """What a person is to be told, as {"cause", "remedy"}."""
    return spoken(JsonResponse({"cause": refused.cause, "remedy": refused.remedy}, status=status))


def misunderstood(error: ProtocolError) -> HttpResponse:
    """What the author of a client is to be told."""
    response = HttpResponse(f"{error}\n", status=error.status, content_type="text/plain; charset=utf-8")
    if error.status == 412:
        response.headers["Tus-Version"] = VERSION
    return spoken(response)


def spoken(response: HttpResponse) -> HttpResponse:
    """Every answer names the version, and none is stored on its way: each is about a moment."""
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    return response
