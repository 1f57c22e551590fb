"""Hard negatives: documents that the base model takes for matches and that are none."""

import unicodedata
from collections.abc import Mapping, Sequence

POOL = 20
"""How far down the base model's ranking hard negatives are looked for."""


def mine_hard_negatives(
    rankings: Mapping[str, Sequence[tuple[str, float]]],
    relevance: Mapping[str, Mapping[str, float]],
    documents: Mapping[str, str],
) -> dict[str, tuple[str, ...]]:
    """{query_id: ids of wrong documents among the first 20 of its ranking, best first}; may be empty for a query.

    A document is spared when it is a known match of the query, or reads the same as one but for case, accents, spaces
    and punctuation.
    """
    readings: dict[str, str] = {}

    def reading(document_id: str) -> str:
        if document_id not in readings:
            readings[document_id] = _reading(documents[document_id])
        return readings[document_id]

    mined = {}
    for query_id, ranking in rankings.items():
        matches = {reading(document_id) for document_id in relevance[query_id]}
        mined[query_id] = tuple(
            document_id
            for document_id, _ in ranking[:POOL]
            if document_id not in relevance[query_id] and reading(document_id) not in matches
        )
    return mined


def _reading(text: str) -> str:
    """Letters and digits only, lower case, without accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(character for character in plain if character.isalnum())
    return letters or text
