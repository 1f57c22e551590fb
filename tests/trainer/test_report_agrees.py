"""The figures of a real run's report.json, computed again by ir-measures and scipy from its lists of results alone."""

from pathlib import Path

import ir_measures
import numpy as np
import pytest
from scipy import stats

from tests.trainer.tiny import make_split
from trainer.config import FinetuneConfig
from trainer.pipeline import finetune
from trainer.report import Report, read_report, write_report

MEASURES = {"ndcg@10": ir_measures.nDCG @ 10, "mrr@10": ir_measures.RR @ 10, "map@10": ir_measures.AP @ 10}
MEASURES |= {f"hit@{k}": ir_measures.Success @ k for k in (1, 3, 10)}
MEASURES |= {f"recall@{k}": ir_measures.R @ k for k in (1, 3, 10)}


@pytest.fixture(scope="module")
def report(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Read back from the file."""
    folder = tmp_path_factory.mktemp("run")
    config = FinetuneConfig.for_preset("balanced", learning_rate=5e-3, epochs=3, batch_size=24, blends=(0.0, 0.5))
    found = finetune(
        make_split(seed=2), base_model=str(tiny_model), config=config, output=None, work_folder=folder / "work"
    )
    write_report(found, folder / "report.json")
    return read_report(folder / "report.json")


def by_ir_measures(report: Report, system: str, metric: str) -> list[float]:
    """The value of each question, in the report's order. Places stand for scores: whoever ranked settled the ties."""
    qrels = {query["id"]: dict.fromkeys(query["relevant"], 1) for query in report["queries"]}
    run = {
        query["id"]: {name: -float(place) for place, (name, _) in enumerate(query[system]["top"])}  # type: ignore[literal-required]
        for query in report["queries"]
    }
    found = {value.query_id: value.value for value in ir_measures.iter_calc([MEASURES[metric]], qrels, run)}
    return [found.get(query["id"], 0.0) for query in report["queries"]]


@pytest.mark.parametrize("metric", MEASURES)
def test_the_metrics_of_a_real_run_agree_with_ir_measures(report: Report, metric: str) -> None:
    for system in ("before", "after", "keyword"):
        values = by_ir_measures(report, system, metric)
        assert report[system][metric] == pytest.approx(np.mean(values), abs=1e-9)
        known = [value for value, query in zip(values, report["queries"], strict=True) if query["known_items"]]
        assert report[system]["known_items"]["metrics"][metric] == pytest.approx(np.mean(known), abs=1e-9)
    assert len(report["queries"]) == 36


@pytest.mark.parametrize("metric", ["ndcg@10", "hit@1", "hit@3"])
def test_interval_and_p_value_of_a_real_run_agree_with_scipy(report: Report, metric: str) -> None:
    before, after = (np.array(by_ir_measures(report, system, metric)) for system in ("before", "after"))
    changes, n = after - before, len(before)
    found = report["differences"][metric]
    interval = stats.bootstrap((changes,), np.mean, n_resamples=20_000, method="percentile", rng=1).confidence_interval
    wider = stats.t.ppf(0.975, n - 1) / stats.norm.ppf(0.975) * (n / (n - 1)) ** 0.5
    ends = [changes.mean() + (end - changes.mean()) * wider for end in (interval.low, interval.high)]
    test = stats.permutation_test((changes,), np.mean, permutation_type="samples", n_resamples=20_000, rng=1)
    assert len(set(changes.tolist())) > 1, "something changed"
    assert found["mean"] == pytest.approx(changes.mean(), abs=1e-9)
    assert found["ci95"] == pytest.approx(ends, abs=max(0.06 * (ends[1] - ends[0]), 1 / n))
    assert found["p_value"] == pytest.approx(test.pvalue, abs=0.02)
    if metric == "ndcg@10":
        assert found == report["difference"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_a_run_on_shuffled_labels_is_never_better(tiny_model: Path, tmp_path: Path, seed: int) -> None:
    report = finetune(
        make_split(shuffled=True, seed=seed),
        base_model=str(tiny_model),
        config=FinetuneConfig.for_preset("quick", seed=seed),
        output=None,
        work_folder=tmp_path / "work",
    )
    assert report["verdict"] != "better"


def test_every_way_of_learning_is_among_the_choices_or_told_as_not_tried(report: Report) -> None:
    """This run's first way wins so clearly that the second is not tried."""
    tried = {choice["candidate"].split(", ")[0] for choice in report["choices"][1:]}
    assert (tried, report["choice_rule"]["not_tried"]) == ({"4 hard negatives"}, ["no hard negatives"])
    (chosen,) = [choice for choice in report["choices"] if choice["chosen"]]
    assert chosen["gain"]["mean"] == pytest.approx(chosen["score"] - report["choices"][0]["score"])
    assert chosen["gain"]["n"] == report["data"]["n_validation"] == 96
    assert chosen["adjusted"] == max(choice["adjusted"] for choice in report["choices"][1:])
