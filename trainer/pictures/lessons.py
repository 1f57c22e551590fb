"""What one training learns from: labelled pictures, or pairs with a picture on one side or both."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
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


FEW_FELLOWS = 1.5
PICTURES_A_LABEL = 4
"""Where the pictures of a batch that is drawn at random have fewer fellows of their label than FEW_FELLOWS on average,
as with very many labels, so many of each label come together. Else nothing is gained by it."""


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
        """Places in `keys`; of many labels, each with fellows (a P × K sampler, Hermans et al. 2017)."""
        random, steps = np.random.default_rng((abs(seed), epoch)), self.steps(batch_size)
        drawn = self.drawn[random.permutation(len(self.drawn))]
        if _fellows(self.labels[drawn], len(drawn) / steps) < FEW_FELLOWS:
            drawn = _together(drawn, self.labels[drawn], random)
        yield from np.array_split(drawn, steps)

    def parts(self, batch: np.ndarray, eyes: Eyes) -> list[Part]:
        """Its pictures."""
        return [Part(eyes.pictures, [self.keys[place] for place in batch])]

    def loss(self, batch: np.ndarray, vectors: Tensor) -> Tensor:
        """See `make_label_loss`."""
        found: Tensor = self.criterion(vectors, torch.from_numpy(self.labels[batch]).to(vectors.device))
        return found


def _fellows(labels: np.ndarray, batch_size: float) -> float:
    """How many others of its own label a picture has in a batch that is drawn at random, on average."""
    counts = np.bincount(labels)
    return float((counts[labels] - 1).mean() * (batch_size - 1) / max(1, len(labels) - 1))


def _together(drawn: np.ndarray, labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The same pictures, in groups of up to PICTURES_A_LABEL of one label."""
    groups: dict[tuple[int, int], list[int]] = {}
    times: Counter[int] = Counter()
    for place, label in zip(drawn.tolist(), labels.tolist(), strict=True):
        groups.setdefault((label, times[label] // PICTURES_A_LABEL), []).append(place)
        times[label] += 1
    found = list(groups.values())
    return np.concatenate([found[at] for at in random.permutation(len(found))])


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
        self,
        data: PairDataset,
        examples: Examples,
        config: FinetuneConfig,
        words: Mapping[str, np.ndarray],
        loss: Loss | None = None,
    ) -> None:
        """words: embeddings (d,) by the base model of questions in words, by query id; none where they are pictures.
        loss: see `Objective.of`."""
        self.data, self.examples, self.words = data, _with_equal_ones(data, examples), words
        self.objective = Objective.of(self.examples, config, loss)

    def steps(self, batch_size: int) -> int:
        """See Lesson."""
        return count_steps(self.examples, batch_size)

    def parameters(self) -> list[nn.Parameter]:
        """See Lesson."""
        return []

    def batches(self, epoch: int, batch_size: int, seed: int) -> Iterator[Any]:
        """See `draw_epoch`. No hard negatives are mined, but the ones that a person judged wrong are there."""
        balanced = self.objective.balanced
        yield from draw_epoch(
            self.examples, epoch=epoch, seed=seed, batch_size=batch_size, negatives=1, balanced=balanced
        )

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


def _with_equal_ones(data: PairDataset, examples: Examples) -> Examples:
    """Questions in the same words, or pictures that look alike, share their matches, and what looks like a match is
    one, so that none counts as wrong for another's. What a person judged wrong stays wrong."""

    def look(key: str) -> str:
        return data.alike.get(key, key)

    alike: dict[str, dict[str, None]] = {}
    for name in dict.fromkeys(chain.from_iterable(examples.positives.values())):
        alike.setdefault(look(data.documents[name]), {})[name] = None
    shared: dict[str, dict[str, None]] = {}
    for query_id, matches in examples.positives.items():
        found = shared.setdefault(look(data.queries[query_id]), {})
        found.update(dict.fromkeys(matches))
        for name in matches:
            found.update(alike[look(data.documents[name])])
    positives = {}
    for query_id, matches in examples.positives.items():
        wrong = set(examples.judged.get(query_id, ())) - set(matches)
        positives[query_id] = tuple(name for name in shared[look(data.queries[query_id])] if name not in wrong)
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
