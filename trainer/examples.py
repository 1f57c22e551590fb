"""Training examples and the batches that they are drawn into."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, cycle, islice

import numpy as np

from trainer.data.pairs import SplitDataset

POSITIVES_AN_EPOCH = 4
"""A query with more matches than this has another draw of them each epoch, lest it crowd out the others."""

FEWEST_STEPS = 3
SMALLEST_BATCH = 8
"""An epoch has at least so many steps, unless batches would have fewer pairs than that."""

TEXTS_A_LABEL = 4
"""Of how many queries of one document a balanced batch consists."""


@dataclass(frozen=True)
class Examples:
    """What one training learns from.

    positives: {query_id: ids of its matches}, every query with at least one.
    judged: {query_id: ids that a person called wrong}. mined: {query_id: ids of hard negatives}.
    grades: {query_id: {document_id: 0…1}} of matches and judged negatives, where a person gave scores.
    spared: {query_id: ids that are not to be learned as wrong, but where a person called them so}.
    """

    positives: Mapping[str, tuple[str, ...]]
    judged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    grades: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    spared: Mapping[str, Collection[str]] = field(default_factory=dict)

    @classmethod
    def of_training_split(
        cls,
        split: SplitDataset,
        mined: Mapping[str, tuple[str, ...]],
        learn: Sequence[str] | None = None,
        spared: Mapping[str, Collection[str]] | None = None,
    ) -> "Examples":
        """The training queries' matches and judged negatives, with `mined` and `spared` beside them. learn: only of
        these."""
        data, learn = split.data, split.train if learn is None else learn
        return cls(
            positives={query_id: tuple(data.relevance[query_id]) for query_id in learn},
            judged={query_id: data.negatives[query_id] for query_id in learn if query_id in data.negatives},
            mined=mined,
            grades={query_id: data.grades[query_id] for query_id in learn if query_id in data.grades},
            spared=spared or {},
        )

    @property
    def pairs_an_epoch(self) -> int:
        """How many pairs an epoch draws."""
        return sum(min(len(matches), POSITIVES_AN_EPOCH) for matches in self.positives.values())


@dataclass(frozen=True)
class Batch:
    """b pairs. documents: the m different ones, the pairs' own first. positive: (b,) places in `documents`.

    relevant: (b, m) bool, true where a document is a known match of a query. wrong: (b, m) bool, true where a document
    was drawn as a judged or hard negative of a query. spared: (b, m) bool, true where a document is neither, but may
    match. grades: (b, m) float32, NaN where there is none; a query that is drawn twice has them in its first row only.
    """

    queries: list[str]
    documents: list[str]
    positive: np.ndarray
    relevant: np.ndarray
    wrong: np.ndarray
    spared: np.ndarray
    grades: np.ndarray


def count_steps(examples: Examples, batch_size: int) -> int:
    """Batches in one epoch. Of few examples, smaller batches than asked for: a model moves by steps, not by epochs."""
    pairs = examples.pairs_an_epoch
    return max(-(-pairs // batch_size), min(FEWEST_STEPS, pairs // SMALLEST_BATCH), 1)


def draw_epoch(
    examples: Examples, *, epoch: int, seed: int, batch_size: int, negatives: int, balanced: bool = False
) -> Iterator[Batch]:
    """The batches of one epoch, of nearly equal size. The same epoch and seed always give the same ones, so that a
    resumed run needs no stored state of a random generator.

    balanced: documents (labels) take turns, each with TEXTS_A_LABEL of its queries, so that one with many queries does
    not crowd out the others. A query comes again only after all others of its document.
    """
    random = np.random.default_rng((abs(seed), epoch))
    pairs = [
        (query_id, matches[place])
        for query_id, matches in examples.positives.items()
        for place in random.permutation(len(matches))[:POSITIVES_AN_EPOCH]
    ]
    pairs = [pairs[place] for place in random.permutation(len(pairs))]
    if balanced:
        pairs = _take_turns(pairs, random)
    for part in np.array_split(np.arange(len(pairs)), count_steps(examples, batch_size)):
        yield _make_batch([pairs[place] for place in part], examples, negatives, random)


def _take_turns(pairs: list[tuple[str, str]], random: np.random.Generator) -> list[tuple[str, str]]:
    """As many pairs, in the order in which their documents take turns."""
    members: dict[str, list[tuple[str, str]]] = {}
    for pair in pairs:
        members.setdefault(pair[1], []).append(pair)
    queues = {document_id: cycle(own) for document_id, own in members.items()}
    drawn: list[tuple[str, str]] = []
    while len(drawn) < len(pairs):
        for document_id in random.permutation(list(members)):
            drawn += islice(queues[document_id], min(TEXTS_A_LABEL, len(members[document_id])))
    return drawn[: len(pairs)]


def _make_batch(pairs: list[tuple[str, str]], examples: Examples, negatives: int, random: np.random.Generator) -> Batch:
    places: dict[str, int] = {}
    positive = [places.setdefault(document_id, len(places)) for _, document_id in pairs]
    drawn = [_draw_negatives(query_id, examples, negatives, random) for query_id, _ in pairs]
    for document_id in chain.from_iterable(drawn):
        places.setdefault(document_id, len(places))
    relevant, wrong, spared = (np.zeros((len(pairs), len(places)), dtype=bool) for _ in range(3))
    grades = np.full((len(pairs), len(places)), np.nan, dtype=np.float32)
    first_rows = {query_id: row for row, (query_id, _) in reversed(list(enumerate(pairs)))}
    for row, (query_id, _) in enumerate(pairs):
        relevant[row, [places[name] for name in examples.positives[query_id] if name in places]] = True
        wrong[row, [places[name] for name in drawn[row]]] = True
        spared[row, [places[name] for name in examples.spared.get(query_id, ()) if name in places]] = True
        if first_rows[query_id] == row:
            for document_id, grade in examples.grades.get(query_id, {}).items():
                if document_id in places:
                    grades[row, places[document_id]] = grade
    query_ids, spared = [query_id for query_id, _ in pairs], spared & ~relevant & ~wrong
    return Batch(query_ids, list(places), np.array(positive), relevant, wrong, spared, grades)


def _draw_negatives(query_id: str, examples: Examples, count: int, random: np.random.Generator) -> list[str]:
    """Judged ones first, and at least one of them even where no mined ones are wanted."""
    judged, mined = examples.judged.get(query_id, ()), examples.mined.get(query_id, ())
    drawn = [judged[place] for place in random.permutation(len(judged))[: max(count, 1)]]
    if len(drawn) < count:
        drawn += [mined[place] for place in random.permutation(len(mined))[: count - len(drawn)]]
    return drawn
