"""Hard negatives: documents that the base model takes for matches and that are none, as far as can be told."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from trainer.data.sayings import sayings

POOL = 20
"""How far down the base model's ranking hard negatives are looked for."""

Relevance = Mapping[str, Mapping[str, float]]


def spare(queries: Mapping[str, str], relevance: Relevance, documents: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """{query_id: ids of `documents` that must not be learned as wrong for it}: false negatives, were they.

    queries: {query_id: text}, all that are learned from. documents: {document_id: text} of those that may come up, the
    matches among them. Spared are the matches of the query itself, those of a query that says the same, and documents
    that say the same as one of these; see `sayings`.
    """
    asked, said = sayings(queries), sayings(documents)
    saying: dict[Hashable, set[str]] = defaultdict(set)
    for document_id, key in said.items():
        saying[key].add(document_id)
    spared: dict[Hashable, set[str]] = defaultdict(set)
    for query_id, key in asked.items():
        spared[key].update(*(saying[said[match]] for match in relevance[query_id]))
    frozen = {key: frozenset(ids) for key, ids in spared.items()}
    return {query_id: frozen[key] for query_id, key in asked.items()}


def mine_hard_negatives(
    rankings: Mapping[str, Sequence[tuple[str, float]]], spared: Mapping[str, Iterable[str]]
) -> dict[str, tuple[str, ...]]:
    """{query_id: ids of wrong documents among the first 20 of its ranking, best first}; may be empty for a query.

    spared: {query_id: ids that must not be taken}, as `spare` finds them.
    """
    mined = {}
    for query_id, ranking in rankings.items():
        kept = set(spared[query_id])
        mined[query_id] = tuple(document_id for document_id, _ in ranking[:POOL] if document_id not in kept)
    return mined
