"""The pages of the blind test: what it is, one question after the other, and the tally."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from webapp.bridge import report_words
from webapp.runs.models import Run
from webapp.runs.reports import Report, no_report_words, report_of
from webapp.runs.selectors import run_for_user
from webapp.search import blind
from webapp.search.models import BlindVoter
from webapp.search.services import LONGEST_QUESTION, SearchUnavailable, search_warm
from webapp.search.tally import blind_tally


@require_GET
@never_cache
def blind_test(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """What the test is, then the voter's next question, or with `?q=` one that they typed."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    report = report_of(run=run)
    if report is None:
        messages.info(request, no_report_words(run=run))
        return redirect("run_detail", project_id, number)
    search_warm(run=run)
    context = {**_facts(run, report), **_question(request, run, report)}
    return render(request, "search/blind.html", context)


def _question(request: HttpRequest, run: Run, report: Report) -> dict[str, Any]:
    """The next question of a voter who began, or nothing."""
    voter = blind.known_voter(run=run, key=_voter_key(request))
    if voter is None:
        return {"total": len(blind.questions_to_vote_on(report))}
    told: dict[str, Any] = {"voter": voter, "progress": blind.progress_of(voter=voter, report=report)}
    typed = request.GET.get("q", "").strip()
    if typed and run.project.task != "image-image":
        question, problem = _typed(voter, report, typed)
        if question is not None:
            return {**told, "question": question, "typed": typed}
        told |= {"problem": problem, "typed": typed}
    return {**told, "question": blind.next_question(voter=voter, report=report)}


def _typed(voter: BlindVoter, report: Report, text: str) -> tuple[blind.BlindQuestion | None, dict[str, str] | None]:
    try:
        question = blind.typed_question(voter=voter, report=report, text=text)
    except SearchUnavailable as unavailable:
        return None, {"cause": unavailable.cause, "remedy": unavailable.remedy}
    if question is not None and voter.votes.filter(question=question.key).exists():
        return None, {"cause": "You voted on this question already.", "remedy": "Ask another one."}
    if question is None:
        cause = "Both models give the same list for this question, so there is nothing to compare."
        return None, {"cause": cause, "remedy": "Ask another one."}
    return question, None


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
    if voter is not None and report is not None:
        asked = {name: request.POST.get(name, "")[:LONGEST_QUESTION] for name in ("question", "choice", "text")}
        try:
            blind.vote_cast(voter=voter, report=report, **asked)
        except blind.NoVote as refused:
            messages.error(request, f"{refused} Nothing was counted.")
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
    left = blind.next_question(voter=voter, report=report) is not None if voter else True
    context = {"tally": blind_tally(run=run, report=report), "goes_on": left, "began": voter is not None}
    return render(request, "search/blind_result.html", {**_facts(run, report), **context})


def _voter_key(request: HttpRequest) -> str:
    return f"person-{request.user.pk}"


def _facts(run: Run, report: Report) -> dict[str, Any]:
    return {
        "run": run,
        "project": run.project,
        "words": report_words(report).by_name(),
        "can_type": run.project.task != "image-image",
        "longest": LONGEST_QUESTION,
    }
