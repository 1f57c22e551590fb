"""What the pages of the blind test show, whoever the voter is."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from webapp.bridge import report_words
from webapp.runs.models import Run
from webapp.runs.reports import Report
from webapp.search import blind
from webapp.search.models import BlindVoter
from webapp.search.services import LONGEST_QUESTION, SearchUnavailable
from webapp.search.tally import blind_tally


def blind_page(
    *, run: Run, report: Report, voter: BlindVoter | None, typed: str, may_type: bool = True
) -> dict[str, Any]:
    """What the test is; of a voter who began, the next question, or the one that they typed. may_type: whether voters
    may ask questions of their own, which searches the whole catalogue."""
    facts = _facts(run, report, may_type)
    if voter is None:
        return {**facts, "total": len(blind.questions_to_vote_on(report))}
    told = {**facts, "voter": voter, "progress": blind.progress_of(voter=voter, report=report)}
    typed = typed.strip()
    if typed and told["can_type"]:
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


def vote_taken(request: HttpRequest, *, voter: BlindVoter | None, report: Report, may_type: bool = True) -> None:
    """Count the vote that a form sent; a message where it cannot be counted. Who did not begin has none. may_type: as
    for `blind_page`."""
    if voter is None:
        return
    asked = {name: request.POST.get(name, "")[:LONGEST_QUESTION] for name in ("question", "choice", "text")}
    try:
        blind.vote_cast(voter=voter, report=report, may_type=_can_type(voter.run, may_type), **asked)
    except blind.NoVote as refused:
        messages.error(request, f"{refused} Nothing was counted.")


def blind_result_page(*, run: Run, report: Report, voter: BlindVoter | None) -> dict[str, Any]:
    """The tally, and whether the voter can go on."""
    left = blind.next_question(voter=voter, report=report) is not None if voter else True
    tally = blind_tally(run=run, report=report)
    return {**_facts(run, report, may_type=False), "tally": tally, "goes_on": left, "began": voter is not None}


def _facts(run: Run, report: Report, may_type: bool) -> dict[str, Any]:
    return {
        "run": run,
        "project": run.project,
        "words": report_words(report).by_name(),
        "can_type": _can_type(run, may_type),
        "longest": LONGEST_QUESTION,
    }


def _can_type(run: Run, may_type: bool) -> bool:
    """Where pictures are searched with, there are no words to ask by."""
    return may_type and run.project.task != "image-image"
