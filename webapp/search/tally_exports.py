"""The blind test's tally as it leaves the project: for exports and for guests, without who voted how."""

from dataclasses import asdict, replace
from typing import Any

from webapp.runs.models import Run
from webapp.runs.reports import Report
from webapp.search.tally import Tally, blind_tally


def nameless(tally: Tally | None) -> Tally | None:
    """The same tally with numbers in place of the voters' names: only people of the project see who they are."""
    if tally is None:
        return None
    return replace(tally, voters=[replace(row, name=f"Voter {at}") for at, row in enumerate(tally.voters, start=1)])


def blind_facts(*, run: Run, report: Report) -> dict[str, Any] | None:
    """What report.json and the workbook say of the votes, in plain values; None where nobody voted.

    after, before, both, neither: votes, which add up to `votes`; `decided` are the first two. share: of the decided
    ones those for the tuned model, 0…1, with its 95% interval; both None where none is decided. effective_votes: as
    many independent votes as the decided ones are worth.
    """
    tally = nameless(blind_tally(run=run, report=report))
    if tally is None:
        return None
    found = tally.preference
    return {
        **{kind: getattr(found, kind) for kind in ("after", "before", "both", "neither")},
        **{name: getattr(found, name) for name in ("votes", "decided", "n_voters", "n_questions")},
        "share": found.share,
        "ci95": [found.low, found.high] if found.decided else None,
        "effective_votes": found.effective,
        "outcome": found.outcome,
        **{name: getattr(tally, name) for name in ("headline", "meaning", "picked", "treated")},
        "voters": [asdict(row) for row in tally.voters],
    }
