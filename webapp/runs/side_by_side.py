"""What two models answer to one question, each list marked against the other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from webapp.runs.exhibits import Exhibit, Exhibits

Hits = Sequence[tuple[str, str, float]]
"""A result list, best first: (document id, text or picture's key, score)."""
TEXTS = Exhibits()


@dataclass(frozen=True)
class Result:
    """One line of a result list. share: its score against the best of its list, 0…100, for the bar.

    move: places up (positive) or down against the other list; None when the other list does not have it.
    """

    place: int
    document_id: str
    shown: Exhibit
    score: float
    share: int
    right: bool
    move: int | None

    @property
    def move_words(self) -> str:
        """ "up 3", "down 1", "new", or nothing for the same place."""
        if self.move is None:
            return "new"
        if self.move == 0:
            return ""
        return f"up {self.move}" if self.move > 0 else f"down {-self.move}"


@dataclass(frozen=True)
class ResultList:
    """What one model answered. name: `before` or `after`. first_right: place of the first right item shown, if any."""

    name: str
    title: str
    results: list[Result]
    first_right: int | None


def side_by_side(*, before: Hits, after: Hits, right: Collection[str], exhibits: Exhibits = TEXTS) -> list[ResultList]:
    """Both lists; `right` has the ids of the right items, where they are known."""
    return [
        _marked("before", "Before: the base model", before, after, right, exhibits),
        _marked("after", "After: your model", after, before, right, exhibits),
    ]


def _marked(name: str, title: str, hits: Hits, others: Hits, right: Collection[str], exhibits: Exhibits) -> ResultList:
    elsewhere = {document_id: place for place, (document_id, _, _) in enumerate(others, start=1)}
    best = max((score for _, _, score in hits), default=0.0)
    results = [
        Result(
            place=place,
            document_id=document_id,
            shown=exhibits.document(document_id, content),
            score=score,
            share=round(100 * max(0.0, score) / best) if best > 0 else 0,
            right=document_id in right,
            move=elsewhere[document_id] - place if document_id in elsewhere else None,
        )
        for place, (document_id, content, score) in enumerate(hits, start=1)
    ]
    return ResultList(name, title, results, next((result.place for result in results if result.right), None))
