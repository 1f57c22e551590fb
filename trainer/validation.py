"""The validation split, ready to judge an encoder again and again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainer.config import PRIMARY_METRIC
from trainer.data.pairs import SplitDataset
from trainer.encoders.base import Encoder, OnShare, Side
from trainer.estimate import POOL_DOCUMENTS
from trainer.evaluation.metrics import per_query
from trainer.evaluation.ranking import Rankings, rank

DEPTH = 20  # a little more than the metric looks at
TOP_OF_BASE = 20


@dataclass(frozen=True)
class ValidationSet:
    """The validation queries and the documents to find them among: all, or a pool where the catalogue is large.

    The pool holds every document that a validation query matches, those that the base model ranks highest for one, and
    others drawn by the seed: a large catalogue must not be read anew after each epoch.
    """

    queries: Mapping[str, str]
    documents: Mapping[str, str]
    relevance: Mapping[str, Mapping[str, float]]

    @classmethod
    def of(cls, split: SplitDataset, base_rankings: Rankings) -> "ValidationSet":
        """base_rankings: of the validation queries, by the base model, over all documents."""
        data = split.data
        documents: Mapping[str, str] = data.documents
        if len(documents) > POOL_DOCUMENTS:
            pool = {document for query_id in split.validation for document in data.relevance[query_id]}
            pool |= {document for ranking in base_rankings.values() for document, _ in ranking[:TOP_OF_BASE]}
            others = [document for document in documents if document not in pool]
            missing = max(0, POOL_DOCUMENTS - len(pool))
            drawn = np.random.default_rng(abs(split.seed)).permutation(len(others))[:missing]
            pool |= {others[place] for place in drawn}
            documents = {name: text for name, text in documents.items() if name in pool}
        return cls(
            queries={query_id: data.queries[query_id] for query_id in split.validation},
            documents=documents,
            relevance={query_id: data.relevance[query_id] for query_id in split.validation},
        )

    def scores(self, encoder: Encoder, on_share: OnShare | None = None) -> dict[str, float]:
        """{query_id: nDCG@10} of the encoder as it is now."""
        documents = encoder.encode(list(self.documents.values()), side=Side.DOCUMENT, on_share=on_share, fast=True)
        queries = encoder.encode(list(self.queries.values()), side=Side.QUERY, fast=True)
        return self.scores_of(queries, documents, list(self.documents))

    def scores_of(self, queries: np.ndarray, documents: np.ndarray, document_ids: Sequence[str]) -> dict[str, float]:
        """The same from embeddings: queries (n, d) in the order of `self.queries`, documents (m, d) with their ids."""
        rankings = rank(queries, documents, list(self.queries), list(document_ids), k=DEPTH)
        return per_query(rankings, self.relevance, PRIMARY_METRIC)
