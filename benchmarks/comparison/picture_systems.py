"""The systems of `benchmarks.pictures`: plain training loops over timm and open_clip, and Tailor's parts."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from benchmarks.comparison.clock import Clock
from trainer.config import FinetuneConfig, Task
from trainer.data.pairs import PairDataset
from trainer.data.picture_store import PictureStore
from trainer.encoders.base import Side
from trainer.encoders.catalogue import resolve_base_model
from trainer.encoders.loading import load_encoder
from trainer.encoders.timm_models import open_network, transform_of
from trainer.examples import Examples
from trainer.pictures.fit import Settings, fit_pictures
from trainer.pictures.lessons import LabelLesson, Lesson, PairLesson
from trainer.pictures.matrix import first_matrix
from trainer.pictures.network import make_network
from trainer.pictures.recipes import picture_recipes
from trainer.pictures.seen import Seen
from trainer.progress import never

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"  # of both sides
LABELS = 8
QUICK_EPOCHS = 40
CLIP_CONFIG: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 256,
        "vision_cfg": {"image_size": 224, "layers": 6, "width": 256, "head_width": 64, "patch_size": 32},
        "text_cfg": {"context_length": 32, "vocab_size": 49408, "width": 256, "heads": 4, "layers": 4},
    },
    "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic"},
}


@dataclass(frozen=True)
class Problem:
    """Pictures by their keys in the store `folder`/pictures.zip, each with a label and a caption of its own."""

    folder: Path
    keys: list[str]
    batch: int

    @cached_property
    def store(self) -> PictureStore:
        """Open while the process lives."""
        return PictureStore(self.folder / "pictures.zip")

    @property
    def labels(self) -> list[str]:
        """In the order of the keys."""
        return [f"label {place % LABELS}" for place in range(len(self.keys))]

    @property
    def captions(self) -> list[str]:
        """Likewise."""
        return [f"a soft ellipse, picture number {place}" for place in range(len(self.keys))]

    @cached_property
    def clip_folder(self) -> Path:
        """An open_clip `local-dir:` folder of a small model with random weights."""
        folder = self.folder / "clip"
        folder.mkdir()
        (folder / "open_clip_config.json").write_text(json.dumps(CLIP_CONFIG))
        model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
        weights = {name: value.contiguous() for name, value in model.state_dict().items()}
        save_file(weights, folder / "open_clip_model.safetensors")
        return folder


def plain_timm(problem: Problem) -> Callable[[], Clock]:
    """As timm's examples do it: all layers, a classifier, cross-entropy."""
    network = open_network(resolve_base_model("efficientnet-lite0", task=Task.IMAGE_IMAGE))
    network.reset_classifier(LABELS)
    labels = torch.tensor([int(label.split()[1]) for label in problem.labels], device=DEVICE)

    def loss(pixels: Tensor, places: np.ndarray) -> Tensor:
        return nn.functional.cross_entropy(network(pixels), labels[places])

    return _plain(problem, network, transform_of(network), loss)


def plain_clip(problem: Problem) -> Callable[[], Clock]:
    """As open_clip's own training does it: both towers, ClipLoss."""
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{problem.clip_folder}")
    tokens = open_clip.get_tokenizer(f"local-dir:{problem.clip_folder}")(problem.captions).to(DEVICE)
    clip_loss = open_clip.ClipLoss()

    def loss(pixels: Tensor, places: np.ndarray) -> Tensor:
        return clip_loss(*model(pixels, tokens[places]))

    return _plain(problem, model, transform, loss)


def _plain(
    problem: Problem,
    network: nn.Module,
    transform: Callable[[Image.Image], Tensor],
    loss: Callable[[Tensor, np.ndarray], Tensor],
) -> Callable[[], Clock]:
    network.to(DEVICE).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-4)

    def epoch() -> Clock:
        clock, drawn = Clock(), np.random.default_rng(0).permutation(len(problem.keys))
        with clock:
            for places in np.array_split(drawn, -(-len(drawn) // problem.batch)):
                content = [problem.store.read(problem.keys[place]) for place in places]
                pictures = [Image.open(io.BytesIO(one)).convert("RGB") for one in content]
                optimiser.zero_grad()
                loss(torch.stack([transform(picture) for picture in pictures]).to(DEVICE), places).backward()
                optimiser.step()
            if DEVICE == "cuda":
                torch.cuda.synchronize()  # a GPU is still at it when the last step has been asked for
        return clock

    return epoch


def reading(folder: Callable[[Problem], Path], task: Task) -> Callable[[Problem], Callable[[], Clock]]:
    """Tailor's one reading of all pictures."""

    def make(problem: Problem) -> Callable[[], Clock]:
        def read() -> Clock:
            clock = Clock()
            with clock:
                _see(problem, folder(problem), task)
            return clock

        return read

    return make


def training(folder: Callable[[Problem], Path], task: Task, preset: str) -> Callable[[Problem], Callable[[], Clock]]:
    """Tailor's last recipe of a preset, on pictures that have been read."""

    def make(problem: Problem) -> Callable[[], Clock]:
        seen = _see(problem, folder(problem), task)
        config = FinetuneConfig.for_preset(preset, batch_size=problem.batch)
        recipe = picture_recipes(config, seen.network, has_labels=task is Task.IMAGE_IMAGE)[-1]
        epochs = 1 if recipe.layers else QUICK_EPOCHS
        settings = Settings(**{**recipe.__dict__, "epochs": epochs, "batch_size": problem.batch})
        lesson = _lesson(problem, seen, task, config)
        start = first_matrix(seen.network.matrix_shape, seen.network.mean)

        def epoch() -> Clock:
            clock = Clock()
            with clock:
                fit_pictures(seen, lesson, settings, start, lambda *_: None, never)
            clock.seconds, clock.processor_seconds = clock.seconds / epochs, clock.processor_seconds / epochs
            return clock

        return epoch

    return make


def _see(problem: Problem, folder: Path, task: Task) -> Seen:
    network = make_network(load_encoder(task, folder, problem.store))  # type: ignore[arg-type]
    return Seen.read(network, problem.keys, problem.folder / f"{folder.name}.f16", lambda share: None)


def _lesson(problem: Problem, seen: Seen, task: Task, config: FinetuneConfig) -> Lesson:
    if task is Task.IMAGE_IMAGE:
        embeddings = seen.embed(seen.places(problem.keys), torch.zeros(seen.network.matrix_shape))
        device = seen.network.encoder.device
        return LabelLesson(problem.keys, problem.labels, embeddings, config.loss, device)
    queries = {f"q{place}": caption for place, caption in enumerate(problem.captions)}
    documents = {f"d{place}": key for place, key in enumerate(problem.keys)}
    matches = {f"q{place}": {f"d{place}": 1.0} for place in range(len(problem.keys))}
    data = PairDataset(queries, documents, matches, task=task)
    examples = Examples({query_id: tuple(gains) for query_id, gains in matches.items()})
    words = seen.network.encoder.encode(problem.captions, side=Side.QUERY)
    seen.network.prepare_words(words)
    return PairLesson(data, examples, config, dict(zip(queries, words, strict=True)))


def lite0(problem: Problem) -> Path:
    """Folder of the embedded picture model."""
    return resolve_base_model("efficientnet-lite0", task=Task.IMAGE_IMAGE)


def _clip(problem: Problem) -> Path:
    return problem.clip_folder


SYSTEMS: dict[str, Callable[[Problem], Callable[[], Clock]]] = {
    "timm, plain": plain_timm,
    "timm, reading": reading(lite0, Task.IMAGE_IMAGE),
    "timm, layers": training(lite0, Task.IMAGE_IMAGE, "balanced"),
    "timm, on top": training(lite0, Task.IMAGE_IMAGE, "quick"),
    "open_clip, plain": plain_clip,
    "open_clip, reading": reading(_clip, Task.TEXT_IMAGE),
    "open_clip, layers": training(_clip, Task.TEXT_IMAGE, "balanced"),
    "open_clip, on top": training(_clip, Task.TEXT_IMAGE, "quick"),
}
"""By the library and, of Tailor, the part."""
