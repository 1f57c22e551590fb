"""The live search and the blind test by a share link."""

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
from webapp.sharing.models import ShareLink
from webapp.sharing.public import frame, shared
from webapp.sharing.services import TooManyError, guest_voter
from webapp.sharing.tallies import nameless
from webapp.sharing.visits import guest_key, new_guest_key, remember_guest

ENOUGH_SENT = 900_000
"""Bytes of a picture above which the browser makes it smaller first: strangers may send no more than a form."""


@require_http_methods(["GET", "POST"])
@shared(needs="with_search", forms=True)
def shared_search(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponse:
    """The live search over the run's own catalogue."""
    run = link.run
    search_warm(run=run)
    answer = answer_to(run=run, report=report, request=request, brought=False)
    context = {**search_page(run=run, report=report), **answer, **_search_frame(link, report)}
    template = "search/pictures.html" if run.project.task == "image-image" else "search/search.html"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
@shared(needs="with_search", forms=True)
def shared_search_results(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponse:
    """Both lists as a fragment; the page's address follows."""
    answer = answer_to(run=link.run, report=report, request=request, brought=False)
    context = {**search_facts(run=link.run, report=report), **answer, **_search_frame(link, report)}
    response = render(request, "search/_results.html", context)
    page = reverse("shared_search", args=(link.token,))
    response["HX-Replace-Url"] = f"{page}?{answer['query']}" if answer["query"] else page
    return response


def _search_frame(link: ShareLink, report: Report) -> dict[str, object]:
    by_picture = report["task"] == "image-image"
    url = reverse("shared_search", args=(link.token,)) if by_picture else ""
    return {**frame(link, report), "search_url": url, "enough_sent": ENOUGH_SENT}


@require_GET
@shared(needs="with_blind_test", forms=True)
def shared_blind(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponse:
    """What the test is, then the guest's next question."""
    search_warm(run=link.run)
    voter = blind.known_voter(run=link.run, key=guest_key(request, link))
    typed = request.GET.get("q", "")
    page = blind_page(run=link.run, report=report, voter=voter, typed=typed, may_type=link.with_search)
    return render(request, "search/blind.html", {**page, **frame(link, report)})


@require_POST
@shared(needs="with_blind_test", forms=True)
def shared_blind_start(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponseBase:
    """Begin, under a name or as a numbered guest; the browser keeps who it is."""
    response = redirect("shared_blind", link.token)
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
    voter = blind.known_voter(run=link.run, key=guest_key(request, link))
    vote_taken(request, voter=voter, report=report, may_type=link.with_search)
    return redirect("shared_blind", link.token)


@require_POST
@shared(needs="with_blind_test", forms=True)
def shared_blind_undo(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponseBase:
    """Take the latest vote back."""
    voter = blind.known_voter(run=link.run, key=guest_key(request, link))
    if voter is not None:
        blind.vote_undo(voter=voter)
    return redirect("shared_blind", link.token)


@require_GET
@shared(needs="with_blind_test", forms=True)
def shared_blind_result(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponse:
    """The tally of all voters, without their names."""
    voter = blind.known_voter(run=link.run, key=guest_key(request, link))
    page = blind_result_page(run=link.run, report=report, voter=voter)
    return render(
        request, "search/blind_result.html", {**page, **frame(link, report), "tally": nameless(page["tally"])}
    )
