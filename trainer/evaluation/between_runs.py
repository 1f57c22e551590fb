"""Whether one run's model is better than another's, on the test queries that both were judged by. Light: the web
process calls it.

Reports keep of each query the rank of its first right document and the first ten results, so only metrics that follow
from these can be compared: see `COMPARABLE`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.clusters import Clusters
from trainer.evaluation.metrics import METRICS
from trainer.evaluation.significance import ROUNDING, widened

Report = dict[str, Any]
Values = NDArray[np.float64]

COMPARABLE = (
    "ndcg@10",
    *(f"hit@{k}" for k in (1, 3, 5, 10, 20)),
    *(f"mrr@{k}" for k in (3, 5, 10, 20)),
    *(f"recall@{k}" for k in (3, 5, 10)),
    *(f"precision@{k}" for k in (1, 3, 5, 10)),
    *(f"map@{k}" for k in (3, 5, 10)),
)
"""nDCG at other k would need the gains of graded matches, which a report does not keep."""

RESAMPLES = 10_000
BLOCK = 1_000_000
"""Random numbers drawn at once; bounds the memory for large test splits."""


@dataclass(frozen=True)
class Estimate:
    """A mean over queries, or of differences, with an interval. p_value: of "there is no difference"; 1 for a mean."""

    mean: float
    low: float
    high: float
    p_value: float = 1.0


def query_value(query: dict[str, Any], system: str, metric: str) -> float:
    """One of COMPARABLE for one of a report's `queries` in `before`, `after` or `keyword`.

    Raises ValueError for other metrics.
    """
    if metric not in COMPARABLE:
        raise ValueError(f"metric must be one of {', '.join(COMPARABLE)}, not {metric!r}")
    result, (name, _, cutoff) = query[system], metric.partition("@")
    k, rank = int(cutoff), result["rank"]
    if name == "ndcg":
        return float(result["ndcg"])
    if name in ("hit", "mrr"):
        found = rank is not None and rank <= k
        return (1.0 if name == "hit" else 1 / rank) if found else 0.0
    right = set(query["relevant"])
    gains = [float(document in right) for document in dict.fromkeys(document for document, _ in result["top"])]
    return METRICS[name](gains[:k], [1.0] * int(query.get("n_relevant", len(right))), k)


def shared_queries(reports: Sequence[Report]) -> list[list[dict[str, Any]]]:
    """The queries that all reports were judged by: for each report its own entries, in one order for all.

    Two queries are the same when what is asked and what is right are the same, whatever their ids: versions of data
    number their rows anew.
    """
    tables = [{_identity(report, query): query for query in report["queries"]} for report in reports]
    shared = [key for key in tables[0] if all(key in table for table in tables)]
    return [[table[key] for key in shared] for table in tables]


def _identity(report: Report, query: dict[str, Any]) -> tuple[str, frozenset[str], int]:
    documents = report["documents"]
    right = frozenset(documents.get(document, document) for document in query["relevant"])
    n_right = int(query.get("n_relevant", len(query["relevant"])))
    # of very many right documents a report names some, and those that its own lists have: these differ by run
    return query["query"], right if n_right == len(query["relevant"]) else frozenset(), n_right


def clusters_of(queries: Sequence[Sequence[dict[str, Any]]]) -> Clusters:
    """Of `shared_queries`: those that a report calls alike are one cluster; earlier versions' reports call none so."""
    told = next((each for each in queries if any("alike" in query for query in each)), queries[0])
    return Clusters.by(("alike", query["alike"]) if "alike" in query else query["id"] for query in told)


def system_values(
    queries: Sequence[Sequence[dict[str, Any]]], systems: Sequence[tuple[int, str]], metric: str
) -> Values:
    """(query, system): one of COMPARABLE for each. queries: from `shared_queries`; systems: (number of the report,
    `before`, `after` or `keyword`)."""
    values = [[query_value(query, system, metric) for query in queries[report]] for report, system in systems]
    return np.array(values, dtype=np.float64).T


def estimate_means(
    columns: Values, *, clusters: Clusters | None = None, seed: int = 0, level: float = 0.95
) -> list[Estimate]:
    """The mean of each column with its widened percentile bootstrap interval over queries, within 0…1 like its values.

    columns: (query, system). clusters: of the queries, drawn whole; by default each is one.
    """
    tails, clusters = _tails(level), clusters or Clusters.by(range(len(columns)))
    means = columns.mean(axis=0)
    ends = np.percentile(_bootstrap_means(columns, clusters, seed), tails, axis=0)  # (2, system)
    ends = widened(ends, means, clusters.count, level).clip(0, 1)
    return [Estimate(float(mean), float(low), float(high)) for mean, low, high in zip(means, *ends, strict=True)]


def estimate_differences(
    columns: Values,
    pairs: Sequence[tuple[int, int]],
    *,
    clusters: Clusters | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> list[Estimate]:
    """For each pair (a, b) of systems the paired difference b − a, with interval and p-value. columns, clusters: as for
    `estimate_means`.

    Interval: widened percentile bootstrap over queries, of the given level. p_value: two-sided sign-flip permutation
    test. All pairs share the same resamples, so that a page of them costs little more than one.
    """
    if not pairs:
        return []
    clusters = clusters or Clusters.by(range(len(columns)))
    differences = np.stack([columns[:, b] - columns[:, a] for a, b in pairs], axis=1)  # (query, pair)
    ends = np.percentile(_bootstrap_means(differences, clusters, seed), _tails(level), axis=0)
    low, high = widened(ends, differences.mean(axis=0), clusters.count, level)
    p_values = _sign_flip_p_values(clusters.sums(differences), seed)
    return [
        Estimate(float(mean), float(low[at]), float(high[at]), float(p_values[at]))
        for at, mean in enumerate(differences.mean(axis=0))
    ]


def _tails(level: float) -> list[float]:
    return [50 * (1 - level), 50 * (1 + level)]


def _bootstrap_means(columns: Values, clusters: Clusters, seed: int) -> Values:
    """Column means of RESAMPLES samples of the rows, whole clusters drawn with replacement: (resample, column)."""
    source, n, sums = np.random.default_rng(abs(seed)), clusters.count, clusters.sums(columns)
    means = []
    for rows in _blocks(n):
        drawn = source.integers(0, n, size=(rows, n)) + np.arange(rows)[:, None] * n
        counts = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)  # how often each cluster was drawn
        means.append(counts @ sums / (counts @ clusters.sizes)[:, None])
    return np.concatenate(means)


def _sign_flip_p_values(differences: Values, seed: int) -> Values:
    source, n = np.random.default_rng(abs(seed)), len(differences)
    least = np.abs(differences.sum(axis=0)) - ROUNDING
    extreme = np.zeros(differences.shape[1])
    for rows in _blocks(n):
        signs = source.integers(0, 2, size=(rows, n), dtype=np.int8) * 2.0 - 1.0
        extreme += (np.abs(signs @ differences) >= least).sum(axis=0)
    return (extreme + 1) / (RESAMPLES + 1)  # the observed signs are one of the possible ones


def _blocks(n: int) -> list[int]:
    """RESAMPLES in parts of at most BLOCK random numbers."""
    rows = max(1, BLOCK // n)
    return list(chain([rows] * (RESAMPLES // rows), [RESAMPLES % rows] if RESAMPLES % rows else []))
