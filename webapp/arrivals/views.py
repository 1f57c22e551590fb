"""The server's side of tus. What a finished file becomes is the business of the page where it was begun."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from webapp.arrivals.errors import DiskFullError, OffsetError, RefusedError
from webapp.arrivals.models import Arrival
from webapp.arrivals.protocol import (
    Announced,
    ProtocolError,
    announced,
    answer,
    capabilities,
    check_part,
    check_version,
    misunderstood,
    refusal,
)
from webapp.arrivals.selectors import arrival_for_user
from webapp.arrivals.services import arrival_append, arrival_begin, arrival_remove
from webapp.projects.models import Project

BLOCK = 64 * 1024  # bytes of a part in memory


def arrival_begun(
    request: HttpRequest, *, project: Project, place: str, check: Callable[[Announced], None]
) -> HttpResponse:
    """Answers the request that begins a file. check: raises RefusedError for one that its page would not take."""
    if request.method == "OPTIONS":
        return capabilities()
    try:
        check_version(request)
        file = announced(request)
        check(file)
        arrival = arrival_begin(
            project=project,
            person=request.user,  # type: ignore[arg-type]
            place=place,
            name=file.name[:255],
            size=file.size,
            modified=file.modified,
            metadata=file.metadata,
        )
    except ProtocolError as error:
        return misunderstood(error)
    except DiskFullError as refused:
        return refusal(refused, 507)
    except RefusedError as refused:
        return refusal(refused, 413 if file.size > settings.MAX_UPLOAD_BYTES else 422)
    # Without a host: behind a proxy that does not say how browsers reach us, ours would be another one.
    return answer(arrival, 201, Location=reverse("arrival", args=(arrival.key,)), Upload_Offset="0")


@require_http_methods(["OPTIONS", "HEAD", "PATCH", "DELETE", "POST"])
def arrival(request: HttpRequest, key: str) -> HttpResponse:
    """One file on its way in: how far it has come, its next part, or its end."""
    if request.method == "OPTIONS":
        return capabilities()
    found = arrival_for_user(user=request.user, key=key)
    # Some networks let no other methods pass than GET and POST.
    asked = request.headers.get("X-HTTP-Method-Override", "") if request.method == "POST" else request.method
    try:
        check_version(request)
        if found.expires_at < timezone.now():
            raise ProtocolError(410, "This upload was not finished in time.")
        if asked == "HEAD":
            return _how_far(found)
        if asked == "PATCH":
            return _part(request, found)
        if asked == "DELETE":
            arrival_remove(arrival=found)
            return answer(found, 204)
        raise ProtocolError(405, "Use PATCH, HEAD or DELETE.")
    except ProtocolError as error:
        return misunderstood(error)


def _how_far(found: Arrival) -> HttpResponse:
    told = {"Upload_Offset": str(found.received), "Upload_Length": str(found.size)}
    if found.metadata:
        told["Upload_Metadata"] = found.metadata
    return answer(found, 200, **told)


def _part(request: HttpRequest, found: Arrival) -> HttpResponse:
    offset = check_part(request, found)
    try:
        if found.received != offset:
            raise OffsetError(found.received)  # before the body is waited for
        received = arrival_append(arrival=found, offset=offset, blocks=_blocks(request))
    except OffsetError as error:
        return answer(found, 409, Upload_Offset=str(error.received))
    except DiskFullError as refused:
        return refusal(refused, 507)
    return answer(found, 204, Upload_Offset=str(received))


def _blocks(request: HttpRequest) -> Iterator[bytes]:
    """The body as it comes. It ends early where the line breaks; what came until then counts."""
    while True:
        try:
            block = request.read(BLOCK)
        except UnreadablePostError:
            return
        if not block:
            return
        yield block


@require_POST
def arrival_discard(request: HttpRequest, key: str) -> HttpResponse:
    """Remove an unfinished file, from the list on a page."""
    found = arrival_for_user(user=request.user, key=key)
    arrival_remove(arrival=found)
    messages.success(request, f"The unfinished upload of “{found.name}” was removed.")
    page = request.POST.get("page", "")
    ours = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(page if ours else reverse("project_detail", args=(found.project_id,)))
