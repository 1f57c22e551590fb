"""What the report knows that helps the live search: test questions to try, and the right items of known ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.runs.exhibits import Exhibit, Exhibits
from webapp.runs.reports import Report

SHORTEST, LONGEST = 3, 80  # characters of an example that fits a chip


@dataclass(frozen=True)
class KnownAnswer:
    """A test question: the ids of its right items and the items, some of them where there are very many; `n` in all."""

    ids: frozenset[str]
    items: list[Exhibit]
    n: int


def example_questions(report: Report, *, most: int = 6) -> list[Exhibit]:
    """Test questions to try. Honest ones: evenly taken from the questions that gained most to those that lost most."""
    exhibits = Exhibits.of_report(report)
    shown = [(exhibits.query(query), _loss(query)) for query in report["queries"]]
    fitting = [(each, loss) for each, loss in shown if each.picture or SHORTEST <= len(each.text) <= LONGEST]
    ordered = sorted(fitting, key=lambda each: each[1])
    return _evenly(list(dict.fromkeys(each for each, _ in ordered)), most)


def known_answer(report: Report, asked: str) -> KnownAnswer | None:
    """The right items, when `asked` is a test question but for capitals and blanks, or the key of a test picture."""
    wanted = folded(asked)
    asked_for = [query for query in report["queries"] if folded(query["query"]) == wanted]
    ids = {str(item): None for query in asked_for for item in query["relevant"]}
    if not ids:
        return None
    exhibits, documents = Exhibits.of_report(report), report["documents"]
    items = [exhibits.document(item, documents.get(item, item)) for item in ids]
    n = max(len(ids), *(query.get("n_relevant", 0) for query in asked_for))
    return KnownAnswer(frozenset(ids), sorted(items, key=lambda each: each.text), n)


def _loss(query: dict[str, Any]) -> float:
    """What a question lost, −1…1; below 0 where it gained."""
    return _score(query["before"]["rank"]) - _score(query["after"]["rank"])


def _score(rank: int | None) -> float:
    return 0.0 if rank is None else 1 / rank


def folded(text: str) -> str:
    """The same for texts that differ in capitals and blanks only."""
    return " ".join(text.casefold().split())


def _evenly(shown: Sequence[Exhibit], most: int) -> list[Exhibit]:
    if len(shown) <= most:
        return list(shown)
    return [shown[round(at * (len(shown) - 1) / (most - 1))] for at in range(most)]
