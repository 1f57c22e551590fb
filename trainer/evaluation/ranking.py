"""Exact rankings of a catalogue for test queries."""

from collections.abc import Mapping, Sequence

from trainer.index import Floats, top_k

Ranking = list[tuple[str, float]]
"""Documents of one query with their scores, best first."""
Rankings = dict[str, Ranking]

DEPTH = 100
"""How deep the rankings of a report go."""


def rank(
    query_embeddings: Floats,
    document_embeddings: Floats,
    query_ids: Sequence[str],
    document_ids: Sequence[str],
    k: int = DEPTH,
) -> Rankings:
    """The k nearest documents of every query by inner product (the cosine, as encoders give unit vectors).

    query_embeddings (n, dim) and document_embeddings (m, dim), float32, with one id for each row. Every document is
    compared (no approximation), in blocks of queries so that memory stays bounded. Equal scores keep the order of the
    documents. A query's ranking has min(k, m) entries.
    """
    if len(query_ids) != len(query_embeddings) or len(document_ids) != len(document_embeddings):
        raise ValueError("every embedding needs exactly one id")
    indices, scores = top_k(query_embeddings, document_embeddings, k)
    return {
        query_id: [(document_ids[column], score) for column, score in zip(columns, row, strict=True)]
        for query_id, columns, row in zip(query_ids, indices.tolist(), scores.tolist(), strict=True)
    }


def without_itself(rankings: Rankings, twins: Mapping[str, str], k: int) -> Rankings:
    """The first k documents of every query, none of them the very picture that is searched with.

    twins: {document_id: query_id} of the same picture. It always comes first, with a score of 1, which says nothing of
    the model, and it is no right answer either. A query has one such document at most, so rankings k + 1 deep suffice.
    """
    return {
        query_id: [(name, score) for name, score in ranking if twins.get(name) != query_id][:k]
        for query_id, ranking in rankings.items()
    }
