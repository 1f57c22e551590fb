"""The arithmetic of the tables, on numbers that can be checked in one's head."""

import pytest

from benchmarks.comparison.results import System
from benchmarks.comparison.rows import ALL_SETS, Row, rows_of
from tests.benchmarks.measurements import measured, results_of


def row(rows: list[Row], name: str, system: System) -> Row:
    (found,) = (row for row in rows if (row.set, row.system) == (name, system))
    return found


def test_means_over_seeds_and_ratios_to_the_standard_trainer() -> None:
    results = results_of(
        measured("st", 0.48, seed=0, seconds=20.0, processor_seconds=30.0),
        measured("st", 0.52, seed=1, seconds=40.0, processor_seconds=50.0),
        measured("balanced", 0.57, seed=0, seconds=10.0, processor_seconds=10.0, megabytes=900.0),
        measured("balanced", 0.61, seed=1, seconds=14.0, processor_seconds=20.0, megabytes=1_100.0),
    )
    found = row(rows_of(results, 300), "a", System.BALANCED)
    assert (found.runs, found.ndcg, found.gain) == (2, pytest.approx(0.59), pytest.approx(0.19))
    assert found.sd == pytest.approx(0.02 * 2**0.5)
    assert found.gain_ratio == pytest.approx(1.9)
    assert found.seconds_ratio == pytest.approx(12 / 30)
    assert found.processor_ratio == pytest.approx(15 / 40)
    assert found.megabytes == 1_000.0
    standard = row(rows_of(results, 300), "a", System.STANDARD)
    assert (standard.gain_ratio, standard.seconds_ratio) == (1.0, 1.0)


def test_average_over_sets_divides_mean_gains_and_leaves_out_incomplete_sets() -> None:
    results = results_of(
        measured("st", 0.41, name="a"),
        measured("quick", 0.43, name="a"),
        measured("st", 0.50, name="b", seconds=30.0),
        measured("quick", 0.54, name="b", seconds=6.0),
        measured("st", 0.90, name="unfinished"),
    )
    rows = rows_of(results, 300)
    mean = row(rows, ALL_SETS, System.QUICK)
    assert mean.gain == pytest.approx(0.085)
    assert mean.gain_ratio == pytest.approx(0.085 / 0.055)
    assert mean.seconds_ratio == pytest.approx(8 / 20)
    assert row(rows, ALL_SETS, System.STANDARD).ndcg == pytest.approx(0.455)
    assert row(rows, "unfinished", System.STANDARD).ndcg == 0.90


def test_no_ratio_where_there_is_nothing_to_divide_by() -> None:
    alone = row(rows_of(results_of(measured("quick", 0.5)), 300), "a", System.QUICK)
    assert (alone.gain_ratio, alone.seconds_ratio, alone.sd, alone.against_best) == (None, None, None, None)
    lost = results_of(measured("st", 0.39), measured("quick", 0.5))
    assert row(rows_of(lost, 300), "a", System.QUICK).gain_ratio is None


def test_sizes_and_shuffled_runs_are_kept_apart() -> None:
    results = results_of(
        measured("quick", 0.5), measured("quick", 0.7, size=100), measured("quick", 0.1, shuffled=True)
    )
    assert [found.ndcg for found in rows_of(results, 300)] == [0.5]
    assert [found.ndcg for found in rows_of(results, 100)] == [0.7]


def test_significantly_worse_by_queries_averaged_over_seeds() -> None:
    """Query by query the seeds differ by ±.3 and even out; what remains is a loss of .1 on every query."""
    swing = [0.3, -0.3] * 20
    results = results_of(
        measured("st-best", 0.5, seed=0, per_query=[0.5] * 40),
        measured("st-best", 0.5, seed=1, per_query=[0.5] * 40),
        measured("quick", 0.4, seed=0, per_query=[0.4 + s for s in swing]),
        measured("quick", 0.4, seed=1, per_query=[0.4 - s for s in swing]),
        measured("balanced", 0.5, seed=0, per_query=[0.5 + s for s in swing]),
        measured("thorough", 0.6, seed=7, per_query=[0.6] * 40),
    )
    rows = rows_of(results, 300)
    worse, tied = row(rows, "a", System.QUICK), row(rows, "a", System.BALANCED)
    assert worse.against_best == pytest.approx((-0.1, -0.1, -0.1))
    assert worse.is_significantly_worse
    assert tied.against_best is not None
    assert tied.against_best[1] < 0 < tied.against_best[2]
    assert not tied.is_significantly_worse
    assert row(rows, "a", System.THOROUGH).against_best is None  # no seed in common
