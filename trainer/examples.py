"""Training examples and the batches that they are drawn into."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from trainer.data.pairs import SplitDataset

POSITIVES_AN_EPOCH = 4
"""A query with more matches than this has another draw of them each epoch, lest it crowd out the others."""


@dataclass(frozen=True)
class Examples:
    """What one training learns from.

    positives: {query_id: ids of its matches}, every query with at least one.
    judged: {query_id: ids that a person called wrong}. mined: {query_id: ids of hard negatives}.
    """

    positives: Mapping[str, tuple[str, ...]]
    judged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of_training_split(cls, split: SplitDataset, mined: Mapping[str, tuple[str, ...]]) -> "Examples":
        """The training queries' matches and judged negatives, with `mined` beside them."""
        data = split.data
        return cls(
            positives={query_id: tuple(data.relevance[query_id]) for query_id in split.train},
            judged={query_id: data.negatives[query_id] for query_id in split.train if query_id in data.negatives},
            mined=mined,
        )

    @property
    def pairs_an_epoch(self) -> int:
        """How many pairs an epoch draws."""
        return sum(min(len(matches), POSITIVES_AN_EPOCH) for matches in self.positives.values())


@dataclass(frozen=True)
class Batch:
    """b pairs. documents: the m different ones, the pairs' own first. positive: (b,) places in `documents`.

    relevant: (b, m) bool, true where a document is a known match of a query.
    """

    queries: list[str]
    documents: list[str]
    positive: np.ndarray
    relevant: np.ndarray


def count_steps(examples: Examples, batch_size: int) -> int:
    """Batches in one epoch."""
    return max(1, -(-examples.pairs_an_epoch // batch_size))


def draw_epoch(examples: Examples, *, epoch: int, seed: int, batch_size: int, negatives: int) -> Iterator[Batch]:
    """The batches of one epoch, of nearly equal size. The same epoch and seed always give the same ones, so that a
    resumed run needs no stored state of a random generator."""
    random = np.random.default_rng((abs(seed), epoch))
    pairs = [
        (query_id, matches[place])
        for query_id, matches in examples.positives.items()
        for place in random.permutation(len(matches))[:POSITIVES_AN_EPOCH]
    ]
    order = random.permutation(len(pairs))
    for part in np.array_split(order, count_steps(examples, batch_size)):
        yield _make_batch([pairs[place] for place in part], examples, negatives, random)


def _make_batch(pairs: list[tuple[str, str]], examples: Examples, negatives: int, random: np.random.Generator) -> Batch:
    places: dict[str, int] = {}
    positive = [places.setdefault(document_id, len(places)) for _, document_id in pairs]
    for query_id, _ in pairs:
        for document_id in _draw_negatives(query_id, examples, negatives, random):
            places.setdefault(document_id, len(places))
    relevant = np.zeros((len(pairs), len(places)), dtype=bool)
    for row, (query_id, _) in enumerate(pairs):
        for document_id in examples.positives[query_id]:
            if document_id in places:
                relevant[row, places[document_id]] = True
    return Batch([query_id for query_id, _ in pairs], list(places), np.array(positive), relevant)


def _draw_negatives(query_id: str, examples: Examples, count: int, random: np.random.Generator) -> list[str]:
    """Judged ones first, and at least one of them even where no mined ones are wanted."""
    judged, mined = examples.judged.get(query_id, ()), examples.mined.get(query_id, ())
    drawn = [judged[place] for place in random.permutation(len(judged))[: max(count, 1)]]
    if len(drawn) < count:
        drawn += [mined[place] for place in random.permutation(len(mined))[: count - len(drawn)]]
    return drawn
