"""The findings of a data check as cards: what was found, what was done, and what a click would do."""

from dataclasses import dataclass
from typing import Any

from webapp.datasets.columns_instead import finding_instead
from webapp.datasets.models import ChangeKind, Correction, DatasetVersion

SEVERITIES = {"info": ("Good to know", ""), "warn": ("Worth a look", "is-loss"), "stop": ("Serious", "is-failed")}


@dataclass(frozen=True)
class Example:
    """One example. row: where it stands among the rows of the version, None where it does not; pictures: keys of those
    that it shows."""

    text: str
    row: int | None
    pictures: list[str]


@dataclass(frozen=True)
class Contradiction:
    """A pair that the data calls both right and wrong. decided: what a person said of it, blank while nothing; its
    correction can be undone."""

    question: str
    item: str
    decided: str = ""
    correction: Correction | None = None


def finding_cards(findings: list[dict[str, Any]], pending: list[Correction] | None = None) -> list[dict[str, Any]]:
    """The findings, in their order, each with a word and a colour for its severity, and what its click does.

    `says`: the click in numbers; `clicked`: what it has done already and is not saved yet, in words.
    """
    return [_card(finding, pending or []) for finding in findings]


def with_columns(cards: list[dict[str, Any]], version: DatasetVersion) -> list[dict[str, Any]]:
    """The cards; `instead` says which column of the file could take the place of one that a finding is about."""
    return [{**card, "instead": finding_instead(version=version, kind=card["kind"])} for card in cards]


def _card(finding: dict[str, Any], pending: list[Correction]) -> dict[str, Any]:
    word, badge = SEVERITIES[finding["severity"]]
    examples = finding.get("examples", [])
    # versions that were frozen before know neither rows nor pictures nor clicks
    rows = [*finding.get("example_rows", []), *[None] * len(examples)]
    pictures = [*finding.get("example_pictures", []), *[[]] * len(examples)]
    made = [each for each in pending if each.finding == finding.get("kind")]
    return {
        **finding,
        "word": word,
        "badge": badge,
        "examples": [Example(*each) for each in zip(examples, rows, pictures, strict=False)],
        "says": _in_numbers(finding) if finding.get("fix") else "",
        "clicked": clicked_words(made),
        "contradictions": [_contradiction(question, item, made) for question, item in finding.get("pairs", [])],
    }


def clicked_words(made: list[Correction]) -> str:
    """What clicks on a finding did, such as "12 rows left out"; blank where nothing."""
    drops, edits = (sum(each.kind == kind for each in made) for kind in (ChangeKind.DROP, ChangeKind.EDIT))
    if drops:
        return f"{drops:,} row{'' if drops == 1 else 's'} left out"
    return f"{edits:,} cell{'' if edits == 1 else 's'} changed" if edits else ""


def _in_numbers(finding: dict[str, Any]) -> str:
    """Such as "Leaves out 12 of 312 rows, 3 of them to judge by."."""
    dropped, judged, total = finding["n_drop"], finding["n_drop_judged"], finding["n_of"]
    if not dropped:
        return f"Changes {finding['n_edit']:,} of {total:,} rows."
    rows = f"Leaves out {dropped:,} of {total:,} rows"
    if not judged:
        return f"{rows}, none of them to judge by."
    if judged == dropped:
        return f"{rows}, {'all of them' if dropped > 1 else 'one'} to judge by."
    return f"{rows}, {judged:,} of them to judge by."


def _contradiction(question: str, item: str, made: list[Correction]) -> Contradiction:
    said = next((each for each in made if (each.question, each.text) == (question, item)), None)
    decided = {None: "", "match": "They match", "wrong": "No match"}[said.column if said else None]
    return Contradiction(question, item, decided, said)
