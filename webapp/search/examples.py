"""What the report knows that helps the live search: example questions, and the right items of known ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.runs.reports import Report

SHORTEST, LONGEST = 3, 80  # characters of an example that fits a chip


@dataclass(frozen=True)
class KnownAnswer:
    """A test question that was typed: the ids and texts of its right items."""

    ids: frozenset[str]
    texts: list[str]


def example_questions(report: Report, *, most: int = 6) -> list[str]:
    """Test questions to try. Honest ones: evenly taken from the questions that gained most to those that lost most."""
    fitting = [query for query in report["queries"] if SHORTEST <= len(query["query"]) <= LONGEST]
    ordered = sorted(fitting, key=lambda query: _score(query["before"]["rank"]) - _score(query["after"]["rank"]))
    texts = list(dict.fromkeys(query["query"] for query in ordered))
    return _evenly(texts, most)


def known_answer(report: Report, text: str) -> KnownAnswer | None:
    """The right items, when `text` is a test question but for capitals and blanks; else None."""
    wanted = _folded(text)
    ids = {item for query in report["queries"] if _folded(query["query"]) == wanted for item in query["relevant"]}
    if not ids:
        return None
    return KnownAnswer(frozenset(map(str, ids)), sorted(report["documents"].get(item, item) for item in ids))


def _score(rank: int | None) -> float:
    return 0.0 if rank is None else 1 / rank


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _evenly(texts: Sequence[str], most: int) -> list[str]:
    if len(texts) <= most:
        return list(texts)
    return [texts[round(at * (len(texts) - 1) / (most - 1))] for at in range(most)]
