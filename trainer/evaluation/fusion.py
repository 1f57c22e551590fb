"""Two rankings made one."""

from collections.abc import Sequence

from trainer.evaluation.ranking import DEPTH, Rankings

K = 60
"""The constant of the source: how little the very first places count for more than the next."""


def fuse(rankings: Sequence[Rankings], k: int = K, depth: int = DEPTH) -> Rankings:
    """Reciprocal rank fusion: a document's score is the sum of 1 / (k + its place) over the rankings that have it.

    Places count from 1; the scores of the rankings themselves do not matter, so a keyword search and a model can be
    put together without setting one against the other. Equal scores keep the order of the first ranking that names
    them. All rankings answer the same queries; the result has at most `depth` documents for each.
    Source: Cormack, Clarke and Büttcher 2009, "Reciprocal rank fusion outperforms Condorcet and individual rank
    learning methods", SIGIR.
    """
    fused: Rankings = {}
    for query_id in rankings[0]:
        scores: dict[str, float] = {}
        for ranking in rankings:
            for place, (document_id, _) in enumerate(ranking[query_id], start=1):
                scores[document_id] = scores.get(document_id, 0.0) + 1 / (k + place)
        fused[query_id] = sorted(scores.items(), key=lambda entry: -entry[1])[:depth]  # a stable sort
    return fused
