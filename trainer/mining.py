"""Hard negatives: documents that the base model takes for matches and that are none, as far as can be told."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from trainer.data.near_duplicates import group_near_identical

POOL = 20
"""How far down the base model's ranking hard negatives are looked for."""

Relevance = Mapping[str, Mapping[str, float]]


def spare(queries: Mapping[str, str], relevance: Relevance, documents: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """{query_id: ids of `documents` that must not be learned as wrong for it}: false negatives, were they.

    queries: {query_id: text}, all that are learned from. documents: {document_id: text} of those that may come up, the
    matches among them. Spared are the matches of the query itself, those of a query that is near-identical to it, and
    documents that are `same_items` as one of these.
    """
    matches: dict[int, set[str]] = defaultdict(set)
    groups = dict(zip(queries, group_near_identical(list(queries.values())), strict=True))
    for query_id, group in groups.items():
        matches[group].update(relevance[query_id])
    same = same_items(documents)
    members: dict[Hashable, list[str]] = defaultdict(list)
    for document_id, item in same.items():
        members[item].append(document_id)
    spared = {
        group: frozenset(name for match in own for name in members[same[match]]) for group, own in matches.items()
    }
    return {query_id: spared[group] for query_id, group in groups.items()}


def same_items(documents: Mapping[str, str]) -> dict[str, Hashable]:
    """{document_id: a key that documents share which say the same}: near-identical ones, and those that differ in
    case, accents, spaces and punctuation alone, as long as their numbers agree: “stage 1” is not “stage 2”."""
    plain = [_without_accents(text) for text in documents.values()]
    groups = group_near_identical(plain)
    keys = ((group, *re.findall(r"\d+", text)) for group, text in zip(groups, plain, strict=True))
    return dict(zip(documents, keys, strict=True))


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


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(character for character in letters if not unicodedata.combining(character))
