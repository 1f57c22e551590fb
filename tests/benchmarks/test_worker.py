"""Whole measurements of a tiny real model, on a data set in files."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from benchmarks.comparison.packages import TRAINER_PACKAGES
from benchmarks.comparison.results import Job, Measurement, System, from_line
from benchmarks.comparison.worker import chosen_name, measure, training_seconds
from trainer.report import Report


@pytest.fixture(scope="module")
def tiny_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The problem that the tiny model can learn, as a folder of CSV files."""
    from tests.trainer.tiny import make_split

    split, folder = make_split(), tmp_path_factory.mktemp("sets") / "tiny"
    folder.mkdir()
    data = split.data
    texts = {q: [data.queries[q], data.documents[next(iter(data.relevance[q]))]] for q in data.queries}
    files = {
        "train_100.csv": [["query", "document"], *(texts[q] for q in (*split.train, *split.validation))],
        "test.csv": [["query", "document"], *(texts[q] for q in split.test)],
        "catalogue.csv": [["document"], *([text] for text in data.documents.values())],
    }
    for name, rows in files.items():
        with (folder / name).open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def check(found: Measurement, job: Job) -> None:
    assert found.job == job
    assert found.ndcg == pytest.approx(sum(found.per_query) / len(found.per_query), abs=1e-5)
    assert len(found.per_query) == 36
    assert 100 < found.megabytes <= found.megabytes_whole


def test_a_preset_and_its_base(tiny_set: Path, tiny_model: Path) -> None:
    job, base = (Job("tiny", 100, 0, system) for system in (System.QUICK, System.BASE))
    found, untrained = (measure(one, tiny_set, str(tiny_model)) for one in (job, base))
    check(found, job)
    check(untrained, base)
    assert untrained.ndcg == untrained.before == pytest.approx(found.before)
    assert untrained.seconds == 0 < found.seconds
    assert found.processor_seconds > 0


def test_the_candidate_that_the_report_says_is_chosen_is_named() -> None:
    """All but the base have the same epoch and share of tuned weights."""
    names = ("4 hard negatives, 50% tuned", "4 hard negatives, 50% tuned, 25% adapter", "mean of all 3 ways, 50% tuned")
    choices = [{"candidate": "base", "recipe": 0, "epoch": 0, "blend": 0.0, "score": 0.4, "chosen": False}]
    choices += [{**choices[0], "candidate": name, "recipe": 1, "epoch": 3, "blend": 0.5} for name in names]
    for place, name in enumerate(("base", *names)):
        marked = [{**choice, "chosen": choice["candidate"] == name} for choice in choices]
        head = {"recipe": int(place > 0), "epoch": choices[place]["epoch"], "blend": choices[place]["blend"]}
        assert chosen_name(cast(Report, {**head, "choices": marked})) == name


def test_loading_encoding_and_judging_are_outside_of_the_clock() -> None:
    report: Report = {"seconds": {"load": 1, "before": 2, "fit": 4, "choose": 8, "after": 16, "total": 31}}  # type: ignore[typeddict-item]
    assert training_seconds(report) == 12


@pytest.mark.slow
@pytest.mark.skipif(
    not TRAINER_PACKAGES.is_dir(), reason="make bench installs what sentence-transformers' trainer needs"
)
def test_the_best_of_nine(tiny_set: Path, tiny_model: Path) -> None:
    job = Job("tiny", 100, 0, System.BEST)
    plain = json.dumps({**vars(job), "system": job.system.value})
    command = [sys.executable, "-m", "benchmarks.comparison.worker", plain]
    command += ["--sets", str(tiny_set.parent), "--base-model", str(tiny_model)]
    environment = os.environ | {"PYTHONPATH": str(TRAINER_PACKAGES), "HF_HUB_OFFLINE": "1"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found = from_line(ended.stdout.splitlines()[-1])
    check(found, job)
    assert found.chosen.startswith("lr 1e-04")  # random weights: the more they move the better
    assert found.ndcg > found.before
