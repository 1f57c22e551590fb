"""What a training on labels draws."""

from collections import Counter

import numpy as np
import torch

from trainer.config import Loss
from trainer.pictures.lessons import MOST_TIMES, LabelLesson


def lesson(counts: dict[str, int]) -> LabelLesson:
    labels = [label for label, count in counts.items() for _ in range(count)]
    embeddings = np.random.default_rng(0).standard_normal((len(labels), 4)).astype(np.float32)
    return LabelLesson([f"k{place}" for place in range(len(labels))], labels, embeddings, Loss.AUTO, "cpu")


def drawn(of: LabelLesson, batch_size: int = 16) -> Counter[int]:
    return Counter(int(place) for batch in of.batches(0, batch_size, 0) for place in batch)


def test_labels_of_like_size_are_drawn_once_each() -> None:
    even = lesson({"a": 20, "b": 18, "c": 12})
    assert set(drawn(even).values()) == {1}
    assert len(drawn(even)) == 50
    assert even.steps(16) == 4


def test_pictures_of_rare_labels_come_again_but_not_for_ever() -> None:
    skewed = lesson({"frequent": 90, "rare": 10, "single": 1})
    times = drawn(skewed)
    by_label = {label: {times[int(place)] for place in np.flatnonzero(skewed.labels == label)} for label in range(3)}
    assert by_label == {0: {1}, 1: {2}, 2: {MOST_TIMES}}
    assert sum(len(batch) for batch in skewed.batches(0, 16, 0)) == 90 + 20 + MOST_TIMES


def test_the_loss_learns_its_centres() -> None:
    some = lesson({"a": 4, "b": 4})
    random = torch.Generator().manual_seed(0)
    vectors = torch.nn.functional.normalize(torch.randn(8, 4, generator=random), dim=1)
    before = some.loss(np.arange(8), vectors)
    optimiser = torch.optim.SGD(some.parameters(), lr=0.01)
    before.backward()
    optimiser.step()
    assert some.loss(np.arange(8), vectors).item() < before.item()
