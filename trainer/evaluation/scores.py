"""What scores right and wrong results have, and from which score on a result can be relied on."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from trainer.evaluation.metrics import Relevance
from trainer.evaluation.ranking import Rankings
from trainer.report_figures import Counts, CutOff, Scores

TOP = 10
"""Results of each query that are looked at: what a person sees."""
MOST_BINS = 40
WIDTHS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
STEP = 0.01
"""Cut-offs are told with two decimals."""
TARGETS = (0.95, 0.9, 0.8)
"""The first that the test queries support is told."""
DOUBT = 0.025
"""A cut-off whose true share of right results is below the target is named at most about this often (measured in
tests/trainer/evaluation/test_scores.py)."""


@dataclass(frozen=True)
class _Shown:
    """Results that people see, all queries' together, highest score first: score, whether right, which query."""

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    queries: NDArray[np.int64]


def score_figures(before: Rankings, after: Rankings, relevance: Relevance) -> Scores | None:
    """Both distributions, and the cut-off for `after`: of all results that are looked at or, where the queries support
    none, of first results alone. None where no query has a result."""
    shown = {"before": _shown(before, relevance), "after": _shown(after, relevance)}
    together = np.concatenate([each.scores for each in shown.values()])
    if not len(together):
        return None
    edges = _edges(float(together.min()), float(together.max()))
    figures: Scores = {
        "top": TOP,
        "edges": edges,
        "before": _counts(shown["before"], edges),
        "after": _counts(shown["after"], edges),
    }
    found = _cut_off(shown["after"], TOP) or _cut_off(_shown(after, relevance, 1), 1)
    if found:
        figures["cutoff"] = found
    return figures


def _shown(rankings: Rankings, relevance: Relevance, places: int = TOP) -> _Shown:
    rows = [
        (score, judged.get(document_id, 0) > 0, number)
        for number, (query_id, judged) in enumerate(relevance.items())
        for document_id, score in rankings.get(query_id, [])[:places]
    ]
    scores = np.array([row[0] for row in rows], dtype=np.float64)
    order = np.argsort(-scores, kind="stable")
    right = np.array([row[1] for row in rows], dtype=bool)
    queries = np.array([row[2] for row in rows], dtype=np.int64)
    return _Shown(scores[order], right[order], queries[order])


def _edges(low: float, high: float) -> list[float]:
    """Of bins of a round width, as few as hold all scores and at most MOST_BINS."""
    width = next((width for width in WIDTHS if _bins(low, high, width) <= MOST_BINS), None)
    if width is None:
        width = 10.0 ** ceil(np.log10((high - low) / MOST_BINS))
    first = floor(low / width)
    return [round((first + step) * width, 6) for step in range(_bins(low, high, width) + 1)]


def _bins(low: float, high: float, width: float) -> int:
    return floor(high / width) - floor(low / width) + 1


def _counts(shown: _Shown, edges: Sequence[float]) -> Counts:
    right, _ = np.histogram(shown.scores[shown.right], edges)
    wrong, _ = np.histogram(shown.scores[~shown.right], edges)
    return {"right": right.tolist(), "wrong": wrong.tolist()}


def _cut_off(shown: _Shown, places: int) -> CutOff | None:
    """For the highest of TARGETS that can be supported: the lowest score for which it can.

    A score is supported when the lower Clopper-Pearson bound (1934) of the share of right results among those with it
    or more reaches the target. Results of one query hang together, so no more observations are counted than queries
    have such a result; the share itself is that of all of them.
    """
    if not len(shown.scores):
        return None
    grid = np.arange(floor(shown.scores[0] / STEP), floor(shown.scores[-1] / STEP) - 1, -1) * STEP
    grid = grid.round(2)
    ends = np.searchsorted(-shown.scores, -grid + 1e-12, side="right")  # results with this score or more
    newest = np.zeros(len(shown.scores), dtype=np.int64)
    newest[np.unique(shown.queries, return_index=True)[1]] = 1  # the first result of each query
    n_right, n_queries = shown.right.cumsum(), newest.cumsum()
    grid, ends = grid[ends > 0], ends[ends > 0]
    right, queries = n_right[ends - 1], n_queries[ends - 1]
    share = right / ends
    with np.errstate(invalid="ignore"):
        low = np.nan_to_num(beta.ppf(DOUBT, share * queries, queries - share * queries + 1))
    for target in TARGETS:
        if (low >= target).any():
            at = int(np.flatnonzero(low >= target)[-1])
            return {
                "places": places,
                "score": float(grid[at]),
                "target": target,
                "results": int(ends[at]),
                "right": int(right[at]),
                "questions": int(queries[at]),
                "low": round(float(low[at]), 4),
            }
    return None
