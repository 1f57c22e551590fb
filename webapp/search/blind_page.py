"""What the pages of the blind test show, whoever the voter is."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from webapp.bridge import report_words
from webapp.projects.models import Task
from webapp.runs.models import Run
from webapp.runs.reports import Report
from webapp.search import blind
from webapp.search.models import BlindVoter
from webapp.search.own_keys import ENOUGH_OWN, MOST_OWN
from webapp.search.own_questions import picture_question, typed_question
from webapp.search.sent import NONE_CAME, sent_picture
from webapp.search.services import LONGEST_QUESTION, MOST_PICTURE_BYTES, SearchUnavailable, always
from webapp.search.tally import blind_tally

OWN_WORDS = {
    Task.TEXT_TEXT: "ask something of your own",
    Task.TEXT_IMAGE: "look for something of your own",
    Task.IMAGE_IMAGE: "search with a picture of your own",
}


def blind_page(
    *,
    run: Run,
    report: Report,
    voter: BlindVoter | None,
    request: HttpRequest,
    may_ask: bool = True,
    admit: Callable[[], None] = always,
) -> dict[str, Any]:
    """What the test is; of a voter who began, the next question, or the one of their own that the request asks.

    may_ask: whether voters may ask questions of their own, which searches the whole catalogue. admit: called before
    that; raises SearchUnavailable where there may be no search now.
    """
    facts = _facts(run, report, may_ask)
    if voter is None:
        return {**facts, "total": len(blind.questions_to_vote_on(report))}
    told = {**facts, "voter": voter, "progress": blind.progress_of(voter=voter, report=report)}
    typed = request.GET.get("q", "").strip()
    try:
        question = _own(voter, report, request, typed, admit) if may_ask else None
    except SearchUnavailable as problem:
        return {**told, "typed": typed, "problem": problem, "question": blind.next_question(voter=voter, report=report)}
    return {**told, "typed": typed, "question": question or blind.next_question(voter=voter, report=report)}


def _own(
    voter: BlindVoter, report: Report, request: HttpRequest, typed: str, admit: Callable[[], None]
) -> blind.BlindQuestion | None:
    """What the voter asks, if anything. Raises SearchUnavailable."""
    by_picture = voter.run.project.task == Task.IMAGE_IMAGE
    if (request.method == "POST" or typed) and blind.progress_of(voter=voter, report=report).own >= MOST_OWN:
        raise SearchUnavailable(ENOUGH_OWN, "Go on with the others.")
    if by_picture and request.method == "POST":
        file = sent_picture(request)
        if file is None:
            raise NONE_CAME
        admit()
        question = picture_question(voter=voter, report=report, file=file)
    elif typed and not by_picture:
        admit()
        question = typed_question(voter=voter, report=report, text=typed)
    else:
        return None
    words = report_words(report)
    if question is None:
        cause = words.say("Both models give the same list for this {question}, so there is nothing to compare.")
        raise SearchUnavailable(cause, "Try another one.")
    if voter.votes.filter(question=question.key).exists():
        raise SearchUnavailable(words.say("You voted on this {question} already."), "Try another one.")
    return question


def vote_taken(request: HttpRequest, *, voter: BlindVoter | None, report: Report, may_ask: bool = True) -> None:
    """Count the vote that a form sent; a message where it cannot be counted. Who did not begin has none. may_ask: as
    for `blind_page`."""
    if voter is None:
        return
    asked = {name: request.POST.get(name, "")[:LONGEST_QUESTION] for name in ("question", "choice", "text", "proof")}
    try:
        blind.vote_cast(voter=voter, report=report, may_ask=may_ask, **asked)
    except blind.NoVote as refused:
        messages.error(request, f"{refused} Nothing was counted.")


def blind_result_page(*, run: Run, report: Report, voter: BlindVoter | None) -> dict[str, Any]:
    """The tally, and whether the voter can go on."""
    left = blind.next_question(voter=voter, report=report) is not None if voter else True
    tally = blind_tally(run=run, report=report)
    return {**_facts(run, report, may_ask=False), "tally": tally, "goes_on": left, "began": voter is not None}


def _facts(run: Run, report: Report, may_ask: bool) -> dict[str, Any]:
    return {
        "run": run,
        "project": run.project,
        "words": report_words(report).by_name(),
        "can_ask": may_ask,
        "by_picture": run.project.task == Task.IMAGE_IMAGE,
        "own_words": OWN_WORDS[Task(run.project.task)],
        "longest": LONGEST_QUESTION,
        "most_bytes": MOST_PICTURE_BYTES,
        "most_megabytes": MOST_PICTURE_BYTES // 2**20,
    }
