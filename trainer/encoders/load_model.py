"""Loads this folder: a search model of texts and pictures, made of a text model and a picture model.

Needs sentence-transformers, timm, safetensors, torch and Pillow; uses no network.

    model = load_model("this folder")
    scores = model.encode_texts(["a red shoe"]) @ model.encode_pictures([Image.open("shoe.jpg")]).T
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from timm.data import create_transform, resolve_data_config
from torch.nn.functional import normalize


class JointModel:
    """text/: a SentenceTransformer. image/: a timm model that tells classes apart. joint.safetensors: what joins them.

    A picture's place among texts is the mean of what its classes are called, each as likely as the picture model says
    (gloss: (classes, d), moved by learning), plus its own features, standardised (mean, std: (f,)), times a learned
    matrix (f, d). Features are those that the classes are told by, then the means of what the last three stages give.
    """

    def __init__(self, folder: Path) -> None:
        self.text = SentenceTransformer(str(folder / "text"), device="cpu", local_files_only=True)
        self.image: Any = timm.create_model(f"local-dir:{folder / 'image'}", pretrained=True).eval()
        self.transform = create_transform(**resolve_data_config({}, model=self.image))
        self.joint = load_file(folder / "joint.safetensors")

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, d), each of length 1."""
        return np.asarray(self.text.encode(list(texts), normalize_embeddings=True, show_progress_bar=False))

    @torch.inference_mode()
    def encode_pictures(self, pictures: Sequence[Image.Image]) -> np.ndarray:
        """(pictures, d), each of length 1. An inner product with a text's says how well they match."""
        pixels = torch.stack([self.transform(picture.convert("RGB")) for picture in pictures])
        last, stages = self.image.forward_intermediates(pixels, indices=3, extra_blocks=True)
        features = self.image.forward_head(last, pre_logits=True)
        likely = torch.softmax(self.image.get_classifier()(features) / 2, dim=1)  # (pictures, classes)
        own = torch.cat([features, *(stage.mean((2, 3)) for stage in stages)], dim=1)  # (pictures, f)
        own = (own - self.joint["mean"]) / self.joint["std"]
        return normalize(likely @ self.joint["gloss"] + own @ self.joint["matrix"], dim=1).numpy()


def load_model(folder: str | Path) -> JointModel:
    """The model of a folder that holds text/, image/ and joint.safetensors."""
    return JointModel(Path(folder))
