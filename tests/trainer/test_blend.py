"""Means of weights, blends of embeddings, and the choice: sure gains are taken, chance and wrong examples are not."""

from typing import Any

import numpy as np
import pytest
import torch

from trainer.blend import CAUTION, CERTAIN, SURE, Average, Candidate, adjusted_gain, blended, choose, stretched, t_value
from trainer.validation import Scores

QUERIES = 40
BASE = np.linspace(0.2, 0.8, QUERIES)
NOISE = np.random.default_rng(0).normal(0, 0.3, QUERIES)
CENTRED = NOISE - NOISE.mean()


def candidate(blend: float, own: Any, by_chance: Any = 0.05, adapter: float = 0.0, recipe: int = 1) -> Candidate:
    """Scores query by query, or one for all of them."""
    own = np.atleast_1d(np.asarray(own, dtype=float))
    chance = np.broadcast_to(by_chance, own.shape)
    scores = Scores(
        {f"q{n}": float(score) for n, score in enumerate(own)},
        {f"q{n}": float(score) for n, score in enumerate(chance)},
    )
    return Candidate(f"{blend:.0%}", recipe if blend else 0, 3, blend, adapter, scores)


def test_a_sure_gain_is_taken_whole() -> None:
    chosen = choose(candidate(0, BASE), [candidate(0.5, BASE + 0.05), candidate(1.0, BASE + 0.1 + NOISE / 10)])
    assert chosen.blend == 1.0


def test_what_may_be_chance_leaves_the_base() -> None:
    base = candidate(0, BASE)
    error = CENTRED.std(ddof=1) / np.sqrt(QUERIES)
    assert choose(base, [candidate(1.0, BASE + CENTRED + 0.9 * CAUTION * error)]) is base
    assert choose(base, [candidate(1.0, BASE + CENTRED + 1.1 * CAUTION * error)]) is not base


def test_a_near_tie_goes_to_the_middle() -> None:
    half, whole = candidate(0.5, BASE + 0.1 + CENTRED / 2), candidate(1.0, BASE + 0.101 + CENTRED)
    assert choose(candidate(0, BASE), [half, whole]).blend == 0.5
    assert choose(candidate(0, BASE), [whole, half]).blend == 0.5


def test_an_adapter_on_top_counts_half_as_far_away() -> None:
    without, much = candidate(0.5, BASE + 0.1 + CENTRED), candidate(0.5, BASE + 0.101 + CENTRED, adapter=0.5)
    assert choose(candidate(0, BASE), [much, without]) is without
    error = CENTRED.std(ddof=1) / np.sqrt(QUERIES)
    assert adjusted_gain(candidate(0, BASE), much) == pytest.approx(0.101 - CAUTION * 0.75 * error)


def test_of_equals_the_earlier_is_taken() -> None:
    first, second = candidate(0.5, BASE + 0.1), candidate(0.5, BASE + 0.1, recipe=2)
    assert choose(candidate(0, BASE), [first, second]) is first


@pytest.mark.parametrize("loss", [-0.01, 0.0])
def test_no_gain_leaves_the_base(loss: float) -> None:
    base = candidate(0, BASE)
    assert choose(base, [candidate(0.5, BASE + loss), candidate(1.0, BASE + loss)]) is base


def test_one_question_or_none_decides_nothing() -> None:
    for scores in ([0.0], []):
        base = candidate(0, scores)
        assert choose(base, [candidate(1.0, np.ones(len(scores)))]) is base
    assert choose(candidate(0, []), []).blend == 0


def doubtful(gain: np.ndarray, by_chance: np.ndarray) -> Candidate:
    """What is chosen where the base model does as well by other queries' matches as by a query's own."""
    base = candidate(0, 0.1 + CENTRED / 10, 0.1)
    assert abs(t_value(np.array([base.scores.own[q] - base.scores.by_chance[q] for q in base.scores.own]))) < SURE
    return choose(base, [candidate(1.0, 0.1 + CENTRED / 10 + gain, by_chance)])


def test_where_examples_contradict_the_base_learning_must_be_sure() -> None:
    """Labels drawn at random give gains of one standard error often, of three hardly ever."""
    error = CENTRED.std(ddof=1) / np.sqrt(QUERIES)
    assert doubtful(CENTRED + (CERTAIN - 0.2) * error, np.full(QUERIES, 0.1)).blend == 0.0
    assert doubtful(CENTRED + (CERTAIN + 0.2) * error, np.full(QUERIES, 0.1)).blend == 1.0


def test_knowing_which_items_are_popular_is_no_learning() -> None:
    """A sure gain of .2, but other queries' matches are found as much better as a query's own."""
    gain = 0.2 + CENTRED / 20
    assert doubtful(gain, 0.1 + gain).blend == 0.0
    assert doubtful(gain, np.full(QUERIES, 0.1)).blend == 1.0


def test_examples_that_agree_with_the_base_need_no_such_proof() -> None:
    """Where the base finds the matches, popularity is knowledge that may be used."""
    gain = 0.2 + CENTRED / 20
    assert choose(candidate(0, BASE), [candidate(1.0, BASE + gain, 0.05 + gain)]).blend == 1.0


def test_labels_drawn_at_random_keep_the_base_nearly_always() -> None:
    """200 searches among eight candidates that are all chance: scores of base and candidates have one distribution."""
    random = np.random.default_rng(1)
    kept = 0
    for _ in range(200):
        base = candidate(0, random.beta(0.3, 2, 100), random.uniform(0.08, 0.18, 100))
        tries = [
            candidate(share, random.beta(0.3, 2, 100), random.uniform(0.08, 0.18, 100))
            for share in (0.25, 0.5, 0.75, 1.0) * 2
        ]
        kept += choose(base, tries) is base
    assert kept >= 190


def test_t_value_is_the_textbook_s() -> None:
    from scipy.stats import ttest_1samp

    assert t_value(NOISE) == pytest.approx(ttest_1samp(NOISE, 0).statistic)
    assert t_value(np.ones(1)) == t_value(np.zeros(5)) == 0.0


def test_differences_that_agree_say_more_the_more_there_are_of_them() -> None:
    assert t_value(np.full(2, 0.3690702)) == pytest.approx(2**0.5)
    assert t_value(np.full(16, -1.0)) == -4.0
    assert t_value(np.full(17, 0.1)) == pytest.approx(17**0.5)  # whose standard deviation is not quite 0


def test_the_average_is_the_mean_of_what_was_added_and_changes_none_of_it() -> None:
    parts = [{"a": torch.full((2,), float(n)), "b": torch.tensor([n * 10.0])} for n in (1, 2, 6)]
    average = Average()
    for part in parts:
        average.add(part)
    assert {name: tensor.tolist() for name, tensor in average.weights.items()} == {"a": [3.0, 3.0], "b": [30.0]}
    assert parts[0]["a"].tolist() == [1.0, 1.0]
    assert average.weights["a"].tolist() == [3.0, 3.0]  # asking changes nothing


def test_a_mean_of_several_trainings_is_stretched_and_one_training_is_not() -> None:
    assert [stretched(0.5, folds) for folds in (0, 1)] == [0.5, 0.5]
    assert stretched(1.0, 2) == 1.25
    assert stretched(0.0, 4) == 0.0
    assert 1.0 < stretched(1.0, 10) < stretched(1.0, 4) < stretched(1.0, 2)


def test_blends_lie_between_and_have_length_1() -> None:
    random = np.random.default_rng(0)
    base, tuned = ({"x": random.normal(size=(5, 3)), "y": random.normal(size=(2, 3))} for _ in range(2))
    for part in (base, tuned):
        for key in part:
            part[key] /= np.linalg.norm(part[key], axis=1, keepdims=True)
    for share in (0.0, 0.3, 1.0):
        found = blended(base, tuned, share)
        for key in ("x", "y"):
            for row, of_base, of_tuned in zip(found[key], base[key], tuned[key], strict=True):
                naive = (1 - share) * of_base + share * of_tuned
                np.testing.assert_allclose(row, naive / np.sqrt((naive**2).sum()))
    opposite = blended({"x": base["x"]}, {"x": -base["x"]}, 0.5)["x"]
    assert np.isfinite(opposite).all()
