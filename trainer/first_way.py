"""Whether a race begins with hard negatives or without."""

from collections import Counter
from collections.abc import Collection, Mapping
from itertools import chain

RARELY = 0.35
"""Recurrence, see `recurrence`, below which an example tells little of what others look for."""

FINDS_LITTLE = 0.5
"""nDCG@10 of the base model on the examples, below which what it ranks high is more often beside the point than hard to
tell from a match."""

COMPARED = 300
"""Examples that recurrence is told for, so that few and many are measured alike."""


def begins_without_negatives(matches: Mapping[str, Collection[str]], base_score: float) -> bool:
    """Whether what was mined by the base model had better not be the first thing that is tried.

    matches: {query_id: ids of its matches}. base_score: the base model's nDCG@10 on these queries.

    Where items recur, hard negatives teach truly that what no example asks for is asked for rarely; where they do not
    recur, that is untrue of each new question. The queries that choose notice it by half, as in their folds only half
    of the examples pushed the others away. What makes up for it is a base model that finds most, whose negatives are
    hard. docs/benchmarks.md has the figures.
    """
    return recurrence(matches) < RARELY and base_score < FINDS_LITTLE


def recurrence(matches: Mapping[str, Collection[str]]) -> float:
    """Share of the queries that would have a match in common with another one, were there COMPARED of them.

    With share r among n queries, and chances of meeting that are alike and independent, 1 − (1 − r)^(COMPARED / n).
    """
    asked = Counter(chain.from_iterable(set(found) for found in matches.values()))
    share = sum(any(asked[match] > 1 for match in found) for found in matches.values()) / max(1, len(matches))
    return 1 - (1 - share) ** (COMPARED / max(1, len(matches)))
