"""How every model is judged, whoever trained it."""

from collections.abc import Sequence

from trainer.config import PRIMARY_METRIC
from trainer.data.pairs import SplitDataset
from trainer.encoders.base import Side
from trainer.encoders.text import TextEncoder
from trainer.evaluation.keyword import keyword_rankings
from trainer.evaluation.metrics import per_query
from trainer.evaluation.ranking import Rankings, rank


def score(encoder: TextEncoder, split: SplitDataset, query_ids: Sequence[str]) -> dict[str, float]:
    """{query_id: nDCG@10} over all documents."""
    data = split.data
    documents = encoder.encode(list(data.documents.values()), side=Side.DOCUMENT)
    queries = encoder.encode([data.queries[query_id] for query_id in query_ids], side=Side.QUERY)
    rankings = rank(queries, documents, list(query_ids), list(data.documents))
    return _judge(rankings, split, query_ids)


def score_keyword(split: SplitDataset, query_ids: Sequence[str]) -> dict[str, float]:
    """The same for BM25."""
    queries = {query_id: split.data.queries[query_id] for query_id in query_ids}
    return _judge(keyword_rankings(queries, split.data.documents), split, query_ids)


def _judge(rankings: Rankings, split: SplitDataset, query_ids: Sequence[str]) -> dict[str, float]:
    relevance = {query_id: split.data.relevance[query_id] for query_id in query_ids}
    return per_query(rankings, relevance, PRIMARY_METRIC)
