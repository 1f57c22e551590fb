"""Which pairs of a question can be reported as labelled wrongly."""

from dataclasses import dataclass
from typing import Any

from webapp.datasets.doubts import Pair
from webapp.reports.questions import SYSTEMS
from webapp.runs.exhibits import Exhibits
from webapp.runs.reports import Report


@dataclass(frozen=True)
class PairChoice:
    """An item that a person can choose beside the question. place: where a list has it, the better one, 0 for none."""

    pair: Pair
    place: int

    @property
    def words(self) -> str:
        """The item, short enough for a menu, and where it stands."""
        name = self.pair.item if len(self.pair.item) <= 90 else f"{self.pair.item[:89]}…"
        return f"{name} (place {self.place})" if self.place else name


def pair_choices(report: Report, query_id: str) -> tuple[list[PairChoice], list[PairChoice]]:
    """The items that the data calls right, then the others of both lists, each the best placed first. Empty where the
    report has no such question."""
    query = next((query for query in report["queries"] if str(query["id"]) == query_id), None)
    if query is None:
        return [], []
    places: dict[str, int] = {}
    for system in SYSTEMS:
        for place, (item, _) in enumerate(query[system]["top"], start=1):
            places[str(item)] = min(place, places.get(str(item), place))
    right = [str(item) for item in query["relevant"]]
    known = set(right)
    others = sorted((item for item in places if item not in known), key=lambda item: places[item])
    ordered = sorted(right, key=lambda item: places.get(item, len(places) + 1))
    made = [[_choice(report, query, item, item in known, places) for item in items] for items in (ordered, others)]
    return made[0], made[1]


def _choice(report: Report, query: dict[str, Any], item: str, is_right: bool, places: dict[str, int]) -> PairChoice:
    exhibits = Exhibits.of_report(report)
    asked, found = exhibits.query(query), exhibits.document(item, report["documents"].get(item, item))
    pair = Pair(
        query_id=str(query["id"]),
        document_id=item,
        question=asked.words,
        item=found.words,
        marked_right=is_right,
        question_picture=asked.picture,
        item_picture=found.picture,
    )
    return PairChoice(pair, places.get(item, 0))
