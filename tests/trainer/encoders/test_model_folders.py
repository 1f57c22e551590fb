"""Which folder fits which task, and what is said of those that do not."""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from safetensors.numpy import load_file, save_file

from tests.trainer.tiny_pictures import CLIP_CONFIG, make_tiny_clip, make_tiny_timm
from trainer.config import Task
from trainer.encoders.base import Side
from trainer.encoders.catalogue import base_models, resolve_base_model
from trainer.encoders.clip import ClipEncoder
from trainer.encoders.dual import DualEncoder
from trainer.encoders.loading import load_encoder
from trainer.encoders.picture import PictureEncoder
from trainer.encoders.text import TextEncoder
from trainer.encoders.text_half import text_half_of, text_settings_with
from trainer.errors import ModelError


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("folders")
    made = {
        "text": tiny_model,
        "timm": make_tiny_timm(root / "timm"),
        "open_clip": make_tiny_clip(root / "clip"),
        "dual": root / "dual",
    }
    shutil.copytree(tiny_model, root / "dual" / "text")
    shutil.copytree(made["timm"], root / "dual" / "image")
    features = sum(PictureEncoder.load(made["timm"], device="cpu").stage_sizes)
    parts = {"gloss": (7, 32), "mean": (features,), "std": (features,), "matrix": (features, 32)}
    save_file({name: np.ones(shape, np.float32) for name, shape in parts.items()}, root / "dual" / "joint.safetensors")
    return made


@pytest.mark.parametrize(
    ("task", "kind", "encoder"),
    [
        (Task.TEXT_TEXT, "text", TextEncoder),
        (Task.TEXT_IMAGE, "open_clip", ClipEncoder),
        (Task.TEXT_IMAGE, "dual", DualEncoder),
        (Task.IMAGE_IMAGE, "timm", PictureEncoder),
        (Task.IMAGE_IMAGE, "open_clip", ClipEncoder),
    ],
)
def test_one_door_gives_the_encoder_that_fits(folders: dict[str, Path], task: Task, kind: str, encoder: type) -> None:
    folder = resolve_base_model(str(folders[kind]), task=task)
    assert type(load_encoder(task, folder, device="cpu")) is encoder


@pytest.mark.parametrize(
    ("task", "kind", "message"),
    [
        (Task.TEXT_TEXT, "timm", "is a model of pictures alone"),
        (Task.TEXT_TEXT, "open_clip", "is a model of texts and pictures"),
        (Task.TEXT_IMAGE, "timm", "is a model of pictures alone.*open_clip folder"),
        (Task.TEXT_IMAGE, "text", "is not a picture model"),
        (Task.IMAGE_IMAGE, "text", "is not a picture model.*efficientnet-lite0"),
        (Task.IMAGE_IMAGE, "dual", "is a model of texts and pictures"),
    ],
)
def test_says_why_a_model_does_not_fit_the_task(folders: dict[str, Path], task: Task, kind: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        resolve_base_model(str(folders[kind]), task=task)


def test_says_which_card_does_not_fit_the_task() -> None:
    with pytest.raises(ModelError, match=r"cannot find pictures by words\. Choose another, such as minilm-effnet"):
        resolve_base_model("minilm-l6", task=Task.TEXT_IMAGE)
    with pytest.raises(ModelError, match="cannot find similar pictures"):
        resolve_base_model("minilm-effnet", task=Task.IMAGE_IMAGE)


@pytest.mark.parametrize("kind", ["timm", "open_clip"])
def test_says_what_is_wrong_with_a_picture_model(folders: dict[str, Path], tmp_path: Path, kind: str) -> None:
    def check(breakage: str, message: str) -> None:
        folder = tmp_path / breakage
        shutil.copytree(folders[kind], folder)
        (weights,) = folder.glob("*.safetensors")
        config = folder / ("config.json" if kind == "timm" else "open_clip_config.json")
        if breakage == "code":
            config.write_text(json.dumps(json.loads(config.read_text()) | {"auto_map": {"a": "b"}}))
        elif breakage == "pickle":
            weights.unlink()
            (folder / "pytorch_model.bin").write_bytes(pickle.dumps({}))
        elif breakage == "none":
            weights.unlink()
        elif breakage == "nan":
            tensors = load_file(weights)
            name = next(name for name, value in tensors.items() if value.ndim > 1)
            tensors[name].flat[0] = np.nan
            save_file(tensors, weights)
        elif breakage == "empty":
            config.unlink()
        elif breakage == "json":
            config.write_text("{")
        with pytest.raises(ModelError, match=message) as caught:
            resolve_base_model(str(folder), task=Task.IMAGE_IMAGE)
        assert caught.value.remedy

    check("code", "auto_map")
    check("pickle", "pickle")
    check("none", "no weights")
    check("nan", "not numbers")
    check("empty", "no configuration file")
    check("json", "cannot be read")


def test_a_part_of_the_joined_model_that_is_lost_is_said(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(folders["dual"], tmp_path / "dual")
    shutil.rmtree(folder / "image")
    with pytest.raises(ModelError, match="lost its part “image”"):
        resolve_base_model(str(folder), task=Task.TEXT_IMAGE)


def test_a_text_tower_of_the_hub_that_is_not_here_is_said_at_once(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(folders["open_clip"], tmp_path / "clip")
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["model_cfg"]["text_cfg"]["hf_model_name"] = "someone/some-text-model"
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(
        ModelError, match=r"its text half, someone/some-text-model.*config\.json of https://.*text_model"
    ):
        resolve_base_model(str(folder), task=Task.TEXT_IMAGE)


def test_a_text_tower_of_transformers_is_opened_with_its_configuration_only(tiny_model: Path, tmp_path: Path) -> None:
    """Its own weights are not even there."""
    source = tmp_path / "text"
    shutil.copytree(tiny_model, source, ignore=shutil.ignore_patterns("*.safetensors"))
    folder = tmp_path / "clip"
    shutil.copytree(source, folder)  # the tokenizer's files
    text = {"hf_model_name": str(source), "hf_tokenizer_name": "own", "hf_pooler_type": "mean_pooler"}
    config = {**CLIP_CONFIG, "model_cfg": {**CLIP_CONFIG["model_cfg"], "text_cfg": {**text, "context_length": 16}}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    made = open_clip.create_model(f"local-dir:{folder}", load_weights=False, pretrained_text=False)
    weights = {name: value.detach().numpy() for name, value in made.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")

    encoder = load_encoder(Task.TEXT_IMAGE, str(folder), device="cpu")
    found = encoder.encode(["name3", "ask1 filler2"], side=Side.QUERY)
    assert found.shape == (2, 16)
    encoder.save(tmp_path / "saved")
    assert str(tmp_path) not in (tmp_path / "saved" / "open_clip_config.json").read_text()
    shutil.rmtree(source)
    again = load_encoder(Task.TEXT_IMAGE, tmp_path / "saved", device="cpu")
    np.testing.assert_allclose(again.encode(["name3", "ask1 filler2"], side=Side.QUERY), found, atol=1e-6)


def test_the_multilingual_card_needs_no_more_than_its_own_folder(tmp_path: Path) -> None:
    """The usual text halves are known: their configuration need not be fetched. Its size is the card's."""
    (card,) = [info for info in base_models(Task.TEXT_IMAGE) if info.name == "clip-multilingual"]
    settings = open_clip.get_model_config("xlm-roberta-base-ViT-B-32")
    half = text_half_of(tmp_path, settings["text_cfg"])
    with text_settings_with(half, settings["text_cfg"]) as text, torch.device("meta"):
        model = open_clip.model.CustomTextCLIP(**settings | {"text_cfg": text})
    assert sum(weight.numel() for weight in model.parameters()) == card.parameters


def test_every_task_has_models_and_every_card_says_what_it_needs() -> None:
    for task in Task:
        for info in base_models(task):
            assert info.title and info.good_at and info.licence
            assert info.parameters > 1_000_000 and info.megabytes > 0 and info.dimension > 0
            assert bool(info.languages) == bool(info.max_tokens)
            assert info.package or info.hub
            # float32, four bytes a parameter; the joined model's text half comes with another package
            assert 0.8 < info.parameters * 4 / (info.megabytes * 1e6) < 1.35


@pytest.mark.model
@pytest.mark.parametrize(
    ("name", "task", "encoder"),
    [("efficientnet-lite0", Task.IMAGE_IMAGE, PictureEncoder), ("minilm-effnet", Task.TEXT_IMAGE, DualEncoder)],
)
def test_the_embedded_models_are_here(name: str, task: Task, encoder: type) -> None:
    loaded = load_encoder(task, name, device="cpu")
    assert type(loaded) is encoder
    (card,) = [info for info in base_models(task) if info.name == name]
    assert loaded.embedding_size == card.dimension
    assert loaded.max_tokens == card.max_tokens
    assert sum(weight.numel() for weight in loaded.model.parameters()) == pytest.approx(card.parameters, rel=0.001)
