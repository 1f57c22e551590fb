"""Every metric at every k from 1 to 20, with intervals, for many queries at once."""

from collections.abc import Hashable, Mapping

import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.clusters import Clusters
from trainer.evaluation.metrics import METRICS, Relevance
from trainer.evaluation.ranking import Rankings
from trainer.evaluation.significance import widened
from trainer.report import ENOUGH_TO_JUDGE
from trainer.report_figures import Curve, Curves

DEEPEST = 20
RESAMPLES = 2_000
"""Of a band that is drawn; the interval of the verdict has 10,000."""
BLOCK = 4_000_000
"""Numbers drawn at once."""
DIGITS = 5

Values = NDArray[np.float64]


def metric_curves(
    systems: Mapping[str, Rankings], relevance: Relevance, seed: int, alike: Mapping[str, Hashable] | None = None
) -> Curves:
    """Means of every metric at k = 1…20 for each system, with 95% intervals by the widened percentile bootstrap over
    queries, or over the clusters that `alike` makes of them (see `paired_difference`).

    All systems and metrics are judged on the same samples. The formulas are those of `evaluation.metrics`; source of
    the interval: Efron and Tibshirani 1993, ch. 13. The same seed gives the same numbers.
    """
    values = np.stack([values_by_k(rankings, relevance) for rankings in systems.values()], axis=1)
    means = values.mean(axis=0)  # of (queries, systems, metrics, k)
    clusters = Clusters.by(alike[query_id] if alike else query_id for query_id in relevance)
    bands = _bands(values, clusters, seed) if clusters.count >= ENOUGH_TO_JUDGE else None
    curves: dict[str, object] = {"k": list(range(1, DEEPEST + 1))}
    for at, system in enumerate(systems):
        curves[system] = {
            name: _curve(means[at, row], None if bands is None else bands[:, at, row])
            for row, name in enumerate(METRICS)
        }
    return curves  # type: ignore[return-value]


def _curve(mean: Values, band: Values | None) -> Curve:
    curve: Curve = {"mean": mean.round(DIGITS).tolist()}
    if band is not None:
        curve["low"], curve["high"] = band.round(DIGITS).tolist()
    return curve


def values_by_k(rankings: Rankings, relevance: Relevance) -> Values:
    """Each metric of each query at each k, (queries, metrics, k), in the order of `relevance` and of METRICS."""
    gains, ideal, n_relevant = _gains(rankings, relevance)  # (n, k), (n, k), (n,)
    places = np.arange(1, DEEPEST + 1)
    right = gains > 0
    hits = right.cumsum(axis=1)
    discount = 1 / np.log2(places + 1)
    first = np.where(right.any(axis=1), right.argmax(axis=1) + 1, DEEPEST + 1)[:, None]  # (n, 1)
    by_metric = {
        "ndcg": (gains * discount).cumsum(axis=1) / (ideal * discount).cumsum(axis=1),
        "mrr": np.where(first <= places, 1 / first, 0.0),
        "recall": hits / n_relevant[:, None],
        "hit": (hits > 0).astype(float),
        "precision": hits / places,
        "map": (right * hits / places).cumsum(axis=1) / np.minimum(n_relevant[:, None], places),
    }
    return np.stack([by_metric[name] for name in METRICS], axis=1)


def _gains(rankings: Rankings, relevance: Relevance) -> tuple[Values, Values, NDArray[np.int64]]:
    """Gains of the first places, those of the ideal order, and how many documents are relevant, query by query."""
    gains, ideal = np.zeros((2, len(relevance), DEEPEST))
    n_relevant = np.zeros(len(relevance), dtype=np.int64)
    for row, (query_id, judged) in enumerate(relevance.items()):
        best = sorted((gain for gain in judged.values() if gain > 0), reverse=True)
        if not best:
            raise ValueError(f"query {query_id!r} has no relevant document")
        n_relevant[row] = len(best)
        ideal[row, : min(len(best), DEEPEST)] = best[:DEEPEST]
        places = dict.fromkeys(document_id for document_id, _ in rankings.get(query_id, ()))
        for place, document_id in enumerate(places):
            if place == DEEPEST:
                break
            gains[row, place] = max(0.0, judged.get(document_id, 0.0))
    return gains, ideal, n_relevant


def _bands(values: Values, clusters: Clusters, seed: int) -> Values:
    """The 2.5% and 97.5% points of the means of resampled queries, (2, systems, metrics, k)."""
    flat = values.reshape(len(values), -1)
    n, sums = clusters.count, clusters.sums(flat)
    source = np.random.default_rng(abs(seed))
    rows = max(1, BLOCK // n)
    means = []
    for start in range(0, RESAMPLES, rows):
        count = min(rows, RESAMPLES - start)
        drawn = source.integers(0, n, size=(count, n)) + n * np.arange(count)[:, None]
        times = np.bincount(drawn.ravel(), minlength=count * n).reshape(count, n).astype(np.float64)
        means.append(times @ sums / (times @ clusters.sizes)[:, None])  # times: how often each cluster was drawn
    ends = np.percentile(np.concatenate(means), [2.5, 97.5], axis=0)
    return widened(ends, flat.mean(axis=0), n).clip(0, 1).reshape(2, *values.shape[1:])
