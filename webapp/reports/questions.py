"""The test questions of a report, one by one: who won, who lost, and both result lists side by side."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import TextChoices

from webapp.reports.words import place
from webapp.runs.exhibits import Exhibit, Exhibits
from webapp.runs.reports import Report
from webapp.runs.side_by_side import ResultList, side_by_side

SYSTEMS = ("before", "after")


class Outcome(TextChoices):
    """What became of a question: where its first right item stands after against before."""

    WON = "won", "Won"
    LOST = "lost", "Lost"
    UNCHANGED = "unchanged", "Unchanged"
    NEVER = "never", "Never found"


class Sort(TextChoices):
    """The order of the explorer."""

    GAINS = "gains", "Biggest gains first"
    LOSSES = "losses", "Biggest losses first"
    HARDEST = "hardest", "Worst place after first"
    NAME = "name", "By name, A to Z"


@dataclass(frozen=True)
class Question:
    """One test question. before, after: rank of its first right item, None when not among the first 100. sought: where
    words look for a picture, a right one."""

    id: str
    shown: Exhibit
    known_items: bool
    before: int | None
    after: int | None
    sought: Exhibit | None = None

    @property
    def outcome(self) -> Outcome:
        """Won, lost, unchanged, or never found by either model."""
        if self.before is None and self.after is None:
            return Outcome.NEVER
        if self.before == self.after:
            return Outcome.UNCHANGED
        return Outcome.WON if question_score(self.after) > question_score(self.before) else Outcome.LOST

    @property
    def gain(self) -> float:
        """Change of the question's score, −100…100."""
        return question_score(self.after) - question_score(self.before)


def question_score(rank: int | None) -> float:
    """100 when the right item is first, 50 when second, 33 when third, …; 0 when it was not found."""
    return 0.0 if rank is None else 100 / rank


def questions_of(report: Report) -> list[Question]:
    """All test questions, in the report's order."""
    exhibits = Exhibits.of_report(report)
    documents = report["documents"]
    return [
        replace(question_of(query, exhibits), sought=_sought(query, documents, exhibits)) for query in report["queries"]
    ]


def question_of(query: dict[str, Any], exhibits: Exhibits) -> Question:
    """One of a report's `queries`."""
    return Question(
        id=str(query["id"]),
        shown=exhibits.query(query),
        known_items=query["known_items"],
        before=query["before"]["rank"],
        after=query["after"]["rank"],
    )


def _sought(query: dict[str, Any], documents: Mapping[str, str], exhibits: Exhibits) -> Exhibit | None:
    if exhibits.picture_queries or not exhibits.picture_documents or not query["relevant"]:
        return None
    item = str(query["relevant"][0])
    return exhibits.document(item, documents.get(item, item))


def outcome_counts(questions: Iterable[Question]) -> dict[Outcome, int]:
    """How many questions there are of each outcome, zeros included."""
    counts = Counter(question.outcome for question in questions)
    return {outcome: counts[outcome] for outcome in Outcome}


_ORDERS: dict[str, Callable[[Question], Any]] = {
    Sort.GAINS: lambda question: -question.gain,
    Sort.LOSSES: lambda question: question.gain,
    Sort.HARDEST: lambda question: -(question.after or 1_000),
    Sort.NAME: lambda question: question.shown.words.casefold(),
}


def select_questions(
    questions: Sequence[Question], *, show: str = "", text: str = "", sort: str = Sort.GAINS
) -> list[Question]:
    """Those with the outcome `show` (all when blank) that contain every word of `text`, in the order of `sort`."""
    words = text.casefold().split()
    chosen = [
        question
        for question in questions
        if (not show or question.outcome == show) and all(word in question.shown.words.casefold() for word in words)
    ]
    return sorted(chosen, key=_ORDERS[sort])


@dataclass(frozen=True)
class Answer:
    """A question with right items, some of them where there are very many, how many there are, and both lists."""

    question: Question
    right_items: list[Exhibit]
    n_right: int
    lists: list[ResultList]

    @property
    def before_place(self) -> str:
        """Where the first right item stood, in words."""
        return place(self.question.before)

    @property
    def after_place(self) -> str:
        """Where the first right item stands, in words."""
        return place(self.question.after)


def answer_of(report: Report, query_id: str) -> Answer | None:
    """Both lists of one question; None when the report has no such question."""
    query = next((query for query in report["queries"] if str(query["id"]) == query_id), None)
    if query is None:
        return None
    documents, exhibits = report["documents"], Exhibits.of_report(report)
    before, after = (
        [(str(item), documents.get(item, item), score) for item, score in query[name]["top"]] for name in SYSTEMS
    )
    lists = side_by_side(before=before, after=after, right=set(map(str, query["relevant"])), exhibits=exhibits)
    right = [exhibits.document(str(item), documents.get(item, item)) for item in query["relevant"]]
    return Answer(question_of(query, exhibits), right, n_right(query), lists)


def n_right(query: dict[str, Any]) -> int:
    """How many right items a question has; a report names only some where there are very many."""
    return int(query.get("n_relevant", len(query["relevant"])))
