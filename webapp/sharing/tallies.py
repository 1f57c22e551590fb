"""The blind test's tally for people outside."""

from dataclasses import replace

from webapp.search.tally import Tally


def nameless(tally: Tally | None) -> Tally | None:
    """The same tally, without who voted how."""
    if tally is None:
        return None
    return replace(tally, voters=[replace(row, name=f"Voter {at}") for at, row in enumerate(tally.voters, start=1)])
