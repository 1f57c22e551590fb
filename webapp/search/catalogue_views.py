"""Catalogues that people bring to the live search: take one in, watch it, cancel, try again, remove; their pictures."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.files import File
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.arrivals.models import Arrival
from webapp.arrivals.protocol import Announced
from webapp.arrivals.selectors import arrival_for_user, arrivals_under_way
from webapp.arrivals.services import arrival_hand_on
from webapp.arrivals.views import arrival_begun
from webapp.bridge import encoding_words
from webapp.datasets.incoming import ArrivingZip
from webapp.datasets.pictures import picture_bytes, stored_picture, stored_thumbnail, thumbnail_bytes
from webapp.datasets.served import served_picture, served_thumbnail
from webapp.datasets.services import RefusedError, accepted_suffixes, incoming_file, shown_name
from webapp.queue.selectors import queue_position
from webapp.runs.models import Run
from webapp.runs.selectors import run_for_user
from webapp.search import catalogues
from webapp.search.forms import CatalogueReadingForm
from webapp.search.models import Catalogue
from webapp.search.selectors import catalogue_of, catalogues_of, is_searchable

LONGEST_ADDRESS = 4_000  # characters


def catalogues_context(*, run: Run, chosen: str) -> dict[str, Any]:
    """What the choice of where to search shows. `seen` changes whenever a polled page has something new to show."""
    found, encodings = catalogues_of(run=run), encoding_words()
    for each in found:
        each.expires_at = each.used_at + catalogues.KEPT  # type: ignore[attr-defined]
        each.searchable = is_searchable(each)  # type: ignore[attr-defined]
        each.position = queue_position(work=each)  # type: ignore[attr-defined]
        each.percent = round(100 * each.fraction)  # type: ignore[attr-defined]
        asked = each.question.get("candidates", [])
        each.encodings = [(codec, encodings.get(codec, codec), line) for codec, line in asked]  # type: ignore[attr-defined]
    seen = ",".join(f"{each.number}{each.status}{each.percent}-{each.position}" for each in found)  # type: ignore[attr-defined]
    return {
        "run": run,
        "project": run.project,
        "catalogues": found,
        "chosen": chosen,
        "encoding_choices": list(encodings.items()),
        "under_way": any(not each.is_finished for each in found),
        "seen": seen,
        "is_full": len(found) >= catalogues.MOST,
        "most": catalogues.MOST,
        "days_kept": catalogues.KEPT.days,
        "suffixes": accepted_suffixes(run.project.task),
        "limit_bytes": settings.MAX_UPLOAD_BYTES,
        "limit_words": f"{settings.MAX_UPLOAD_BYTES / 2**20:,.0f} MB",
        "resumable_bytes": settings.RESUMABLE_BYTES,
        "most_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
    }


@csrf_exempt  # checked below: the check reads the form, and before that the handler must be in its place
@require_POST
def catalogue_create(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Take a file. A script gets JSON ({"url"} or {"cause", "remedy"}); a plain form gets the search page."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    arriving = ArrivingZip(request)
    request.upload_handlers.insert(0, arriving)
    return _taken(request, run, arriving)


@csrf_protect
def _taken(request: HttpRequest, run: Run, arriving: ArrivingZip) -> HttpResponse:
    wants_json = request.accepts("application/json") and not request.accepts("text/html")
    try:
        url = _store(request, run, arriving)
    except RefusedError as refused:
        if wants_json:
            return JsonResponse({"cause": refused.cause, "remedy": refused.remedy}, status=422)
        messages.error(request, f"{refused.cause} {refused.remedy}")
        return redirect("search", run.project_id, run.number)
    return JsonResponse({"url": url}, status=201) if wants_json else redirect(url)


def _store(request: HttpRequest, run: Run, arriving: ArrivingZip) -> str:
    def stored(file: File) -> str:
        catalogue = catalogues.catalogue_store(run=run, user=request.user, file=file)  # type: ignore[arg-type]
        return _search_url(catalogue, request.POST.get("asked", ""))

    if request.POST.get("arrived"):  # it came in parts, before this form
        arrival = arrival_for_user(user=request.user, key=request.POST["arrived"])
        return arrival_hand_on(arrival=arrival, store=stored)
    sent = request.FILES.getlist("file")
    return stored(incoming_file(task=run.project.task, sent=sent, arrived=arriving.file()))


@require_http_methods(["OPTIONS", "POST"])
def catalogue_begin(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Begin a file that comes in parts; once it is complete, the form of `catalogue_create` names it in `arrived`."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)

    def check(file: Announced) -> None:
        catalogues.catalogue_check(run=run, name=shown_name(file.name), size=file.size)

    return arrival_begun(request, project=run.project, place=_place(run), check=check)


def unfinished_catalogues(request: HttpRequest, run: Run) -> list[Arrival]:
    """The person's own files for this run that are still on their way."""
    return arrivals_under_way(user=request.user, project=run.project).get(_place(run), [])


def _place(run: Run) -> str:
    return f"search {run.number}"


@require_GET
@never_cache
def catalogues_status(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """The choice of where to search, polled while something is embedded; an event tells when nothing is."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    context = catalogues_context(run=run, chosen=request.GET.get("in", "")[:20])
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)  # a screen reader would read the same words out every second
    response = render(request, "search/_where.html", context)
    if not context["under_way"]:
        response["HX-Trigger-After-Settle"] = "catalogue-ready"
    return response


@require_POST
def catalogue_cancel(request: HttpRequest, project_id: int, number: int, catalogue: int) -> HttpResponse:
    """Stop the embedding."""
    found = _catalogue(request, project_id, number, catalogue)
    catalogues.catalogue_cancel(catalogue=found)
    return redirect(_search_url(found))


@require_POST
def catalogue_retry(request: HttpRequest, project_id: int, number: int, catalogue: int) -> HttpResponse:
    """Embed it once more."""
    found = _catalogue(request, project_id, number, catalogue)
    catalogues.catalogue_retry(catalogue=found)
    return redirect(_search_url(found))


@require_POST
def catalogue_reread(request: HttpRequest, project_id: int, number: int, catalogue: int) -> HttpResponse:
    """Read the stored file again, another way."""
    found = _catalogue(request, project_id, number, catalogue)
    form = CatalogueReadingForm(request.POST)
    try:
        if form.is_valid():
            catalogues.catalogue_reread(catalogue=found, **form.reading_of(found))
    except RefusedError as refused:
        messages.error(request, str(refused))
    page = urlsplit(request.headers.get("Referer", ""))  # on which something was asked, perhaps
    return redirect(_search_url(found, page.query))


@require_POST
def catalogue_delete(request: HttpRequest, project_id: int, number: int, catalogue: int) -> HttpResponse:
    """Remove it."""
    found = _catalogue(request, project_id, number, catalogue)
    catalogues.catalogue_delete(catalogue=found)
    messages.success(request, f"“{found.name}” was removed.")
    return redirect("search", project_id, number)


@require_GET
def catalogue_picture(request: HttpRequest, project_id: int, number: int, catalogue: int, key: str) -> HttpResponse:
    """One picture of the catalogue, else of the run's data, at the size that it is stored in."""
    found = _catalogue(request, project_id, number, catalogue)
    with suppress(Http404):
        return served_picture(stored_picture(name=str(found.pictures.name or ""), key=key), key)
    return served_picture(picture_bytes(version=found.run.dataset, key=key), key)


@require_GET
def catalogue_thumbnail(request: HttpRequest, project_id: int, number: int, catalogue: int, key: str) -> HttpResponse:
    """The same, small."""
    found = _catalogue(request, project_id, number, catalogue)
    with suppress(Http404):
        return served_thumbnail(stored_thumbnail(name=str(found.pictures.name or ""), key=key))
    return served_thumbnail(thumbnail_bytes(version=found.run.dataset, key=key))


def _catalogue(request: HttpRequest, project_id: int, number: int, catalogue: int) -> Catalogue:
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    found = catalogue_of(run=run, number=catalogue)
    found.run = run
    return found


def _search_url(catalogue: Catalogue, asked: str = "") -> str:
    """The search page with this catalogue chosen. asked: the query of an address, of which the question is kept."""
    page = reverse("search", args=(catalogue.run.project_id, catalogue.run.number))
    query = QueryDict(asked[:LONGEST_ADDRESS].removeprefix("?"))
    kept = {name: query[name] for name in ("q", "picture") if query.get(name)}
    return f"{page}?{urlencode({**kept, 'in': catalogue.number})}"
