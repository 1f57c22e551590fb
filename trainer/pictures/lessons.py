"""What one training learns from: labelled pictures, or pairs with a picture on one side or both."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from trainer.config import FinetuneConfig, Loss
from trainer.data.pairs import PairDataset
from trainer.examples import Examples, count_steps, draw_epoch
from trainer.losses import make_label_loss
from trainer.objective import Objective
from trainer.pictures.step import Eyes, Part

FEWEST_STEPS = 2
SMALLEST_BATCH = 16
"""An epoch of labelled pictures has at least so many steps, unless batches would be smaller than that. Measured on
eight draws of 100 product photos: MAP@10 of half a share .661 with two steps and .652 with one."""

MOST_TIMES = 4
"""A picture is drawn in an epoch; oftener it would be learned by heart."""


class Lesson(Protocol):
    """steps: batches of an epoch. parameters: what learns beside the network and is thrown away. parts: what a batch
    needs to see. loss: of all that, (n, d) of length 1."""

    def steps(self, batch_size: int) -> int: ...

    def parameters(self) -> list[nn.Parameter]: ...

    def batches(self, epoch: int, batch_size: int, seed: int) -> Iterator[Any]: ...

    def parts(self, batch: Any, eyes: Eyes) -> list[Part]: ...

    def loss(self, batch: Any, vectors: Tensor) -> Tensor: ...


class LabelLesson:
    """Labelled pictures. The centres of the labels start where the base model's embeddings have them."""

    def __init__(
        self, keys: Sequence[str], labels: Sequence[str], embeddings: np.ndarray, loss: Loss, device: str
    ) -> None:
        """embeddings: (len(keys), d) by the base model. loss: see `make_label_loss`."""
        names = {label: place for place, label in enumerate(dict.fromkeys(labels))}
        self.keys, self.labels = list(keys), np.array([names[label] for label in labels], dtype=np.int64)
        means = [embeddings[self.labels == place].mean(0) for place in names.values()]
        self.criterion = make_label_loss(loss, torch.from_numpy(np.stack(means))).to(device)
        self.drawn = np.repeat(np.arange(len(keys)), _times_an_epoch(self.labels))

    def steps(self, batch_size: int) -> int:
        """See Lesson. Of few pictures, smaller batches than asked for: a model moves by steps."""
        count = len(self.drawn)
        return max(-(-count // batch_size), min(FEWEST_STEPS, count // SMALLEST_BATCH), 1)

    def parameters(self) -> list[nn.Parameter]:
        """See Lesson."""
        return list(self.criterion.parameters())

    def batches(self, epoch: int, batch_size: int, seed: int) -> Iterator[np.ndarray]:
        """Places in `keys`."""
        order = np.random.default_rng((abs(seed), epoch)).permutation(len(self.drawn))
        yield from np.array_split(self.drawn[order], self.steps(batch_size))

    def parts(self, batch: np.ndarray, eyes: Eyes) -> list[Part]:
        """Its pictures."""
        return [Part(eyes.pictures, [self.keys[place] for place in batch])]

    def loss(self, batch: np.ndarray, vectors: Tensor) -> Tensor:
        """See `make_label_loss`."""
        found: Tensor = self.criterion(vectors, torch.from_numpy(self.labels[batch]).to(vectors.device))
        return found


def _times_an_epoch(labels: np.ndarray) -> np.ndarray:
    """How often each picture is drawn in an epoch, (n,): those of a label with less than half as many pictures as the
    mean label more than once, so that frequent labels do not crowd it out."""
    counts = np.bincount(labels)
    times = np.clip(np.ceil(counts.mean() / 2 / counts), 1, MOST_TIMES).astype(int)
    drawn: np.ndarray = times[labels]
    return drawn


class PairLesson:
    """Pairs of a question, in words or a picture, and the picture that matches it."""

    def __init__(
        self, data: PairDataset, examples: Examples, config: FinetuneConfig, words: Mapping[str, np.ndarray]
    ) -> None:
        """words: embeddings (d,) by the base model of questions in words, by query id; none where they are pictures."""
        self.data, self.examples, self.words = data, _with_equal_questions(data, examples), words
        self.objective = Objective.of(examples, config)

    def steps(self, batch_size: int) -> int:
        """See Lesson."""
        return count_steps(self.examples, batch_size)

    def parameters(self) -> list[nn.Parameter]:
        """See Lesson."""
        return []

    def batches(self, epoch: int, batch_size: int, seed: int) -> Iterator[Any]:
        """See `draw_epoch`. No hard negatives are mined, but the ones that a person judged wrong are there."""
        yield from draw_epoch(self.examples, epoch=epoch, seed=seed, batch_size=batch_size, negatives=1)

    def parts(self, batch: Any, eyes: Eyes) -> list[Part]:
        """Its questions, then its pictures."""
        data = self.data

        def read(query_ids: Sequence[str]) -> Tensor:
            base = np.stack([self.words[name] for name in query_ids])
            return eyes.words([data.queries[name] for name in query_ids], base)

        questions = Part(read, batch.queries)
        if data.task.has_picture_queries:
            questions = Part(eyes.pictures, [data.queries[name] for name in batch.queries])
        return [questions, Part(eyes.pictures, [data.documents[name] for name in batch.documents])]

    def loss(self, batch: Any, vectors: Tensor) -> Tensor:
        """See `Objective`."""
        return self.objective.loss_of(batch)(vectors)


def _with_equal_questions(data: PairDataset, examples: Examples) -> Examples:
    """Questions in the same words share their matches, so that none counts as wrong for another's."""
    shared: dict[str, dict[str, None]] = {}
    for query_id, matches in examples.positives.items():
        shared.setdefault(data.queries[query_id], {}).update(dict.fromkeys(matches))
    positives = {query_id: tuple(shared[data.queries[query_id]]) for query_id in examples.positives}
    return Examples(positives, examples.judged, examples.mined, examples.grades)


@dataclass(frozen=True)
class LearningPart:
    """The queries of a fold that are learned from, and the documents that may be used for it."""

    learn: Sequence[str]
    data: PairDataset

    def relevance(self) -> dict[str, dict[str, float]]:
        """{query_id: its matches} but for pictures of queries that are to judge, and queries without any match."""
        known, twins = set(self.learn), self.data.twins
        found: dict[str, dict[str, float]] = {}
        for query_id in self.learn:
            gains: Mapping[str, float] = self.data.relevance[query_id]
            kept = {name: gain for name, gain in gains.items() if name not in twins or twins[name] in known}
            if kept:
                found[query_id] = kept
        return found

    def examples(self) -> Examples:
        """As a training of pairs wants them."""
        relevance = self.relevance()
        return Examples(
            positives={query_id: tuple(gains) for query_id, gains in relevance.items()},
            judged={name: self.data.negatives[name] for name in relevance if name in self.data.negatives},
            grades={name: self.data.grades[name] for name in relevance if name in self.data.grades},
        )
