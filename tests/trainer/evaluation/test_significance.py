import time

import numpy as np
import pytest
from scipy import stats

from trainer.evaluation import significance
from trainer.evaluation.significance import paired_difference


def make_pair(n: int, shift: float, seed: int, share_changed: float = 1.0) -> tuple[dict[str, float], dict[str, float]]:
    source = np.random.default_rng(seed)
    before = source.random(n)
    change = source.normal(shift, 0.2, n) * (source.random(n) < share_changed)
    ids = [f"q{number}" for number in range(n)]
    return dict(zip(ids, before.tolist(), strict=True)), dict(zip(ids, (before + change).tolist(), strict=True))


def changes(before: dict[str, float], after: dict[str, float]) -> np.ndarray:
    return np.array([after[query_id] - before[query_id] for query_id in before])


@pytest.mark.parametrize("n", [30, 200])
def test_agrees_with_scipy(n: int) -> None:
    before, after = make_pair(n, shift=0.04, seed=n)
    found = paired_difference(before, after, "ndcg@10")
    sample = (changes(before, after),)
    interval = stats.bootstrap(sample, np.mean, n_resamples=10_000, method="percentile", rng=1).confidence_interval
    test = stats.permutation_test(sample, np.mean, permutation_type="samples", n_resamples=10_000, rng=1)
    width = interval.high - interval.low
    assert found["ci95"] == pytest.approx([interval.low, interval.high], abs=0.05 * width)  # two random draws
    assert found["p_value"] == pytest.approx(test.pvalue, abs=0.02)
    assert found["mean"] == pytest.approx(np.mean(sample[0]), abs=1e-12)
    assert (found["n"], found["metric"]) == (n, "ndcg@10")


@pytest.mark.parametrize("n", [2, 7, 12])
def test_the_p_value_is_exact_for_few_queries(n: int) -> None:
    before, after = make_pair(n, shift=0.2, seed=n)
    sample = (changes(before, after),)
    exact = stats.permutation_test(sample, np.mean, permutation_type="samples", n_resamples=np.inf)
    assert paired_difference(before, after, "hit@3")["p_value"] == pytest.approx(exact.pvalue, abs=1e-12)


def test_one_query_proves_nothing() -> None:
    found = paired_difference({"q": 0.0}, {"q": 1.0}, "hit@3")
    assert (found["ci95"], found["p_value"]) == ([1, 1], 1)


def test_ties_of_whole_numbers_are_counted_as_extreme() -> None:
    before = {str(number): 0.0 for number in range(40)}
    after = {str(number): 1.0 if number < 3 else 0.0 for number in range(40)}
    assert paired_difference(before, after, "hit@1")["p_value"] == 2 / 8  # of 8 sign patterns, +++ and −−−


def test_no_change_at_all_is_no_difference() -> None:
    same = {str(number): number / 10 for number in range(10)}
    found = paired_difference(same, same, "ndcg@10")
    assert (found["mean"], found["ci95"], found["p_value"]) == (0, [0, 0], 1)


def test_the_interval_covers_the_true_mean_about_95_times_in_100() -> None:
    source = np.random.default_rng(5)
    covered = 0
    for seed in range(300):
        drawn = source.exponential(1, size=60) - 0.8  # skewed; true mean 0.2
        after = {str(place): value for place, value in enumerate(drawn.tolist())}
        low, high = paired_difference(dict.fromkeys(after, 0.0), after, "m", seed, resamples=1_000)["ci95"]
        covered += low <= 0.2 <= high
    assert 270 <= covered <= 295  # the percentile interval is a little short for skewed data: 90% to 98%


def test_false_alarms_are_as_rare_as_promised() -> None:
    source = np.random.default_rng(6)
    alarms = 0
    for seed in range(300):
        after = {str(place): value for place, value in enumerate(source.normal(0, 1, 40).tolist())}
        alarms += paired_difference(dict.fromkeys(after, 0.0), after, "m", seed, resamples=1_000)["p_value"] < 0.05
    assert 5 <= alarms <= 27  # 15 expected; beyond 3 standard deviations


def test_the_same_seed_gives_the_same_numbers_whatever_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = make_pair(50, shift=0.05, seed=1)
    first = paired_difference(before, after, "m", seed=3)
    assert paired_difference(before, after, "m", seed=3) == first
    assert paired_difference(before, after, "m", seed=4)["ci95"] != first["ci95"]
    monkeypatch.setattr(significance, "BLOCK", 7_000)
    assert paired_difference(before, after, "m", seed=3)["ci95"] == pytest.approx(first["ci95"], abs=0.005)


def test_500_queries_take_less_than_a_second() -> None:
    before, after = make_pair(500, shift=0.02, seed=2)
    started = time.process_time()
    paired_difference(before, after, "m")
    assert time.process_time() - started < 1


def test_queries_must_be_the_same() -> None:
    with pytest.raises(ValueError, match="same queries"):
        paired_difference({"a": 1.0}, {"b": 1.0}, "m")
    with pytest.raises(ValueError, match="at least one"):
        paired_difference({}, {}, "m")
