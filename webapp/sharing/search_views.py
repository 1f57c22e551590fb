"""The live search and the blind test by a share link."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.runs.reports import Report
from webapp.search import blind
from webapp.search.answers import answer_to
from webapp.search.blind_page import blind_page, blind_result_page, vote_taken
from webapp.search.page import search_facts, search_page
from webapp.search.services import search_warm
from webapp.search.tally_exports import nameless
from webapp.sharing.admission import admit_search, refused_vote, with_wait
from webapp.sharing.models import ShareLink
from webapp.sharing.public import frame, shared
from webapp.sharing.services import TooManyError, guest_voter
from webapp.sharing.visits import guest_key, new_guest_key, remember_guest

ENOUGH_SENT = 900_000
"""Bytes of a picture above which the browser makes it smaller first: strangers may send no more than a form."""


@require_http_methods(["GET", "POST"])
@shared(needs="with_search", forms=True)
def shared_search(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponse:
    """The live search over the run's own catalogue."""
    run = link.run
    search_warm(run=run)
    answer = _answer(request, link, report)
    context = {**search_page(run=run, report=report), **answer, **_search_frame(link, report)}
    template = "search/pictures.html" if run.project.task == "image-image" else "search/search.html"
    return with_wait(render(request, template, context), answer.get("problem"))


@require_http_methods(["GET", "POST"])
@shared(needs="with_search", forms=True)
def shared_search_results(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponse:
    """Both lists as a fragment; the page's address follows."""
    answer = _answer(request, link, report)
    context = {**search_facts(run=link.run, report=report), **answer, **_search_frame(link, report)}
    response = render(request, "search/_results.html", context)
    page = reverse("shared_search", args=(link.token,))
    response["HX-Replace-Url"] = f"{page}?{answer['query']}" if answer["query"] else page
    return with_wait(response, answer.get("problem"), is_part=True)


def _answer(request: HttpRequest, link: ShareLink, report: Report) -> dict[str, Any]:
    """Of the run's own catalogue; no faster than guests may ask."""
    admit = partial(admit_search, request, link)
    return answer_to(run=link.run, report=report, request=request, brought=False, admit=admit)


def _search_frame(link: ShareLink, report: Report) -> dict[str, object]:
    by_picture = report["task"] == "image-image"
    url = reverse("shared_search", args=(link.token,)) if by_picture else ""
    return {**frame(link, report), "search_url": url, "enough_sent": ENOUGH_SENT}


@require_http_methods(["GET", "POST"])
@shared(needs="with_blind_test", forms=True)
def shared_blind(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponse:
    """What the test is, then the guest's next question, or one of their own where the link has the search."""
    search_warm(run=link.run)
    voter = blind.known_voter(run=link.run, key=guest_key(request, link))
    admit = partial(admit_search, request, link)
    asking: dict[str, Any] = {"request": request, "may_ask": link.with_search, "admit": admit}
    page = blind_page(run=link.run, report=report, voter=voter, **asking)
    context = {**page, **frame(link, report), "enough_sent": ENOUGH_SENT}
    return with_wait(render(request, "search/blind.html", context), page.get("problem"))


@require_POST
@shared(needs="with_blind_test", forms=True)
def shared_blind_start(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponseBase:
    """Begin, under a name or as a numbered guest; the browser keeps who it is."""
    response = redirect("shared_blind", link.token)
    if _refused(request, link):
        return response
    if blind.known_voter(run=link.run, key=guest_key(request, link)):
        return response
    key = new_guest_key(link)
    try:
        guest_voter(link=link, key=key, name=request.POST.get("name", ""))
    except TooManyError:
        messages.error(request, "So many people have voted that no more can be taken. Ask whoever sent you the link.")
        return response
    remember_guest(response, link, key)
    return response


@require_POST
@shared(needs="with_blind_test", forms=True)
def shared_blind_vote(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponseBase:
    """Count a vote; the next question."""
    if not _refused(request, link):
        voter = blind.known_voter(run=link.run, key=guest_key(request, link))
        vote_taken(request, voter=voter, report=report, may_ask=link.with_search)
    return redirect("shared_blind", link.token)


@require_POST
@shared(needs="with_blind_test", forms=True)
def shared_blind_undo(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponseBase:
    """Take the latest vote back."""
    voter = blind.known_voter(run=link.run, key=guest_key(request, link))
    if voter is not None and not _refused(request, link):
        blind.vote_undo(voter=voter)
    return redirect("shared_blind", link.token)


def _refused(request: HttpRequest, link: ShareLink) -> bool:
    """Whether too many votes come; then a message says so."""
    words = refused_vote(request, link)
    if words:
        messages.error(request, words)
    return bool(words)


@require_GET
@shared(needs="with_blind_test", forms=True)
def shared_blind_result(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponse:
    """The tally of all voters, without their names."""
    voter = blind.known_voter(run=link.run, key=guest_key(request, link))
    page = blind_result_page(run=link.run, report=report, voter=voter)
    return render(
        request, "search/blind_result.html", {**page, **frame(link, report), "tally": nameless(page["tally"])}
    )
