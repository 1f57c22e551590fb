"""Whole runs: a tiny real model from split to archive, and the embedded model on real words."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.tiny import make_split
from trainer.config import FinetuneConfig
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.encoders.text import TextEncoder
from trainer.errors import Cancelled, DataError, ModelError
from trainer.index import read_index
from trainer.pipeline import finetune
from trainer.progress import Event, Stage, StageEvent, StepEvent, ValidationEvent
from trainer.report import Report, read_report

CONFIG = FinetuneConfig.for_preset("balanced", learning_rate=5e-3, epochs=5, batch_size=24, blends=(0.0, 0.5, 1.0))


@pytest.fixture(scope="module")
def finished(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path, list[Event]]:
    folder = tmp_path_factory.mktemp("run")
    events: list[Event] = []
    report = finetune(
        make_split(),
        base_model=str(tiny_model),
        config=CONFIG,
        output=folder / "out",
        work_folder=folder / "work",
        rejected=[{"file": "pairs.csv", "row": 3, "reason": "empty"}],
        on_event=events.append,
    )
    return report, folder, events


def test_learns_what_there_is_to_learn(finished: tuple[Report, Path, list[Event]]) -> None:
    report, _, _ = finished
    assert report["verdict"] == "better"
    assert report["after"]["ndcg@10"] > report["before"]["ndcg@10"] + 0.3
    assert report["blend"] > 0
    assert {choice["blend"] for choice in report["choices"]} == {0.0, 0.5, 1.0}
    assert [epoch for epoch, _ in report["training"]["validation"]] == list(range(11))
    assert report["training"]["loss"][-1][0] == 40  # 2 trainings of 5 epochs of 4 steps


def test_leaves_report_archive_and_index(finished: tuple[Report, Path, list[Event]]) -> None:
    report, folder, _ = finished
    out = folder / "out"
    assert sorted(path.name for path in out.iterdir()) == ["index", "model.zip", "report.json"]
    named = report | {"base_model": Path(report["base_model"]).name}  # a file that is passed on names no path
    assert read_report(out / "report.json") == json.loads(json.dumps(named))
    with zipfile.ZipFile(out / "model.zip") as archive:
        archive.extractall(folder / "unpacked")
    (model,) = (folder / "unpacked").iterdir()
    index = read_index(out / "index")
    assert index.texts == list(make_split().data.documents.values())
    np.testing.assert_allclose(TextEncoder.load(model, device="cpu").encode(index.texts), index.after, atol=1e-4)
    assert np.abs(index.after - index.before).max() > 0.01


def test_tells_stages_in_order_as_one_training(finished: tuple[Report, Path, list[Event]]) -> None:
    _, _, events = finished
    stages = [event for event in events if isinstance(event, StageEvent)]
    assert list(dict.fromkeys(event.stage for event in stages)) == list(Stage)
    assert [event.fraction for event in stages] == sorted(event.fraction for event in stages)
    assert stages[-1].fraction == 1.0
    steps = [event.step for event in events if isinstance(event, StepEvent)]
    assert steps == sorted(steps)
    assert steps[-1] == 40
    assert [event.epoch for event in events if isinstance(event, ValidationEvent)] == list(range(11))


def test_wrong_examples_do_no_harm(finished: tuple[Report, Path, list[Event]], tmp_path: Path) -> None:
    """A base that is good already, and training pairs matched at random: the base must be what is published."""
    _, folder, _ = finished
    report = finetune(
        make_split(shuffled=True, seed=1),
        base_model=str(folder / "work" / "model"),
        config=replace(CONFIG, epochs=2, try_without=False),
        output=tmp_path / "out",
        work_folder=tmp_path / "work",
    )
    assert report["after"]["ndcg@10"] >= report["before"]["ndcg@10"]
    assert report["before"]["ndcg@10"] > 0.2


def test_cancelled_in_the_middle_leaves_nothing_and_can_go_on(tiny_model: Path, tmp_path: Path) -> None:
    seen: list[Event] = []
    with pytest.raises(Cancelled):
        finetune(
            make_split(),
            base_model=str(tiny_model),
            config=CONFIG,
            output=tmp_path / "out",
            work_folder=tmp_path / "work",
            on_event=seen.append,
            should_stop=lambda: any(isinstance(event, ValidationEvent) and event.epoch == 2 for event in seen),
        )
    assert list((tmp_path / "out").iterdir()) == []
    assert (tmp_path / "work" / "before.safetensors").exists()


def test_says_what_is_missing(tiny_model: Path, tmp_path: Path) -> None:
    split = make_split()
    for broken, message in ((replace(split, train=()), "to learn from"), (replace(split, test=()), "judge")):
        with pytest.raises(DataError, match=message):
            finetune(broken, base_model=str(tiny_model), config=CONFIG, output=tmp_path, work_folder=tmp_path)
    with pytest.raises(ModelError, match="no-such-model"):
        finetune(split, base_model="no-such-model", config=CONFIG, output=tmp_path, work_folder=tmp_path)


WORDS = {
    "Bakeries": ["bread rolls", "sourdough loaves", "birthday cakes", "pretzels"],
    "Forestry": ["felling trees", "timber tracts", "logging spruce", "growing pine for pulp"],
    "Dentists": ["root canal treatment", "filling teeth", "oral check-up", "braces for children"],
    "Courier services": [
        "parcel delivery",
        "same-day documents by bicycle",
        "sending letters fast",
        "express packages",
    ],
    "Plumbing": ["leaking taps", "blocked drains", "installing a boiler", "burst pipe"],
}


@pytest.mark.model
def test_the_embedded_model_end_to_end(tmp_path: Path) -> None:
    documents = {f"d{place}": text for place, text in enumerate(WORDS)}
    queries = {f"q{d}{n}": words for d, texts in enumerate(WORDS.values()) for n, words in enumerate(texts)}
    data = PairDataset(queries, documents, {name: {f"d{name[1]}": 1.0} for name in queries})
    train, validation, test = (tuple(name for name in queries if name[2] in numbers) for numbers in ("01", "2", "3"))
    split = SplitDataset(
        data, train, validation, test, SplitKind.NEW_QUESTIONS, 0, frozenset(test), {"kind": "new_questions"}
    )
    config = FinetuneConfig.for_preset("quick", epochs=1)
    report = finetune(
        split, base_model="minilm-l6", config=config, output=tmp_path / "out", work_folder=tmp_path / "work"
    )
    assert report["before"]["ndcg@10"] > 0.8
    assert report["after"]["ndcg@10"] >= report["before"]["ndcg@10"]
    assert (tmp_path / "out" / "model.zip").stat().st_size > 90_000_000
