"""The queries of one fold that choose, ready to judge embeddings of themselves and of a catalogue."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log2

import numpy as np

from trainer.config import PRIMARY_METRIC
from trainer.data.pairs import SplitDataset
from trainer.encoders.base import Encoder, OnShare, Side
from trainer.estimate import POOL_DOCUMENTS, TOP_OF_BASE
from trainer.evaluation.metrics import per_query
from trainer.evaluation.ranking import Rankings, rank

DEPTH = 10  # of the metric


@dataclass
class Scores:
    """nDCG@10 of queries. own: {query_id: by its own matches}. by_chance: {query_id: by the matches of another query,
    the mean over all others}, which is above 0 as far as a model puts often asked items first, whatever is asked."""

    own: dict[str, float] = field(default_factory=dict)
    by_chance: dict[str, float] = field(default_factory=dict)

    def update(self, other: "Scores") -> None:
        """Adds the scores of other queries."""
        self.own |= other.own
        self.by_chance |= other.by_chance

    @property
    def mean(self) -> float:
        """Of `own`; 0 when there are none."""
        return float(np.mean(list(self.own.values()))) if self.own else 0.0


@dataclass(frozen=True)
class ValidationSet:
    """Queries that choose and the documents to find them among: all, or a pool where the catalogue is large.

    The pool holds every document that such a query matches, those that the base model ranks highest for one, and
    others drawn by the seed: a large catalogue must not be read anew for every training.
    """

    query_ids: Sequence[str]
    document_ids: Sequence[str]
    relevance: Mapping[str, Mapping[str, float]]
    split: SplitDataset

    @classmethod
    def of(cls, split: SplitDataset, query_ids: Sequence[str], base_rankings: Rankings) -> "ValidationSet":
        """base_rankings: of these queries, by the base model, over all documents."""
        data = split.data
        relevance = {query_id: data.relevance[query_id] for query_id in query_ids}
        document_ids = list(data.documents)
        if len(document_ids) > POOL_DOCUMENTS:
            pool = {document for gains in relevance.values() for document in gains}
            pool |= {document for query_id in query_ids for document, _ in base_rankings[query_id][:TOP_OF_BASE]}
            others = [document for document in document_ids if document not in pool]
            missing = max(0, POOL_DOCUMENTS - len(pool))
            drawn = np.random.default_rng(abs(split.seed)).permutation(len(others))[:missing]
            pool |= {others[place] for place in drawn}
            document_ids = [name for name in document_ids if name in pool]
        return cls(query_ids, document_ids, relevance, split)

    def read(self, encoder: Encoder, on_share: OnShare | None = None) -> dict[str, np.ndarray]:
        """Embeddings by the encoder as it is now: {"queries": (n, d), "documents": (m, d)}."""
        data = self.split.data
        documents = [data.documents[name] for name in self.document_ids]
        queries = [data.queries[name] for name in self.query_ids]
        return {
            "documents": encoder.encode(documents, side=Side.DOCUMENT, on_share=on_share, fast=True),
            "queries": encoder.encode(queries, side=Side.QUERY, on_share=on_share, fast=True),
        }

    def judge(self, queries: np.ndarray, documents: np.ndarray) -> Scores:
        """queries (n, d) and documents (m, d), in the order of the ids, each of length 1."""
        rankings = rank(queries, documents, list(self.query_ids), list(self.document_ids), k=DEPTH)
        own = per_query(rankings, self.relevance, PRIMARY_METRIC)
        return Scores(own, _by_chance(rankings, self.relevance, own))


def _by_chance(
    rankings: Rankings, relevance: Mapping[str, Mapping[str, float]], own: Mapping[str, float]
) -> dict[str, float]:
    """See Scores. The mean over the other queries j of Σ_r gain_j(r) / log2(r + 1) / ideal_j, summed over j first."""
    share: dict[str, float] = defaultdict(float)  # of a document, in the scores of all queries were it ranked first
    for gains in relevance.values():
        positive = sorted((gain for gain in gains.values() if gain > 0), reverse=True)[:DEPTH]
        ideal = sum(gain / log2(place + 1) for place, gain in enumerate(positive, start=1))
        for document_id, gain in gains.items():
            share[document_id] += max(0.0, gain) / ideal
    found = {}
    for query_id, ranking in rankings.items():
        total = sum(share.get(document, 0.0) / log2(place + 1) for place, (document, _) in enumerate(ranking, start=1))
        found[query_id] = (total - own[query_id]) / max(1, len(rankings) - 1)
    return found
