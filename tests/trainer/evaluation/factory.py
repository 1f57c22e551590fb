"""Small parsed data sets and a fake encoder whose rankings can be foretold."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from trainer.config import FinetuneConfig
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.evaluation.comparison import build_report
from trainer.evaluation.ranking import Rankings
from trainer.report import Report

Ranks = Sequence[int | None]
"""Rank of the right document for each test question; None where it is missing."""

BEFORE: Ranks = [5, 4, None, 2, 9, 1]
AFTER: Ranks = [1, 1, 2, 1, 3, 1]


class KeywordEncoder:
    """Counts the words of a fixed vocabulary: the more words two texts share, the nearer they are."""

    def __init__(self, vocabulary: str) -> None:
        self.places = {word: place for place, word in enumerate(dict.fromkeys(vocabulary.split()))}

    def encode(self, texts: list[str]) -> np.ndarray:
        """(texts, words) float32, of whole numbers, so that equal scores are exactly equal."""
        rows = np.zeros((len(texts), len(self.places)), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                if word in self.places:
                    rows[row, self.places[word]] += 1
        return rows


def make_split(n_test: int = 6, known: int = 4) -> SplitDataset:
    """One question per document, in order; the last `n_test` questions judge, the first `known` on known items. Two
    questions are set aside for choosing."""
    n = n_test + 4
    queries = {f"q{number}": f"topic{number}, a question" for number in range(n)}
    documents = {f"d{number}": f"topic{number} explained" for number in range(n)} | {"extra": "nothing of the kind"}
    test = tuple(f"q{number}" for number in range(4, n))
    return SplitDataset(
        data=PairDataset(
            queries=queries,
            documents=documents,
            relevance={f"q{number}": {f"d{number}": 1.0} for number in range(n)},
            segments={"q4": "north"},
        ),
        train=("q0", "q1"),
        validation=("q2", "q3"),
        test=test,
        kind=SplitKind.NEW_QUESTIONS,
        seed=0,
        known_items=frozenset(test[:known]),
        receipt={"n_train": 2, "n_validation": 2, "n_test": n_test, "kind": SplitKind.NEW_QUESTIONS},
    )


def rankings_at(split: SplitDataset, ranks: Ranks) -> dict[str, list[tuple[str, float]]]:
    """Rankings of the test questions in which the right document stands at the given rank, or is missing."""
    rankings = {}
    for query_id, rank in zip(split.test, ranks, strict=True):
        (right,) = split.data.relevance[query_id]
        others = [document_id for document_id in split.data.documents if document_id != right]
        if rank is not None:
            others.insert(rank - 1, right)
        rankings[query_id] = [(document_id, 1 - place / 100) for place, document_id in enumerate(others)]
    return rankings


def make_report(before: Ranks = BEFORE, after: Ranks = AFTER, known: int = 4, **changes: Any) -> Report:
    """A report with one test question for each rank; `changes` are arguments of `build_report`."""
    split = make_split(len(before), known)
    rankings = {"before": rankings_at(split, before), "after": rankings_at(split, after)}
    return report_of(**{"split": split, **rankings, **changes})


def report_of(split: SplitDataset, before: Rankings, after: Rankings, **changes: Any) -> Report:
    """The report of these rankings; `changes` are other arguments of `build_report`."""
    arguments: dict[str, Any] = {
        "split": split,
        "before": before,
        "after": after,
        "base_model": "minilm-l6",
        "base_model_title": "MiniLM L6 (English)",
        "config": FinetuneConfig.for_preset("quick", seed=3),
        "learning": "The model learns to tell the matching item of each question from all others (InfoNCE).",
        "choices": [
            {
                "candidate": "4 hard negatives, 50% tuned",
                "recipe": 1,
                "epoch": 2,
                "blend": 0.5,
                "score": np.float64(0.7),
            }
        ],
        "training": {"loss": [(1, np.float32(2.5))], "validation": [(0, 0.4)]},
        "seconds": {"before": 1.0, "fit": 2.0, "after": 1.0, "total": 4.5},
        "blend": 0.5,
        "epoch": 2,
        "recipe": 1,
        "n_chose": 2,
        "rejected": [{"file": "a.csv", "row": 7, "reason": "The question is empty."}],
    }
    return build_report(**(arguments | changes))
