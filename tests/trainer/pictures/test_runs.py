"""Whole runs about pictures with tiny real models: from the split to an archive that verifies itself."""

import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.trainer.pictures.problems import captioned, labelled
from tests.trainer.tiny_pictures import make_tiny_clip, make_tiny_timm
from trainer.config import FinetuneConfig, Tune
from trainer.data.pairs import SplitDataset
from trainer.data.picture_store import PictureStore
from trainer.encoders.picture import PictureEncoder
from trainer.errors import Cancelled
from trainer.export.verify import load_towers
from trainer.index import read_index
from trainer.loss_choice import CLOSED_FORM
from trainer.pictures.fit import Settings
from trainer.pictures.turns import PictureTurns
from trainer.pictures.zero_shot import TEMPLATES
from trainer.pipeline import finetune
from trainer.progress import Event, LogEvent, StepEvent, never
from trainer.report import Report, read_report
from trainer.trainings import Trained
from trainer.validation import Scores

QUICK = FinetuneConfig.for_preset("quick")
BALANCED = FinetuneConfig.for_preset("balanced", learning_rate=1e-3, blends=(0.0, 0.5, 1.0))


def run(
    problem: tuple[SplitDataset, PictureStore],
    model: Path,
    folder: Path,
    config: FinetuneConfig,
    on_event: Callable[[Event], None] = lambda event: None,
    should_stop: Callable[[], bool] = never,
    publish: bool = False,
) -> Report:
    """publish: also into folder / "out", which takes longest; most of what is to be seen is in the report."""
    split, store = problem
    return finetune(
        split,
        base_model=str(model),
        config=config,
        output=folder / "out" if publish else None,
        work_folder=folder / "work",
        pictures=store,
        on_event=on_event,
        should_stop=should_stop,
        device="cpu",
    )


def verify(archive: Path, folder: Path) -> None:
    """Runs the archive's own verify.py in a fresh process."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    (script,) = folder.glob("*/verify.py")
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def by_label(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path, tuple[SplitDataset, PictureStore]]:
    folder = tmp_path_factory.mktemp("labels")
    problem, model = labelled(folder), make_tiny_timm(folder / "model")
    return run(problem, model, folder, BALANCED, publish=True), folder, problem


def test_labels_are_learned(by_label: tuple[Report, Path, tuple[SplitDataset, PictureStore]]) -> None:
    report, folder, _ = by_label
    assert report["task"] == "image-image"
    assert report["verdict"] == "better"
    assert report["after"]["map@10"] > report["before"]["map@10"] + 0.05
    assert {choice["candidate"].split(",")[0] for choice in report["choices"]} == {"base", "on top", "upper layers"}
    assert read_report(folder / "out" / "report.json") == report | {"base_model": "model"}


def test_what_the_small_file_costs_is_measured(
    by_label: tuple[Report, Path, tuple[SplitDataset, PictureStore]],
) -> None:
    report, folder, _ = by_label
    whole, small = report["variants"]
    assert (whole["kind"], small["kind"]) == ("full", "int8")
    assert whole["score"] == pytest.approx(report["after"]["ndcg@10"])
    assert small["difference"]["n"] == len(report["queries"])
    assert abs(small["difference"]["mean"]) < 0.05
    with zipfile.ZipFile(folder / "out" / "model.zip") as archive:
        (file,) = [entry for entry in archive.infolist() if entry.filename.endswith("_int8.onnx")]
        (exact,) = [entry for entry in archive.infolist() if entry.filename.endswith("/model.onnx")]
        (card,) = [name for name in archive.namelist() if name.endswith("README.md")]
        assert "model_int8.onnx` takes and gives the same" in archive.read(card).decode()
    assert small["model_bytes"] == file.file_size < exact.file_size / 2


def test_only_the_catalogue_is_searched(by_label: tuple[Report, Path, tuple[SplitDataset, PictureStore]]) -> None:
    report, folder, (split, _) = by_label
    index = read_index(folder / "out" / "index")
    assert index.document_ids == [name for name in split.data.documents if name.startswith("c")]
    assert report["data"]["n_documents"] == 24
    shown = {name for query in report["queries"] for name, _ in query["after"]["top"]}
    assert shown <= set(index.document_ids)
    for query in report["queries"]:
        own = split.data.labels[query["id"]]
        assert query["relevant"] == [name for name in index.document_ids if index.labels[name] == own]
    assert report["labels"] == {name: split.data.labels[name] for name in split.test} | index.labels


def test_a_picture_never_counts_against_itself(tmp_path: Path) -> None:
    split, store = labelled(tmp_path, shared=16)
    own = {query_id: document for document, query_id in split.data.twins.items() if document.startswith("c")}
    report = run((split, store), make_tiny_timm(tmp_path / "model"), tmp_path, QUICK, publish=True)
    index = read_index(tmp_path / "out" / "index")
    assert set(own.values()) <= set(index.document_ids), "it can be found by others"
    places = {key: row for row, key in enumerate(index.texts)}
    values = []
    for query in report["queries"]:
        assert own.get(query["id"]) not in {name for name, _ in query["before"]["top"] + query["after"]["top"]}
        assert own.get(query["id"]) not in query["relevant"]
        if query["id"] in own:
            row = places[query["query"]]
            order = np.argsort(-(index.before @ index.before[row]), kind="stable")
            names = [index.document_ids[place] for place in order if place != row]
            assert [name for name, _ in query["before"]["top"]] == names[:10]
            values.append(names[0] in query["relevant"])
            assert (query["before"]["rank"] == 1) == values[-1]
    assert len(values) == 16 and any(values)


def test_the_archive_verifies_itself_and_searches_as_the_index_says(
    by_label: tuple[Report, Path, tuple[SplitDataset, PictureStore]], tmp_path: Path
) -> None:
    _, folder, (_, store) = by_label
    verify(folder / "out" / "model.zip", tmp_path)
    (model,) = (path.parent for path in tmp_path.glob("*/config.json"))
    index = read_index(folder / "out" / "index")
    found = PictureEncoder.load(model, pictures=store, device="cpu").encode(index.texts)
    np.testing.assert_allclose(found, index.after, atol=1e-4)
    assert np.abs(index.after - index.before[:, : index.after.shape[1]]).max() > 1e-3


@pytest.mark.parametrize("tune", [Tune.ADAPTER, pytest.param(Tune.EVERYTHING, marks=pytest.mark.slow)])
def test_embeddings_of_fewer_numbers(tmp_path: Path, tune: Tune) -> None:
    problem, model = labelled(tmp_path), make_tiny_timm(tmp_path / "model")
    config = replace(BALANCED, tune=tune, output_size=16, epochs=1, int8=False)
    report = run(problem, model, tmp_path, config, publish=True)
    assert report["after"]["map@10"] > report["before"]["map@10"] + 0.05
    verify(tmp_path / "out" / "model.zip", tmp_path / "archive")
    (saved,) = (path.parent for path in (tmp_path / "archive").glob("*/config.json"))
    index = read_index(tmp_path / "out" / "index")
    assert index.after.shape[1] == 16
    found = PictureEncoder.load(saved, pictures=problem[1], device="cpu").encode(index.texts)
    np.testing.assert_allclose(found, index.after, atol=1e-4)


def test_the_same_seed_gives_the_same_and_interrupted_equals_uninterrupted(tmp_path: Path) -> None:
    problem, model = labelled(tmp_path), make_tiny_timm(tmp_path / "model")
    whole, again = (run(problem, model, tmp_path / name, BALANCED) for name in ("a", "b"))
    assert [query["after"] for query in whole["queries"]] == [query["after"] for query in again["queries"]]
    steps = 0

    def count(event: Event) -> None:
        nonlocal steps
        steps += isinstance(event, StepEvent)

    for after in (3, 120):
        with pytest.raises(Cancelled):
            run(problem, model, tmp_path / "c", BALANCED, count, lambda after=after: steps > after)  # type: ignore[misc]
    steps = 0
    resumed = run(problem, model, tmp_path / "c", BALANCED, count)
    assert resumed["training"] == whole["training"]
    for one, other in zip(resumed["queries"], whole["queries"], strict=True):
        assert one["after"]["top"] == other["after"]["top"]
    total = whole["training"]["loss"][-1][0]
    assert 0 < steps < total  # trainings that were over were not repeated


def test_wrong_labels_leave_the_base_model_as_it_is(tmp_path: Path) -> None:
    (split, store), model = labelled(tmp_path), make_tiny_timm(tmp_path / "model")
    relevance, random = split.data.relevance, np.random.default_rng(1)
    names = list(split.train)
    drawn = dict(zip(names, random.permutation([split.data.labels[name] for name in names]).tolist(), strict=True))
    labels = split.data.labels | drawn
    documents = relevance.documents | {f"d{name[1:]}": label for name, label in drawn.items()}  # type: ignore[attr-defined]
    wrong = replace(split.data, labels=labels, relevance=type(relevance)(labels, documents, split.data.twins))  # type: ignore[call-arg]
    report = run((replace(split, data=wrong), store), model, tmp_path, QUICK)
    assert report["verdict"] != "better"
    assert report["after"]["ndcg@10"] >= report["before"]["ndcg@10"] - 0.005


def test_quick_teaches_a_clip_model_by_its_last_layers_alone(tmp_path: Path) -> None:
    problem, model = captioned(tmp_path, train=96), make_tiny_clip(tmp_path / "model", width=64)
    report = run(problem, model, tmp_path, QUICK, publish=True)
    assert report["task"] == "text-image"
    assert "keyword" not in report and "zero_shot" not in report
    assert report["after"]["ndcg@10"] > report["before"]["ndcg@10"] + 0.3
    assert {choice["candidate"].split(",")[0] for choice in report["choices"]} == {"base", "on top"}
    assert not (tmp_path / "work" / "activations.f16").exists(), "nothing is kept that only layers would need"
    verify(tmp_path / "out" / "model.zip", tmp_path / "archive")
    sizes = [
        next((tmp_path / "archive").glob(f"*/onnx/{name}")).stat().st_size
        for name in ("picture_int8.onnx", "text.onnx")
    ]
    assert report["variants"][1]["model_bytes"] == sum(sizes), "a search needs the text half as well"
    (tuned,) = (tmp_path / "archive").glob("*/open_clip_model.safetensors")
    before, after = load_file(model / tuned.name), load_file(tuned)
    assert set(before) == set(after), "a stock folder"
    assert {name for name in before if not torch.equal(before[name], after[name])} == {"visual.proj", "text_projection"}


def test_layers_of_a_clip_model_learn_beside_the_matrix_until_they_are_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, model = captioned(tmp_path), make_tiny_clip(tmp_path / "model", width=64)
    config, told = replace(BALANCED, learning_rate=1e-2), list[str]()

    def note(event: Event) -> None:
        told.append(event.message if isinstance(event, LogEvent) else "")

    report = run(problem, model, tmp_path / "a", config, note)
    assert report["after"]["ndcg@10"] > report["before"]["ndcg@10"] + 0.3
    assert report["recipe"] == 2, "upper layers"
    assert (tmp_path / "a" / "work" / "turn-2-2").exists()
    assert not any("no longer tried" in message for message in told)

    monkeypatch.setattr("trainer.pictures.recipes.LEAD", 99.0)
    report = run(problem, model, tmp_path / "b", config, note)
    assert (tmp_path / "b" / "work" / "turn-1-2").exists()
    assert not (tmp_path / "b" / "work" / "turn-2-2").exists()
    assert any("no longer tried: upper layers" in message for message in told)
    assert report["recipe"] == 1
    assert any(choice["candidate"].startswith("upper layers") for choice in report["choices"])


def test_an_earlier_epoch_is_chosen_only_where_it_is_surely_better() -> None:
    turns = PictureTurns.__new__(PictureTurns)
    turns.recipes = [Settings("on top", False, 40, 16, 1e-3, looks=(10,))]
    turns.racing, turns.trained = [0], Trained([], [], base=Scores({f"q{n}": 0.1 for n in range(40)}))
    end = {f"q{n}": 0.5 + n % 3 / 10 for n in range(40)}

    def can_be_chosen(gains: Sequence[float]) -> list[str]:
        early = {name: score + gains[place % len(gains)] for place, (name, score) in enumerate(end.items())}
        turns.scores = [{(10, 1.0): Scores(early), (40, 1.0): Scores(end)}]
        return [candidate.name for candidate in turns.candidates()]

    assert can_be_chosen([0.02, -0.01]) == ["base", "on top, 100%", "on top, epoch 10 of 40, 100%"]
    assert can_be_chosen([0.05, -0.045]) == ["base", "on top, 100%"]


def test_a_clip_model_learns_labels_and_says_what_their_names_alone_find(tmp_path: Path) -> None:
    """Its text half is one of transformers; verify.py loads it with open_clip in a fresh process."""
    (split, store), model = labelled(tmp_path), make_tiny_clip(tmp_path / "model", "multilingual")
    config = replace(BALANCED, learning_rate=1e-2, epochs=3, int8=False)
    report = run((split, store), model, tmp_path, config, publish=True)
    assert report["after"]["map@10"] > report["before"]["map@10"] + 0.05
    verify(tmp_path / "out" / "model.zip", tmp_path / "archive")
    expected = precision_by_names_alone(split, store, model)
    for query in report["queries"]:
        names = [name for name, _ in query["zero_shot"]["top"]]
        right = np.mean([split.data.relevance[query["id"]].get(name, 0) for name in names])
        assert right == pytest.approx(expected[query["id"]]), "of the model before training"
    found = np.mean([query["zero_shot"]["rank"] == 1 for query in report["queries"]])
    assert report["zero_shot"]["hit@1"] == pytest.approx(found)
    assert report["curves"]["zero_shot"]["hit"]["mean"][0] == pytest.approx(found, abs=1e-4)


def precision_by_names_alone(split: SplitDataset, store: PictureStore, model: Path) -> dict[str, float]:
    """Share of right pictures among the first 10 of each test query: by open_clip, with plain loops."""
    towers, data = load_towers("open_clip", model), split.data
    documents = [name for name in data.documents if name not in data.learning_only]
    of_labels = {
        label: np.mean([towers["texts"].embed([form.format(label)])[0] for form in TEMPLATES], axis=0)
        for label in sorted({data.labels[name] for name in split.test})
    }
    scale = float(load_file(model / "open_clip_model.safetensors")["logit_scale"].exp())

    def likely(key: str) -> np.ndarray:
        (picture,) = towers["pictures"].embed([store.open(key)])
        logits = np.array([scale * picture @ label / np.linalg.norm(label) for label in of_labels.values()])
        return np.exp(logits) / np.exp(logits).sum()

    places = {name: likely(data.documents[name]) for name in documents}
    found = {}
    for query_id in split.test:
        asked = likely(data.queries[query_id])
        best = sorted(documents, key=lambda name: -float(asked @ places[name]))[:10]
        found[query_id] = float(np.mean([data.relevance[query_id].get(name, 0) for name in best]))
    return found


def learn_words_with_the_embedded_model(folder: Path, output: Path | None) -> Report:
    split, store = captioned(folder)
    return finetune(
        split,
        base_model="minilm-effnet",
        config=QUICK,
        output=output,
        work_folder=folder / "work",
        pictures=store,
        device="cpu",
    )


@pytest.mark.model
def test_the_embedded_model_learns_words_for_pictures(tmp_path: Path) -> None:
    report = learn_words_with_the_embedded_model(tmp_path, None)
    assert report["learning"] == CLOSED_FORM
    assert report["after"]["ndcg@10"] > report["before"]["ndcg@10"] + 0.1
    passes = [epoch for epoch, _ in report["training"]["validation"]]
    assert passes == list(range(len(passes))) and len(passes) > 2, "the base, then a place for each training"
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("work", "pictures.zip")] == []


@pytest.mark.model
@pytest.mark.slow
def test_the_archive_of_the_embedded_model_verifies_itself(tmp_path: Path) -> None:
    report = learn_words_with_the_embedded_model(tmp_path, tmp_path / "out")
    assert report["after"]["ndcg@10"] > report["before"]["ndcg@10"] + 0.1
    verify(tmp_path / "out" / "model.zip", tmp_path / "archive")
