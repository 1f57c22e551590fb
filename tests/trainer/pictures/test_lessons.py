"""What a training on labels draws."""

from collections import Counter

import numpy as np
import torch

from trainer.config import FinetuneConfig, Loss, Task
from trainer.data.pairs import PairDataset
from trainer.objective import belonging
from trainer.pictures.lessons import MOST_TIMES, LabelLesson, LearningPart, PairLesson


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


def test_of_many_labels_each_has_fellows_in_its_batch() -> None:
    many = lesson({f"label{number}": 4 for number in range(40)})
    assert set(drawn(many).values()) == {1}
    batches = list(many.batches(0, 32, 0))
    assert [len(batch) for batch in batches] == [32] * 5
    for batch in batches:
        assert set(np.bincount(many.labels[batch])) == {0, 4}
    first, second = (np.concatenate(list(many.batches(epoch, 32, 0))).tolist() for epoch in (0, 1))
    assert first != second
    assert first == np.concatenate(list(many.batches(0, 32, 0))).tolist(), "a resumed run draws the same"


def test_few_labels_are_drawn_at_random() -> None:
    """They have fellows anyhow, and measured so learn a little better."""
    few = lesson({f"label{number}": 30 for number in range(10)})
    order = np.random.default_rng((0, 0)).permutation(300)
    np.testing.assert_array_equal(np.concatenate(list(few.batches(0, 32, 0))), order)


def test_pictures_that_look_alike_are_not_wrong_for_each_other() -> None:
    documents = {f"d{number}": f"item{number}" for number in range(4)}
    data = PairDataset(
        queries={"q0": "photo0", "q1": "photo1", "q2": "photo2", "q3": "photo3"},
        documents=documents,
        relevance={f"q{number}": {f"d{number}": 1.0} for number in range(4)},
        negatives={"q3": ("d2",)},
        task=Task.IMAGE_IMAGE,
        alike={"photo1": "photo0", "item3": "item2"},
    )
    part = LearningPart(list(data.queries), data)
    pairs = PairLesson(data, part.examples(), FinetuneConfig.for_preset("quick"), {})
    (batch,) = pairs.batches(0, 64, 0)
    relevant = {
        name: {batch.documents[place] for place in np.flatnonzero(batch.relevant[row])}
        for row, name in enumerate(batch.queries)
    }
    assert relevant["q0"] == relevant["q1"] == {"d0", "d1"}, "the questions look alike"
    assert relevant["q2"] == {"d2", "d3"}, "the matches look alike"
    assert relevant["q3"] == {"d3"}, "but a person said that d2 is wrong for it"
    together, apart = belonging(list(data.queries), pairs.objective.examples)
    assert together[0, 1] and not apart[0, 1] and apart[0, 2]


def test_pairs_are_balanced_for_the_loss_that_needs_it() -> None:
    """Eight questions of one picture beside 24 of others: they come by fours."""
    queries = {f"q{number}": f"photo{number}" for number in range(32)}
    matches = {name: {f"d{max(0, at - 7)}": 1.0} for at, name in enumerate(queries)}
    documents = {name: f"item {name}" for gains in matches.values() for name in gains}
    data = PairDataset(queries, documents, matches, task=Task.IMAGE_IMAGE)
    part = LearningPart(list(queries), data)
    lesson = PairLesson(data, part.examples(), FinetuneConfig(loss=Loss.SUPERVISED_CONTRASTIVE), {})
    plain = PairLesson(data, part.examples(), FinetuneConfig(), {})
    runs = []
    for each in (lesson, plain):
        first = [batch.documents[place] == "d0" for batch in each.batches(0, 64, 0) for place in batch.positive]
        at = first.index(True)
        runs.append(first[at : at + 4])
    assert runs[0] == [True] * 4 != runs[1]


def test_the_loss_learns_its_centres() -> None:
    some = lesson({"a": 4, "b": 4})
    random = torch.Generator().manual_seed(0)
    vectors = torch.nn.functional.normalize(torch.randn(8, 4, generator=random), dim=1)
    before = some.loss(np.arange(8), vectors)
    optimiser = torch.optim.SGD(some.parameters(), lr=0.01)
    before.backward()
    optimiser.step()
    assert some.loss(np.arange(8), vectors).item() < before.item()
