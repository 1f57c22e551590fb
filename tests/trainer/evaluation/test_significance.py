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
    wider = stats.t.ppf(0.975, n - 1) / stats.norm.ppf(0.975) * (n / (n - 1)) ** 0.5  # as Hesterberg 2015 has it
    ends = [np.mean(sample[0]) + (end - np.mean(sample[0])) * wider for end in (interval.low, interval.high)]
    assert found["ci95"] == pytest.approx(ends, abs=0.05 * width)  # two random draws
    assert found["p_value"] == pytest.approx(test.pvalue, abs=0.02)
    assert found["mean"] == pytest.approx(np.mean(sample[0]), abs=1e-12)
    assert (found["n"], found["metric"]) == (n, "ndcg@10")


@pytest.mark.parametrize("n", [2, 7, 12])
def test_the_p_value_is_exact_for_few_queries(n: int) -> None:
    before, after = make_pair(n, shift=0.2, seed=n)
    sample = (changes(before, after),)
    exact = stats.permutation_test(sample, np.mean, permutation_type="samples", n_resamples=np.inf)
    assert paired_difference(before, after, "hit@3")["p_value"] == pytest.approx(exact.pvalue, abs=1e-12)


def spelled(before: dict[str, float], after: dict[str, float], times: int) -> list[dict[str, float]]:
    """Each query that often, with the same values."""
    return [{f"{name}/{at}": value for name, value in each.items() for at in range(times)} for each in (before, after)]


def test_spellings_of_one_question_count_once() -> None:
    plain = make_pair(60, shift=0.04, seed=5)
    once = paired_difference(*plain, "ndcg@10")
    before, after = spelled(*plain, 3)
    thrice = paired_difference(before, after, "ndcg@10", alike={name: name.split("/")[0] for name in before})
    assert thrice["n"] == 180
    assert thrice["ci95"] == pytest.approx(once["ci95"]) and thrice["p_value"] == once["p_value"]
    blind = paired_difference(before, after, "ndcg@10")
    assert blind["ci95"][1] - blind["ci95"][0] < 0.65 * (once["ci95"][1] - once["ci95"][0])


def test_clusters_of_unequal_sizes_hold_the_true_mean() -> None:
    """300 draws of 30 clusters of one to nine queries that agree: 95% intervals, and what single queries would give."""
    source, held = np.random.default_rng(2), {"clusters": 0, "queries": 0}
    for draw in range(300):
        sizes = source.integers(1, 10, 30)
        values = np.repeat(source.normal(0.1, 0.3, 30), sizes) + source.normal(0, 0.05, sizes.sum())
        before = {str(number): 0.0 for number in range(len(values))}
        after = dict(zip(before, values.tolist(), strict=True))
        alike = dict(zip(before, np.repeat(np.arange(30), sizes).tolist(), strict=True))
        for name, keys in (("clusters", alike), ("queries", None)):
            low, high = paired_difference(before, after, "x", draw, resamples=1_000, alike=keys)["ci95"]
            held[name] += low <= 0.1 <= high
    assert held["clusters"] >= 0.91 * 300 and held["queries"] < 0.7 * 300


def test_one_query_proves_nothing() -> None:
    found = paired_difference({"q": 0.0}, {"q": 1.0}, "hit@3")
    assert (found["ci95"], found["p_value"]) == ([-1, 1], 1)


def test_ties_of_whole_numbers_are_counted_as_extreme() -> None:
    before = {str(number): 0.0 for number in range(40)}
    after = {str(number): 1.0 if number < 3 else 0.0 for number in range(40)}
    assert paired_difference(before, after, "hit@1")["p_value"] == 2 / 8  # of 8 sign patterns, +++ and −−−


def test_no_change_at_all_is_no_difference() -> None:
    same = {str(number): number / 10 for number in range(10)}
    found = paired_difference(same, same, "ndcg@10")
    assert (found["mean"], found["ci95"], found["p_value"]) == (0, [0, 0], 1)


def changes_of_ndcg(unchanged: float, gain: float, size: int = 100_000) -> np.ndarray:
    """Changes of nDCG@10 as runs have them: most questions keep their place, others gain much or lose a little; a tenth
    of the right documents was never found before."""
    source = np.random.default_rng(round(100 * unchanged))
    before = np.where(source.random(size) < 0.1, 1_000, 1 + source.exponential(6, size).astype(int))
    nearer = np.maximum(1, (before * source.uniform(0.05, 0.6, size)).astype(int))
    nearer = np.where(before == 1_000, source.integers(1, 15, size), nearer)
    step = source.random(size)
    after = np.where(step < unchanged + gain, nearer, before + source.integers(1, 10, size))
    after = np.where(step < unchanged, before, after)
    ndcg = [np.where(rank <= 10, 1 / np.log2(rank + 1.0), 0.0) for rank in (before, after)]
    return ndcg[1] - ndcg[0]


@pytest.mark.parametrize(
    ("unchanged", "gain", "n"), [(0.25, 0.55, 20), (0.25, 0.55, 40), (0.5, 0.25, 80), (0.75, 0.17, 120)]
)
def test_the_interval_covers_the_true_mean_95_times_in_100(unchanged: float, gain: float, n: int) -> None:
    population, source, draws = changes_of_ndcg(unchanged, gain), np.random.default_rng(n), 2_000
    true, covered = population.mean(), 0
    for _ in range(draws):
        drawn = source.choice(population, n)
        means = drawn[source.integers(0, n, size=(800, n), dtype=np.int32)].mean(axis=1)
        low, high = significance.widened(np.percentile(means, [2.5, 97.5]), drawn.mean(), n)
        covered += low <= true <= high
    assert 0.935 <= covered / draws <= 0.965


def test_the_interval_of_the_simulation_is_that_of_reports() -> None:
    drawn = np.random.default_rng(1).choice(changes_of_ndcg(0.5, 0.25), 80)
    after = {str(place): value for place, value in enumerate(drawn.tolist())}
    ends = [paired_difference(dict.fromkeys(after, 0.0), after, "m", seed)["ci95"] for seed in range(5)]
    means = drawn[np.random.default_rng(2).integers(0, 80, size=(40_000, 80))].mean(axis=1)
    expected = significance.widened(np.percentile(means, [2.5, 97.5]), drawn.mean(), 80)
    assert np.mean(ends, axis=0) == pytest.approx(expected, abs=0.002)


def test_of_one_query_nothing_is_known_and_many_need_no_wider_interval() -> None:
    ends = np.array([0.1, 0.3])
    assert significance.widened(ends, 0.2, 1).tolist() == [-1, 1]
    assert significance.widened(ends, 0.2, 10**6) == pytest.approx(ends, abs=1e-5)


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
