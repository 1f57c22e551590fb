"""What the blind test of a run has shown, in figures and in plain sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.bridge import blind_preference, report_words
from webapp.runs.models import Run
from webapp.runs.reports import Report
from webapp.search.blind import COMPARED, questions_to_vote_on
from webapp.search.models import BlindVote
from webapp.search.own_keys import OWN

FEW = 6
"""Decided votes below which even full agreement may be chance."""


@dataclass(frozen=True)
class VoterRow:
    """How one voter voted."""

    name: str
    after: int
    before: int
    both: int
    neither: int


@dataclass(frozen=True)
class Tally:
    """The votes of a run. preference: trainer.evaluation.preference.Preference. headline, meaning, picked, treated: a
    sentence each: what was preferred; what that is worth; how questions were picked; how several voters are treated."""

    preference: Any
    voters: list[VoterRow]
    headline: str
    meaning: str
    picked: str
    treated: str

    @property
    def bar(self) -> list[dict[str, Any]]:
        """All votes as one bar, 0…100 wide: for the tuned model, both, neither, for the base model."""
        parts, x = [], 0.0
        for kind in ("after", "both", "neither", "before"):
            width = 100 * getattr(self.preference, kind) / self.preference.votes
            parts.append({"kind": kind, "x": x, "width": width})
            x += width
        return parts

    @property
    def outcome(self) -> str:
        """better, worse or same, as verdicts have it."""
        return {"after": "better", "before": "worse"}.get(self.preference.outcome, "same")


def blind_tally(*, run: Run, report: Report) -> Tally | None:
    """The tally of all votes of a run; None where there is none."""
    votes = list(BlindVote.objects.filter(voter__run=run).select_related("voter"))
    if not votes:
        return None
    preference = blind_preference([(vote.voter_id, vote.question, vote.preferred) for vote in votes])
    return Tally(
        preference=preference,
        voters=_voter_rows(votes),
        headline=_headline(preference),
        meaning=_meaning(preference),
        picked=_picked(votes, report),
        treated=_treated(preference),
    )


def _voter_rows(votes: Sequence[BlindVote]) -> list[VoterRow]:
    names: dict[int, str] = {vote.voter_id: vote.voter.name for vote in votes}
    kinds = ("after", "before", "both", "neither")
    return [
        VoterRow(name, *(sum(v.voter_id == pk and v.preferred == kind for v in votes) for kind in kinds))
        for pk, name in names.items()
    ]


def _headline(preference: Any) -> str:
    if not preference.decided:
        return "Nobody has preferred one of the two lists yet."
    votes = "decided vote" if preference.decided == 1 else "decided votes"
    return f"{preference.after:,} of {preference.decided:,} {votes} preferred the tuned model."


def _meaning(preference: Any) -> str:
    if not preference.decided:
        return "Votes for “both” and “neither” say how good the lists are, not which is better."
    if preference.decided < FEW:
        return f"That is too few to tell: with fewer than {FEW}, even full agreement may be chance."
    interval = f"the 95% interval of that share is {preference.low:.0%} to {preference.high:.0%}"
    if preference.outcome == "after":
        return f"That is more than chance: {interval}."
    if preference.outcome == "before":
        return f"The base model was preferred, by more than chance: {interval}."
    return f"That could be chance: {interval}, which includes one half."


def _picked(votes: Sequence[BlindVote], report: Report) -> str:
    words = report_words(report)
    total, differ = len(report["queries"]), len(questions_to_vote_on(report))
    asked = len({vote.question for vote in votes if not vote.question.startswith(OWN)})
    n_own = sum(vote.question.startswith(OWN) for vote in votes)
    told = words.say(
        f"Voted on were {asked:,} of the {differ:,} test {{questions}} for which the first {COMPARED} results of "
        "the two models differ, in random order"
    )
    same = total - differ
    rest = words.say(f"; for the other {same:,} they do not differ, so nobody could prefer one") if same else ""
    count = f" {n_own:,} more {'vote was' if n_own == 1 else 'votes were'}"
    own = f"{count} on {words.questions} of the voters’ own." if n_own else ""
    return f"{told}{rest}.{own}"


def _treated(preference: Any) -> str:
    if preference.n_voters < 2:
        return "One person voted, so this speaks for that person."
    people = f"{preference.n_voters} people voted, so this speaks for them, not for everybody."
    if preference.effective > preference.decided - 0.5 or not preference.decided:
        return people
    return (
        f"{people} Votes of one person, or on one question, resemble each other: the interval counts the "
        f"{preference.decided} decided votes as {preference.effective:.0f} independent ones."
    )
