"""The shape of report.json, format 1: the one file that feeds pages, exports and the API."""

from typing import Any, Literal, NotRequired, TypedDict

FORMAT = 1
CUTOFFS = (1, 2, 3, 5, 10, 20)
"""The k of every metric at k."""

Metrics = dict[str, float]
"""{"ndcg@10": .., "mrr@10": .., "recall@k", "hit@k", "precision@k", "map@k": ..} for every k of CUTOFFS, mean over queries."""


class GroupMetrics(TypedDict):
    """Metrics of some of the test queries; `n` is how many."""

    n: int
    metrics: Metrics


class SystemResult(TypedDict):
    """One system (before, after or keyword) on the test split. In report.json the metrics of all test queries lie
    flat beside the two groups: {"ndcg@10": .5, …, "known_items": {"n": 300, "metrics": {…}}, "new_items": …}."""

    known_items: NotRequired[GroupMetrics]
    new_items: NotRequired[GroupMetrics]


class Difference(TypedDict):
    """After − before, paired by query. ci95: paired bootstrap (10,000 resamples, percentile); p_value: sign-flip
    permutation test, two-sided. `n` queries."""

    metric: str
    mean: float
    ci95: list[float]
    p_value: float
    n: int


Verdict = Literal["better", "same", "worse"]


class QuerySystem(TypedDict):
    """One query in one system. rank: 1-based rank of the first relevant document, None when not in the first 100;
    top: the first 10 as [document_id, score]."""

    rank: int | None
    ndcg: float
    top: list[list[Any]]


class QueryResult(TypedDict):
    """One test query. `known_items` as in SplitDataset; `keyword` is absent where documents are no texts."""

    id: str
    query: str
    relevant: list[str]
    known_items: bool
    segment: str
    before: QuerySystem
    after: QuerySystem
    keyword: NotRequired[QuerySystem]


class Choice(TypedDict):
    """One candidate that was judged on the validation split."""

    candidate: str
    epoch: int
    blend: float
    score: float


# Written in the functional form because "ndcg@10"-like and reserved keys live beside the others.
Report = TypedDict(
    "Report",
    {
        "format": int,
        "version": str,  # of Tailor
        "created": str,  # ISO 8601, UTC
        "task": str,
        "base_model": str,
        "base_model_title": str,
        "preset": str,
        "seed": int,
        "settings": dict[str, Any],
        # n_train, n_validation, n_test_queries, n_documents, rejected: [{"file", "row", "reason"}], split: the receipt
        "data": dict[str, Any],
        "before": dict[str, Any],  # SystemResult with flat metrics
        "after": dict[str, Any],
        "keyword": NotRequired[dict[str, Any]],
        "difference": Difference,
        # the same for the two groups where they exist: {"known_items": Difference, "new_items": Difference}
        "difference_by_group": dict[str, Difference],
        "verdict": Verdict,
        "blend": float,  # share of the tuned weights in the published model; 0 is the base itself
        "epoch": int,
        "choices": list[Choice],
        # {"loss": [[step, loss], …], "validation": [[epoch, score], …]}
        "training": dict[str, list[list[float]]],
        "seconds": dict[str, float],  # before, fit, after, total
        "queries": list[QueryResult],
        "documents": dict[str, str],  # the texts of every document that `queries` names
    },
)
