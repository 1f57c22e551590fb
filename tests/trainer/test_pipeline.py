"""Whole runs: a tiny real model from split to archive, and the embedded model on real words."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from tests.trainer.tiny import make_split
from trainer.config import FinetuneConfig
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.encoders.text import TextEncoder
from trainer.errors import Cancelled, DataError, ModelError
from trainer.index import read_index
from trainer.pipeline import finetune
from trainer.progress import Event, LogEvent, Stage, StageEvent, StepEvent, ValidationEvent
from trainer.report import Report, read_report

CONFIG = FinetuneConfig.for_preset("balanced", learning_rate=5e-3, epochs=5, batch_size=24, blends=(0.0, 0.5, 1.0))
CONFIG = replace(CONFIG, race=False, adapters=())  # all that is tried is told, so that it can be counted
TURNS = 4  # of as few examples as these, there are more than the preset asks for
EPOCHS = TURNS * (5 + 12)  # with and without hard negatives
STEPS = TURNS * (5 + 12) * 3


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
    assert [(choice["recipe"], choice["blend"]) for choice in report["choices"]] == [
        (0, 0.0),
        (1, 0.5),
        (1, 1.0),
        (2, 0.5),
        (2, 1.0),
    ]
    (chosen,) = [choice for choice in report["choices"] if choice["chosen"]]
    assert (chosen["recipe"], chosen["blend"], chosen["epoch"]) == (
        report["recipe"],
        report["blend"],
        report["epoch"],
    )
    epochs = [epoch for epoch, _ in report["training"]["validation"]]
    assert epochs[0] == 0 and epochs[-1] == EPOCHS and epochs == sorted(set(epochs))
    assert report["training"]["loss"][-1][0] == STEPS


def test_every_question_to_learn_from_chose_as_well(finished: tuple[Report, Path, list[Event]]) -> None:
    data = finished[0]["data"]
    assert (data["n_train"], data["n_validation"], data["choosing"], data["n_test_queries"]) == (96, 96, "turns", 36)


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
    assert steps[-1] == STEPS
    epochs = [event.epoch for event in events if isinstance(event, ValidationEvent)]
    assert epochs[0] == 0 and epochs[-1] == EPOCHS and epochs == sorted(set(epochs))


def finetuned(
    model: Path, folder: Path, config: FinetuneConfig, split: SplitDataset, publish: bool = True, **options: Any
) -> Report:
    """A run that leaves out the int8 file, or all files, which take time where they are not the point."""
    places: dict[str, Any] = {"output": folder / "out" if publish else None, "work_folder": folder / "work"}
    return finetune(split, base_model=str(model), config=replace(config, int8=False), **places, **options)


QUICK = FinetuneConfig.for_preset("quick")


@pytest.mark.parametrize("config", [QUICK, replace(CONFIG, epochs=2, adapters=(0.25, 0.5))], ids=["quick", "balanced"])
@pytest.mark.parametrize("seed", range(3))
def test_wrong_examples_do_no_harm(
    finished: tuple[Report, Path, list[Event]], tmp_path: Path, config: FinetuneConfig, seed: int
) -> None:
    """A base that is good already, and training pairs matched at random: the base must be what is published."""
    _, folder, _ = finished
    report = finetuned(folder / "work" / "model", tmp_path, config, make_split(shuffled=True, seed=seed + 1))
    assert report["before"]["ndcg@10"] > 0.2
    assert (report["blend"], report["recipe"], report["verdict"]) == (0, 0, "same")
    assert report["after"] == report["before"]
    index = read_index(tmp_path / "out" / "index")
    assert np.array_equal(index.before, index.after)


def test_questions_set_aside_choose_alone(tiny_model: Path, tmp_path: Path) -> None:
    split = make_split(n_validation=36)
    report = finetuned(tiny_model, tmp_path, replace(CONFIG, try_without=False), split, publish=False)
    assert not (tmp_path / "out").exists()
    assert report["after"]["ndcg@10"] > report["before"]["ndcg@10"] + 0.3
    data = report["data"]
    assert (data["n_train"], data["n_validation"], data["choosing"]) == (96, 36, "aside")
    assert report["training"]["loss"][-1][0] == 20  # one training on all 96 pairs, 5 times 4 steps
    assert report["training"]["validation"][-1][0] == 5


def test_many_examples_are_passed_over_once_more(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = make_split(n_validation=36)
    config = replace(CONFIG, more_for_many=True, try_without=False, epochs=2)
    passes = []
    for at_least in (len(split.train) + 1, len(split.train)):
        monkeypatch.setattr("trainer.config.MANY_EXAMPLES", at_least)
        report = finetuned(tiny_model, tmp_path / str(at_least), config, split, publish=False)
        assert report["training"]["validation"][-1][0] == report["settings"]["epochs"]
        passes.append(report["settings"]["epochs"])
    assert passes == [2, 3]


def test_quick_learns_an_adapter_and_publishes_it_as_a_stock_module(
    finished: tuple[Report, Path, list[Event]], tmp_path: Path
) -> None:
    """Half learned: what a matrix on top can still add is little, but here it is sure."""
    _, folder, _ = finished
    report = finetuned(folder / "work" / "model", tmp_path, QUICK, make_split(seed=5))
    assert report["training"]["loss"] == []
    assert {choice["recipe"] for choice in report["choices"]} == {0, 1}
    assert report["blend"] > 0 and report["after"]["ndcg@10"] >= report["before"]["ndcg@10"]
    with zipfile.ZipFile(tmp_path / "out" / "model.zip") as archive:
        (modules,) = [name for name in archive.namelist() if name.endswith("/modules.json")]
        assert [m["type"].rpartition(".")[2] for m in json.loads(archive.read(modules))].count("Dense") == 1
        archive.extractall(tmp_path)
    index = read_index(tmp_path / "out" / "index")
    stock = SentenceTransformer(str(tmp_path / modules.split("/")[0]), device="cpu", local_files_only=True)
    np.testing.assert_allclose(stock.encode(index.texts), index.after, atol=1e-4)


SHORT = replace(CONFIG, epochs=2, mine_anew=True, adapters=(0.5,), blends=(0.0, 1.0))


def assert_equal_runs(again: Report, whole: Report, atol: float, *, in_order: bool = True) -> None:
    """in_order: whether the trainings followed each other in the same order, and so the points of the curves."""
    for part in ("loss", "validation"):
        points, others = (np.array(run["training"][part]) for run in (again, whole))
        if not in_order:
            points, others = np.sort(points, axis=0), np.sort(others, axis=0)
        np.testing.assert_allclose(points, others, atol=atol)
    assert [choice["candidate"] for choice in again["choices"]] == [choice["candidate"] for choice in whole["choices"]]
    for key in ("score", "blend"):
        found, expected = ([choice[key] for choice in run["choices"]] for run in (again, whole))
        np.testing.assert_allclose(found, expected, atol=atol)
    assert (again["recipe"], again["blend"], again["epoch"]) == (whole["recipe"], whole["blend"], whole["epoch"])
    for metric in ("ndcg@10", "hit@3", "mrr@10"):
        assert again["after"][metric] == pytest.approx(whole["after"][metric], abs=atol)


@pytest.fixture(scope="module")
def uninterrupted(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    """A short run that mines anew and ends with an adapter on top of what it trained; one training after the other."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trainer.trainings.count_lanes", lambda encoder, trainings: 1)
        return finetuned(tiny_model, folder, SHORT, make_split()), folder


def test_the_same_seed_gives_the_same_numbers(
    tiny_model: Path, tmp_path: Path, uninterrupted: tuple[Report, Path]
) -> None:
    whole, folder = uninterrupted
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trainer.trainings.count_lanes", lambda encoder, trainings: 1)
        assert_equal_runs(finetuned(tiny_model, tmp_path, SHORT, make_split()), whole, atol=1e-6)
    found, expected = (read_index(place / "out" / "index").after for place in (tmp_path, folder))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert whole["choices"][0]["score"] > 0


def in_a_training(events: list[Event]) -> bool:
    """Somewhere in the third training of the second turn."""
    return any(isinstance(event, StepEvent) and event.epoch > 2 + 2 + 3 + 2 + 2 + 1 for event in events)


def between_two_turns(events: list[Event]) -> bool:
    """Right when the third turn begins."""
    return any(isinstance(event, LogEvent) and event.message.startswith("Taking turns, 3") for event in events)


@pytest.mark.parametrize(
    ("killed", "moment", "lanes"),
    [
        pytest.param(False, in_a_training, 1, id="cancelled-in_a_training", marks=pytest.mark.slow),
        pytest.param(False, between_two_turns, 1, id="cancelled-between_two_turns"),
        pytest.param(True, in_a_training, 1, id="killed-in_a_training", marks=pytest.mark.slow),
        pytest.param(True, in_a_training, 2, id="killed-in_two_trainings"),
        pytest.param(True, between_two_turns, 1, id="killed-between_two_turns", marks=pytest.mark.slow),
    ],
)
def test_interrupted_and_resumed_equals_uninterrupted(
    tiny_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    uninterrupted: tuple[Report, Path],
    moment: Callable[[list[Event]], bool],
    killed: bool,
    lanes: int,
) -> None:
    """lanes: trainings side by side; the uninterrupted run had one after the other."""

    class Killed(BaseException):
        pass

    monkeypatch.setattr("trainer.fit.SECONDS_BETWEEN_SAVES", (0.0, 0.0))
    monkeypatch.setattr("trainer.fit.SECONDS_BETWEEN_EVENTS", 0.0)
    monkeypatch.setattr("trainer.trainings.count_lanes", lambda encoder, trainings: lanes)
    seen: list[Event] = []

    def stop() -> bool:
        if killed and moment(seen):
            raise Killed
        return moment(seen)

    with pytest.raises(Killed if killed else Cancelled):
        finetuned(tiny_model, tmp_path, SHORT, make_split(), on_event=seen.append, should_stop=stop)
    assert list((tmp_path / "out").iterdir()) == []
    assert (tmp_path / "work" / "before.safetensors").exists()
    seen_again: list[Event] = []
    again = finetuned(tiny_model, tmp_path, SHORT, make_split(), publish=False, on_event=seen_again.append)
    assert_equal_runs(again, uninterrupted[0], atol=1e-3, in_order=lanes == 1)
    trained = {int(event.step) for event in seen_again if isinstance(event, StepEvent)}
    assert min(trained) > 12, "what was trained already was trained again"


@pytest.mark.parametrize("other", ["nothing", "folds", "program"])
def test_a_state_of_other_folds_or_of_another_program_is_not_taken_up(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    """Models of other folds learned from questions that would now judge them; another version may train otherwise."""
    monkeypatch.setattr("trainer.fit.SECONDS_BETWEEN_SAVES", (0.0, 0.0))
    config, split = replace(SHORT, mine_anew=False, try_without=False, epochs=1), make_split()
    finetuned(tiny_model, tmp_path, config, split, publish=False)
    assert list(tmp_path.rglob("state.safetensors"))
    if other == "program":
        monkeypatch.setattr("trainer.pipeline._program", lambda: "the next version")
    split = replace(split, seed=1) if other == "folds" else split
    events: list[Event] = []
    finetuned(tiny_model, tmp_path, config, split, publish=False, on_event=events.append)
    resumed = [event for event in events if isinstance(event, LogEvent) and "goes on after" in event.message]
    assert bool(resumed) is (other == "nothing")
    assert any(isinstance(event, StepEvent) for event in events) is (other != "nothing")


def test_any_whole_number_is_a_seed(tiny_model: Path, tmp_path: Path) -> None:
    report = finetuned(tiny_model, tmp_path, replace(QUICK, seed=-(2**31)), make_split(), publish=False)
    low, high = report["difference"]["ci95"]
    assert low <= report["difference"]["mean"] <= high
    assert report["curves"]


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
