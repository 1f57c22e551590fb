"""Tiny real picture models with random weights, and pictures drawn by code."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import timm
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file

from trainer.data.picture_store import PictureStore, PictureWriter
from trainer.encoders.timm_models import save_network

COLOURS = ("red", "green", "blue", "orange", "purple", "black")

CLIP_CONFIG: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic"},
}


def draw(number: int, size: int = 80) -> Image.Image:
    """A picture of a few coloured shapes, another for every number."""
    random = np.random.default_rng(number)
    picture = Image.new("RGB", (size, size + number % 30), "white")
    for _ in range(4):
        x, y = random.integers(0, size - 20, 2).tolist()
        ImageDraw.Draw(picture).ellipse((x, y, x + 30, y + 20), fill=str(random.choice(COLOURS)))
    return picture


def make_store(file: Path, pictures: list[Image.Image]) -> tuple[PictureStore, list[str]]:
    """A real store of pictures, and their keys in order."""
    with PictureWriter(file) as writer:
        keys = [writer.add(picture) for picture in pictures]
    return PictureStore(file), keys


def make_tiny_timm(folder: Path, name: str = "test_efficientnet", classes: int = 7) -> Path:
    """A timm `local-dir:` folder of a model that tells classes apart; a few hundred thousand parameters."""
    torch.manual_seed(0)
    save_network(timm.create_model(name, num_classes=classes), folder, is_embedding=False)
    return folder


def make_tiny_clip(folder: Path, *, width: int = 0) -> Path:
    """An open_clip `local-dir:` folder. width: of both towers and of embeddings, with smaller patches: from 64 on, what
    random layers make of colours and words is enough to learn from."""
    folder.mkdir(parents=True)
    configuration = copy.deepcopy(CLIP_CONFIG)
    if width:
        model_cfg = configuration["model_cfg"] | {"embed_dim": width}
        model_cfg["vision_cfg"] |= {"width": width, "patch_size": 8}
        model_cfg["text_cfg"] |= {"width": width}
        configuration["model_cfg"] = model_cfg
    (folder / "open_clip_config.json").write_text(json.dumps(configuration))
    torch.manual_seed(0)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    weights = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    return folder
