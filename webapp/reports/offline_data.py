"""The questions of a report as the script of the one-file report reads them: both lists of every one."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from webapp.reports.questions import SYSTEMS, Outcome, Question, n_right, question_of
from webapp.reports.words import place
from webapp.runs.exhibits import Exhibit, Exhibits
from webapp.runs.reports import Report
from webapp.runs.side_by_side import side_by_side

RIGHT_SHOWN = 6


def questions_data(report: Report) -> dict[str, Any]:
    """{"questions": […], "items": […]}; a question's lists and right items name items by their number.

    An item has `text`, `name`, and where there are any `label` and `picture`. A result is [item, score, share of the
    best score 0…100, 1 where right, places moved or None].
    """
    items = _Items(report)
    exhibits = Exhibits.of_report(report)
    questions = [_question(query, report, exhibits, items) for query in report["queries"]]
    return {"questions": questions, "items": items.shown}


class _Items:
    """Numbers the documents as they come."""

    def __init__(self, report: Report) -> None:
        self._documents, self._exhibits = report["documents"], Exhibits.of_report(report)
        self._numbers: dict[str, int] = {}
        self.shown: list[dict[str, str]] = []

    def number(self, document: str) -> int:
        if document not in self._numbers:
            self._numbers[document] = len(self.shown)
            self.shown.append(_shown(self._exhibits.document(document, self._documents.get(document, document))))
        return self._numbers[document]


def _shown(exhibit: Exhibit) -> dict[str, str]:
    found = {"text": exhibit.text, "label": exhibit.label, "picture": exhibit.picture}
    if exhibit.picture:
        found["name"] = exhibit.name
    return {key: value for key, value in found.items() if value}


def _question(query: dict[str, Any], report: Report, exhibits: Exhibits, items: _Items) -> dict[str, Any]:
    question, documents = question_of(query, exhibits), report["documents"]
    before, after = (
        [(str(item), documents.get(item, item), score) for item, score in query[system]["top"]] for system in SYSTEMS
    )
    lists = side_by_side(before=before, after=after, right=set(map(str, query["relevant"])), exhibits=exhibits)
    return {
        **_shown(question.shown),
        "id": question.id,
        "outcome": question.outcome.value,
        "known": question.known_items,
        "segment": query.get("segment", ""),
        "ranks": [question.before, question.after],
        "places": [place(question.before), place(question.after)],
        "gain": round(question.gain, 2),
        "right": [items.number(item) for item in query["relevant"][:RIGHT_SHOWN]],
        "n_right": n_right(query),
        "lists": [[_result(result, items) for result in each.results] for each in lists],
    }


def _result(result: Any, items: _Items) -> list[Any]:
    return [
        items.number(result.document_id),
        _hundredths(result.score),
        result.share,
        1 if result.right else 0,
        result.move,
    ]


def _hundredths(score: float) -> float:
    """As the pages of the application round it; rounding a second time in the browser would give other figures."""
    return float(Decimal(str(score)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def pictures_wanted(report: Report) -> Iterator[str]:
    """The keys of the pictures that the lists show, each once: of the questions that changed most first."""
    exhibits, documents = Exhibits.of_report(report), report["documents"]
    seen: set[str] = set()
    for query in sorted(report["queries"], key=lambda query: -abs(question_of(query, exhibits).gain)):
        named = [*query["relevant"][:RIGHT_SHOWN], *(item for system in SYSTEMS for item, _ in query[system]["top"])]
        shown = [exhibits.query(query), *(exhibits.document(item, documents.get(item, item)) for item in named)]
        for key in (each.picture for each in shown):
            if key and key not in seen:
                seen.add(key)
                yield key


def segments_of(report: Report) -> list[str]:
    """The segments of the questions, where there are two or more."""
    found = sorted({query["segment"] for query in report["queries"] if query.get("segment")})
    return found if len(found) > 1 else []


def outcome_shows(questions: Sequence[Question]) -> list[tuple[str, str, int]]:
    """The choices of the filter: (value, label, count)."""
    counts = {outcome: sum(question.outcome == outcome for question in questions) for outcome in Outcome}
    return [("", "All", len(questions)), *((each.value, each.label, counts[each]) for each in Outcome)]
