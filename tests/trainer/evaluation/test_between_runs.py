"""Runs against each other: values from a report, the same questions, and how often chance is taken for a difference."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.trainer.evaluation.factory import make_report, make_split, report_of
from trainer.evaluation import between_runs
from trainer.evaluation.between_runs import (
    COMPARABLE,
    clusters_of,
    estimate_differences,
    estimate_means,
    query_value,
    shared_queries,
    system_values,
)
from trainer.evaluation.clusters import Clusters
from trainer.evaluation.metrics import evaluate
from trainer.evaluation.significance import paired_difference


def two_right(source: np.random.Generator) -> tuple[Any, dict[str, list[tuple[str, float]]]]:
    """A split whose questions have one to three right items, and random rankings of it."""
    split = make_split(12, known=6)
    names = list(split.data.documents)
    for query in split.test:
        for extra in source.choice(names, size=source.integers(0, 3), replace=False):
            split.data.relevance[query][str(extra)] = 1.0  # type: ignore[index]
    rankings = {
        query: [(str(name), 1.0 - place / 100) for place, name in enumerate(source.permutation(names))]
        for query in split.test
    }
    return split, rankings


@pytest.mark.parametrize("seed", range(5))
def test_values_from_a_report_have_the_means_that_were_measured_on_whole_rankings(seed: int) -> None:
    split, rankings = two_right(np.random.default_rng(seed))
    report = report_of(split, rankings, rankings)
    measured = evaluate(rankings, {query: split.data.relevance[query] for query in split.test})
    for metric in COMPARABLE:
        values = [query_value(query, "after", metric) for query in report["queries"]]  # type: ignore[arg-type]
        assert np.mean(values) == pytest.approx(measured[metric], abs=1e-12), metric


def test_other_metrics_are_refused() -> None:
    query: Any = make_report()["queries"][0]
    for metric in ("ndcg@20", "recall@20", "accuracy"):
        with pytest.raises(ValueError, match="must be one of"):
            query_value(query, "after", metric)


def test_questions_are_the_same_by_what_is_asked_and_what_is_right() -> None:
    first: Any = make_report()
    renamed: Any = make_report()
    for query in renamed["queries"]:
        query["id"] = f"other-{query['id']}"
        query["relevant"] = [f"new-{name}" for name in query["relevant"]]
    renamed["documents"] = {f"new-{name}": text for name, text in renamed["documents"].items()}
    renamed["queries"].reverse()
    left, right = shared_queries([first, renamed])
    assert [query["query"] for query in left] == [query["query"] for query in right]
    assert len(left) == 6
    renamed["queries"][0]["query"] = "something else"
    renamed["documents"][renamed["queries"][1]["relevant"][0]] = "another answer"
    assert len(shared_queries([first, renamed])[0]) == 4


def test_differences_equal_those_of_a_report_and_of_scipy() -> None:
    source = np.random.default_rng(4)
    columns = source.random((150, 3))
    columns[:, 1] += source.normal(0.05, 0.2, 150)
    found = estimate_differences(columns, [(0, 1), (0, 2)], level=0.95)
    for (_, other), estimate in zip([(0, 1), (0, 2)], found, strict=True):
        before, after = (dict(enumerate(columns[:, at])) for at in (0, other))
        known = paired_difference({str(k): v for k, v in before.items()}, {str(k): v for k, v in after.items()}, "m")
        width = known["ci95"][1] - known["ci95"][0]
        assert estimate.mean == pytest.approx(known["mean"])
        assert [estimate.low, estimate.high] == pytest.approx(known["ci95"], abs=0.05 * width)
        assert estimate.p_value == pytest.approx(known["p_value"], abs=0.02)
    sample = (columns[:, 1],)
    wide = stats.bootstrap(sample, np.mean, n_resamples=10_000, method="percentile", confidence_level=0.99, rng=1)
    mean = estimate_means(columns, level=0.99)[1]
    assert [mean.low, mean.high] == pytest.approx(list(wide.confidence_interval), abs=0.006)


def test_large_tests_are_drawn_in_blocks_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = np.random.default_rng(0).random((40, 2))
    whole = estimate_differences(columns, [(0, 1)])[0]
    monkeypatch.setattr(between_runs, "BLOCK", 40 * 37)
    parts = estimate_differences(columns, [(0, 1)])[0]
    assert (parts.mean, parts.low, parts.high) == pytest.approx((whole.mean, whole.low, whole.high), abs=0.01)
    assert parts.p_value == pytest.approx(whole.p_value, abs=0.03)


def test_queries_that_reports_call_alike_count_once() -> None:
    columns = np.random.default_rng(1).random((30, 2))
    queries = [{"id": f"q{at}", "alike": at // 3} if at < 60 else {"id": f"q{at}"} for at in range(90)]
    earlier = [{"id": f"q{at}"} for at in range(90)]
    clusters, reversed_order = clusters_of([queries, earlier]), clusters_of([earlier, queries])
    assert np.array_equal(clusters.of, reversed_order.of)
    assert clusters.count == 20 + 30 and clusters.sizes.tolist() == [3] * 20 + [1] * 30
    thrice = clusters_of([[{"id": str(at), "alike": at // 3} for at in range(90)]])
    once, again = (
        estimate_differences(values, [(0, 1)], clusters=known)[0]
        for values, known in ((columns, None), (np.repeat(columns, 3, axis=0), thrice))
    )
    assert (again.low, again.high, again.p_value) == pytest.approx((once.low, once.high, once.p_value))
    means = [estimate_means(columns)[0], estimate_means(np.repeat(columns, 3, axis=0), clusters=thrice)[0]]
    assert (means[1].low, means[1].high) == pytest.approx((means[0].low, means[0].high))


def test_one_question_in_many_spellings_tells_nothing() -> None:
    columns, one = np.tile([0.2, 0.7], (30, 1)), Clusters.by([0] * 30)
    difference = estimate_differences(columns, [(0, 1)], clusters=one)[0]
    assert (difference.low, difference.high, difference.p_value) == (-1, 1, 1)
    mean = estimate_means(columns, clusters=one)[1]
    assert (mean.mean, mean.low, mean.high) == (pytest.approx(0.7), 0, 1)


def test_the_same_model_twice_is_no_difference() -> None:
    columns = np.repeat(np.random.default_rng(0).random((30, 1)), 2, axis=1)
    estimate = estimate_differences(columns, [(0, 1)])[0]
    assert (estimate.mean, estimate.low, estimate.high, estimate.p_value) == (0, 0, 0, 1)


def test_six_comparisons_of_equal_models_seldom_claim_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 95% intervals for each, some 16 pages of 100 would claim a difference that is none; widened, at most 5."""
    monkeypatch.setattr(between_runs, "RESAMPLES", 2_000)
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    source = np.random.default_rng(7)
    claims = {0.95: 0, 1 - 0.05 / len(pairs): 0}
    for _ in range(300):
        columns = source.random((60, 1)) + source.normal(0, 0.2, (60, 4))
        for level in claims:
            claims[level] += any(
                each.low > 0 or each.high < 0 for each in estimate_differences(columns, pairs, level=level)
            )
    naive, widened = claims.values()
    assert naive > 300 * 0.12
    assert widened <= 300 * 0.08  # 5 of 100, and two standard errors


def test_values_are_by_query_and_system() -> None:
    queries = shared_queries([make_report(), make_report(after=[1] * 6)])  # type: ignore[list-item]
    values = system_values(queries, [(0, "before"), (0, "after"), (1, "after")], "hit@1")
    assert values.T.tolist() == [[0, 0, 0, 0, 0, 1], [1, 1, 0, 1, 0, 1], [1] * 6]
