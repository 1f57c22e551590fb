"""The pages of the blind test: what it is, one question after the other, and the tally."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.runs.reports import no_report_words, report_of
from webapp.runs.selectors import run_for_user
from webapp.search import blind
from webapp.search.blind_page import blind_page, blind_result_page, vote_taken
from webapp.search.services import search_warm


@require_http_methods(["GET", "POST"])
@never_cache
def blind_test(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """What the test is, then the voter's next question; with `?q=`, or a picture sent, one of their own."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    report = report_of(run=run)
    if report is None:
        messages.info(request, no_report_words(run=run))
        return redirect("run_detail", project_id, number)
    search_warm(run=run)
    voter = blind.known_voter(run=run, key=_voter_key(request))
    context = blind_page(run=run, report=report, voter=voter, request=request)
    return render(request, "search/blind.html", context)


@require_POST
def blind_start(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Begin; the person becomes a voter."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    blind.voter_of(run=run, key=_voter_key(request), name=str(request.user))
    return redirect("blind", project_id, number)


@require_POST
def blind_vote(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Count a vote; the next question."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    voter, report = blind.known_voter(run=run, key=_voter_key(request)), report_of(run=run)
    if report is not None:
        vote_taken(request, voter=voter, report=report)
    return redirect("blind", project_id, number)


@require_POST
def blind_undo(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Take the latest vote back; its question comes again."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    voter = blind.known_voter(run=run, key=_voter_key(request))
    if voter is not None:
        blind.vote_undo(voter=voter)
    return redirect("blind", project_id, number)


@require_GET
@never_cache
def blind_result(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """The tally of all voters, which says for the first time which list was whose."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    report = report_of(run=run)
    if report is None:
        return redirect("run_detail", project_id, number)
    voter = blind.known_voter(run=run, key=_voter_key(request))
    return render(request, "search/blind_result.html", blind_result_page(run=run, report=report, voter=voter))


def _voter_key(request: HttpRequest) -> str:
    return f"person-{request.user.pk}"
