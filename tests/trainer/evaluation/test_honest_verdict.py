"""The verdict on what is known to be nothing, and on what is known to be an improvement."""

from dataclasses import replace

import numpy as np
import pytest

from tests.trainer.evaluation.factory import Ranks, make_split, rankings_at, report_of
from trainer.blend import Candidate, choose
from trainer.data.pairs import SplitDataset
from trainer.evaluation.comparison import judge
from trainer.evaluation.metrics import per_query
from trainer.evaluation.significance import paired_difference
from trainer.report import Report
from trainer.validation import Scores

N = 80
SEEDS = range(20)


def problem() -> SplitDataset:
    split = make_split(N, known=N // 2)
    return replace(split, data=replace(split.data, segments={}))


def judged(split: SplitDataset, before: Ranks, after: Ranks, blend: float = 1.0) -> Report:
    return report_of(split, rankings_at(split, before), rankings_at(split, after), blend=blend)


def usual_ranks(source: np.random.Generator) -> list[int]:
    """Ranks among some 80 documents as a base model gives them: most near the top, a few far below."""
    return [min(N, 1 + int(step)) for step in source.exponential(8, N)]


def noisy(ranks: list[int], source: np.random.Generator) -> list[int]:
    """The same for half of the questions, a few places up or down for the others."""
    moved = np.where(source.random(N) < 0.5, 0, source.integers(-3, 4, N))
    return [int(min(N, max(1, rank + step))) for rank, step in zip(ranks, moved, strict=True)]


@pytest.mark.parametrize("seed", SEEDS)
def test_shuffled_labels_are_never_better(seed: int) -> None:
    """Which document is right has nothing to do with the question: all models find it anywhere, when they are
    chosen and when they are judged."""
    source = np.random.default_rng(seed)
    base, *tuned = (by_chance(source, blend) for blend in (0.0, *(0.25, 0.5, 0.75, 1.0) * 3))
    chosen = choose(base, tuned)
    before, after = (source.integers(1, N + 1, N).tolist() for _ in range(2))
    report = judged(problem(), before, after if chosen is not base else before, blend=chosen.blend)
    assert report["verdict"] != "better"


def by_chance(source: np.random.Generator, blend: float) -> Candidate:
    """A model that finds the right documents of 3 · N choosing questions, and of others, anywhere."""
    ranks = source.integers(1, N + 1, (2, 3 * N))
    own, others = np.where(ranks <= 10, 1 / np.log2(1 + ranks), 0.0)
    scores = [{f"c{place}": float(value) for place, value in enumerate(column)} for column in (own, others)]
    return Candidate(f"{blend}", 1, 3, blend, 0.0, Scores(*scores))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_improvement_of_twice_the_half_width_is_better(seed: int) -> None:
    source, split = np.random.default_rng(seed), problem()
    before = usual_ranks(source)
    after = noisy(before, source)
    low, high = judged(split, before, after)["difference"]["ci95"]
    while mean_change(split, before, after) < high - low:  # twice half the width
        for place in source.permutation(N)[: N // 8]:  # an eighth of the questions at a time come one place nearer
            after[place] = max(1, after[place] - 1)
    report = judged(split, before, after)
    assert report["difference"]["mean"] >= high - low > 0.02
    assert report["verdict"] == "better"


def mean_change(split: SplitDataset, before: Ranks, after: Ranks) -> float:
    relevance = {query_id: split.data.relevance[query_id] for query_id in split.test}
    old, new = (per_query(rankings_at(split, ranks), relevance, "ndcg@10") for ranks in (before, after))
    return float(np.mean(list(new.values())) - np.mean(list(old.values())))


def test_of_models_that_are_equal_one_in_forty_at_most_is_called_better() -> None:
    """What the 20 seeds cannot show: the rule's own rate of false alarms, half of 5%."""
    source, calls = np.random.default_rng(0), 0
    for seed in range(400):
        before, after = (1 / np.log2(1 + np.array(usual_ranks(source))) for _ in range(2))
        values = [dict(enumerate(column.tolist())) for column in (before, after)]
        old, new = ({str(place): value for place, value in column.items()} for column in values)
        calls += judge(paired_difference(old, new, "ndcg@10", seed, resamples=1_000), blend=1.0) == "better"
    assert 1 <= calls <= 18  # 10 expected; two and a half standard deviations above
