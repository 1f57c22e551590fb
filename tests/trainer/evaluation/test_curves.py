import numpy as np
import pytest
from scipy import stats

from tests.trainer.evaluation.test_metrics import random_case
from trainer.evaluation.curves import DEEPEST, metric_curves, values_by_k
from trainer.evaluation.metrics import METRICS, per_query


@pytest.mark.parametrize("seed", range(20))
def test_every_value_is_that_of_the_metrics_one_by_one(seed: int) -> None:
    rankings, relevance = random_case(seed, most_relevant=30)
    values = values_by_k(rankings, relevance)
    for row, name in enumerate(METRICS):
        for k in range(1, DEEPEST + 1):
            expected = list(per_query(rankings, relevance, f"{name}@{k}").values())
            np.testing.assert_allclose(values[:, row, k - 1], expected, atol=1e-12, err_msg=f"{name}@{k}")


def test_a_document_named_twice_counts_at_its_first_place() -> None:
    values = values_by_k({"q": [("a", 3.0), ("a", 2.0), ("b", 1.0)]}, {"q": {"b": 1.0}})
    assert values[0, list(METRICS).index("mrr"), 1] == 1 / 2


def cases(n: int) -> tuple[dict, dict, dict]:
    source = np.random.default_rng(n)
    relevance = {f"q{number}": {"right": 1.0} for number in range(n)}
    both: list[dict] = [{}, {}]
    for rankings, scale in zip(both, (8, 3), strict=True):
        for query_id in relevance:
            ranking = [(f"wrong{place}", -float(place)) for place in range(30)]
            ranking.insert(int(source.exponential(scale)) % 30, ("right", 0.0))
            rankings[query_id] = ranking
    return both[0], both[1], relevance


def test_bands_agree_with_scipy() -> None:
    before, after, relevance = cases(120)
    curves = metric_curves({"before": before, "after": after}, relevance, seed=0)
    for system, rankings in (("before", before), ("after", after)):
        for name, k in (("ndcg", 10), ("hit", 3), ("mrr", 20)):
            sample = (np.array(list(per_query(rankings, relevance, f"{name}@{k}").values())),)
            expected = stats.bootstrap(sample, np.mean, n_resamples=10_000, method="percentile", rng=1)
            interval = expected.confidence_interval
            width = interval.high - interval.low
            curve = curves[system][name]  # type: ignore[literal-required]
            assert curve["mean"][k - 1] == pytest.approx(sample[0].mean(), abs=1e-5)
            assert curve["low"][k - 1] == pytest.approx(interval.low, abs=0.08 * width)
            assert curve["high"][k - 1] == pytest.approx(interval.high, abs=0.08 * width)


def test_the_same_seed_gives_the_same_bands_and_they_hold_the_mean() -> None:
    before, after, relevance = cases(40)
    systems = {"before": before, "after": after, "keyword": before}
    curves = metric_curves(systems, relevance, seed=3)
    assert metric_curves(systems, relevance, seed=3) == curves
    assert metric_curves(systems, relevance, seed=4) != curves
    assert curves["keyword"] == curves["before"]  # all are judged on the same samples
    for curve in curves["after"].values():
        bounds = zip(curve["low"], curve["mean"], curve["high"], strict=True)
        assert all(low <= mean <= high for low, mean, high in bounds)


def test_few_queries_have_curves_without_bands() -> None:
    before, after, relevance = cases(19)
    curves = metric_curves({"before": before, "after": after}, relevance, seed=0)
    assert set(curves["after"]["ndcg"]) == {"mean"}
    assert curves["k"] == list(range(1, 21))
