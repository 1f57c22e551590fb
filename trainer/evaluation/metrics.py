"""Search metrics at k, for one query and as means.

What is counted, for every metric alike:

- The order of the ranking is taken as it is given; scores are not looked at again, so ties are settled by whoever
  ranked (`ranking.rank`: document order). trec_eval would re-sort ties by document id, descending.
- The queries are those of `relevance`. One without a ranking, or with an empty one, counts as 0; a ranked query
  without judgements is left out. At least one query is needed.
- A document counts as relevant when its gain is above 0. An unjudged document is not relevant.
- A document that a ranking names twice counts at its first place only; the later places are passed over.
"""

from collections.abc import Callable, Mapping, Sequence
from math import log2

from trainer.evaluation.ranking import Rankings
from trainer.report import CUTOFFS, Metrics

Relevance = Mapping[str, Mapping[str, float]]
Gains = Sequence[float]


def ndcg(gains: Gains, ideal: Gains, k: int) -> float:
    """Discounted gain over that of the ideal order, with linear gains: Σ gain / log2(rank + 1) (trec_eval's
    ndcg_cut; Järvelin and Kekäläinen 2002, with the discount from rank 1 on)."""
    return _discounted(gains[:k]) / _discounted(ideal[:k])


def mrr(gains: Gains, ideal: Gains, k: int) -> float:
    """1 / rank of the first relevant document, 0 when none is in the first k."""
    return next((1 / rank for rank, gain in enumerate(gains[:k], start=1) if gain > 0), 0.0)


def recall(gains: Gains, ideal: Gains, k: int) -> float:
    """Share of all relevant documents that are in the first k."""
    return _hits(gains[:k]) / len(ideal)


def hit(gains: Gains, ideal: Gains, k: int) -> float:
    """1 when a relevant document is in the first k (trec_eval's success)."""
    return float(_hits(gains[:k]) > 0)


def precision(gains: Gains, ideal: Gains, k: int) -> float:
    """Share of the first k places that hold a relevant document; places that a short ranking leaves empty count."""
    return _hits(gains[:k]) / k


def average_precision(gains: Gains, ideal: Gains, k: int) -> float:
    """Σ over relevant documents in the first k of the precision at their rank, divided by min(relevant, k).

    So that a perfect list has 1 even where a label has more than k documents. trec_eval's map_cut (ir-measures' AP@k)
    divides by all relevant documents; the two agree for queries with at most k of them.
    """
    found, total = 0, 0.0
    for place, gain in enumerate(gains[:k], start=1):
        if gain > 0:
            found += 1
            total += found / place
    return total / min(len(ideal), k)


METRICS: dict[str, Callable[[Gains, Gains, int], float]] = {
    "ndcg": ndcg,
    "mrr": mrr,
    "recall": recall,
    "hit": hit,
    "precision": precision,
    "map": average_precision,
}


def evaluate(rankings: Rankings, relevance: Relevance) -> Metrics:
    """Means over the queries of `relevance`: {"ndcg@10": …, "mrr@10": …, …} for every k of `report.CUTOFFS`.

    The rules are those at the head of this module. Raises ValueError when there is no query.
    """
    if not relevance:
        raise ValueError("no query to judge")
    totals = {f"{name}@{k}": 0.0 for name in METRICS for k in CUTOFFS}
    for query_id in relevance:
        gains, ideal = _gains(rankings, relevance, query_id, max(CUTOFFS))
        for name, metric in METRICS.items():
            for k in CUTOFFS:
                totals[f"{name}@{k}"] += metric(gains, ideal, k)
    return {name: total / len(relevance) for name, total in totals.items()}


def per_query(rankings: Rankings, relevance: Relevance, metric: str) -> dict[str, float]:
    """One metric, such as "ndcg@10" (any k from 1), for each query of `relevance`."""
    name, _, cutoff = metric.partition("@")
    if name not in METRICS or not cutoff.isdecimal() or int(cutoff) < 1:
        raise ValueError(f"metric must be one of {', '.join(METRICS)} with @ and a number, not {metric!r}")
    k = int(cutoff)
    return {query_id: METRICS[name](*_gains(rankings, relevance, query_id, k), k) for query_id in relevance}


def _gains(rankings: Rankings, relevance: Relevance, query_id: str, k: int) -> tuple[list[float], list[float]]:
    """The gains of the first k places of a ranking, and all positive gains of the query, largest first."""
    judged = relevance[query_id]
    ideal = sorted((gain for gain in judged.values() if gain > 0), reverse=True)
    if not ideal:
        raise ValueError(f"query {query_id!r} has no relevant document")
    places = list(dict.fromkeys(document_id for document_id, _ in rankings.get(query_id, [])))
    return [max(0.0, judged.get(document_id, 0.0)) for document_id in places[:k]], ideal


def _discounted(gains: Gains) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _hits(gains: Gains) -> int:
    return sum(gain > 0 for gain in gains)
