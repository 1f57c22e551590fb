"""Loads this folder: a search model of texts and pictures. Needs sentence-transformers and timm; uses no network.

model = load_model("this folder")
scores = model.encode_texts(["a red shoe"]) @ model.encode_pictures([Image.open("shoe.jpg")]).T
"""

from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from torch.nn.functional import normalize


class JointModel:
    """A picture lies where the names of ImageNet's classes lie (gloss: (classes, d), moved by learning), each as likely
    as the picture model says, plus its features, standardised (mean, std: (f,)), times a learned matrix (f, d)."""

    def __init__(self, folder: Path) -> None:
        self.text = SentenceTransformer(str(folder / "text"), device="cpu", local_files_only=True)
        self.image: Any = timm.create_model(f"local-dir:{folder / 'image'}", pretrained=True).eval()
        self.transform = timm.data.create_transform(**timm.data.resolve_data_config({}, model=self.image))
        self.joint = load_file(folder / "joint.safetensors")

    def encode_texts(self, texts: list[str]) -> Any:
        """(texts, d), each of length 1."""
        return self.text.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)

    @torch.inference_mode()
    def encode_pictures(self, pictures: list[Any]) -> Any:
        """(pictures, d), each of length 1. Features: those of the classes, then the means of the last three stages."""
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
