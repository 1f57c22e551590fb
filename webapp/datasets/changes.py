"""A person's pending changes as a page lists them: one by one, or together where one click on a finding made them."""

from dataclasses import dataclass
from typing import Any

from webapp.datasets.browsing import form_value
from webapp.datasets.finding_cards import clicked_words
from webapp.datasets.models import ChangeKind, Correction


@dataclass(frozen=True)
class ShownChange:
    """One change. title: which row; before, after: what it said and what it says, blank for none."""

    correction: Correction
    title: str
    word: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangeGroup:
    """What one click did, in words. kind, title: of the finding. left_out: whether it left rows out."""

    kind: str
    title: str
    words: str
    examples: list[str]
    left_out: bool

    @property
    def has_more(self) -> bool:
        """Whether the examples are not all."""
        return not self.words.startswith(f"{len(self.examples)} ")


def change_groups(*, pending: list[Correction], findings: list[dict[str, Any]]) -> dict[str, Any]:
    """{"groups": what clicks left out, "single": all other changes}, each in their order."""
    titles = {finding["kind"]: finding["title"] for finding in findings}
    by_click: dict[str, list[Correction]] = {}
    single = []
    for each in pending:
        if each.finding and each.kind in (ChangeKind.DROP, ChangeKind.EDIT):
            by_click.setdefault(each.finding, []).append(each)
        else:
            single.append(_shown(each))
    groups = [
        ChangeGroup(
            kind,
            titles.get(kind, "The check found it"),
            clicked_words(found),
            [each.before for each in found[:3]],
            left_out=found[0].kind == ChangeKind.DROP,
        )
        for kind, found in by_click.items()
    ]
    return {"groups": groups, "single": single}


_COLUMNS = {"score": "score", "segment": "segment", "match": "what the data says"}


def _shown(change: Correction) -> ShownChange:
    row = f"Row {change.row:,}"
    if change.kind == ChangeKind.DROP:
        return ShownChange(change, row, "dropped", change.before, "")
    if change.kind == ChangeKind.ADD:
        return ShownChange(change, "New match", "", "", change.before)
    if change.kind == ChangeKind.NEW:
        says = "they match" if change.column == "match" else "no match"
        return ShownChange(change, "New row", says, "", change.before)
    before, after = _in_words(change.column, change.before), _in_words(change.column, change.text)
    return ShownChange(change, row, _COLUMNS.get(change.column, ""), before, after)


def _in_words(column: str, kept: str) -> str:
    if column == "match":
        return "they match" if kept == "yes" else "no match"
    if column == "score":
        return f"{form_value(column, kept)}%" if kept else "none"
    return kept or ("none" if column == "segment" else "")
