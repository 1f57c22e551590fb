"""Reading pictures beside a plain loop over timm and open_clip, for `benchmarks.pictures`.

Both sides read the same files, decoding and resizing included, by turns in one process, with equal batches and threads,
in float32: `PictureEncoder` beside timm, and `ClipEncoder` beside open_clip.
"""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import open_clip
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn.functional import normalize

from benchmarks.comparison.clock import Clock
from trainer.config import Precision, Task
from trainer.data.picture_store import PictureStore, PictureWriter
from trainer.encoders.loading import load_encoder
from trainer.encoders.timm_models import open_network, transform_of

Encode = Callable[[Sequence[str]], np.ndarray]
LARGEST_DIFFERENCE = 1e-4


def draw_store(file: Path, count: int) -> list[str]:
    """A store of pictures of soft shapes, so that files are as large as those of photographs."""
    random = np.random.default_rng(0)
    with PictureWriter(file) as writer:
        keys = []
        for _ in range(count):
            width, height = random.integers(400, 900, 2).tolist()
            noise = random.integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
            picture = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
            box = (width // 4, height // 4, width // 2, height // 2)
            ImageDraw.Draw(picture).ellipse(box, fill=tuple(random.integers(0, 255, 3).tolist()))
            keys.append(writer.add(picture))
    return keys


def compare_encoding(
    store: PictureStore, keys: Sequence[str], lite0: Path, clip: Path, batch: int, rounds: int
) -> bool:
    """Prints a table; whether both sides give the same vectors everywhere. lite0, clip: folders of the models."""
    print(f"{'reading':<28}{'standard':>12}{'Tailor':>12}{'ratio':>8}{'of processor time':>20}{'difference':>13}")
    network = open_network(lite0).eval()
    network.reset_classifier(0)
    plain = _plain(store, transform_of(network), network, batch)
    same = _compare("timm", plain, _ours(lite0, store, batch), keys, rounds)
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{clip}")
    plain = _plain(store, transform, model.eval().encode_image, batch)
    return _compare("open_clip", plain, _ours(clip, store, batch), keys, rounds) and same


def _plain(
    store: PictureStore,
    transform: Callable[[Image.Image], Tensor],
    network: Callable[[Tensor], Tensor],
    batch: int,
) -> Encode:
    """As the libraries' own examples do it."""

    def encode(keys: Sequence[str]) -> np.ndarray:
        found = []
        with torch.inference_mode():
            for start in range(0, len(keys), batch):
                pictures = [
                    Image.open(io.BytesIO(store.read(key))).convert("RGB") for key in keys[start : start + batch]
                ]
                pixels = torch.stack([transform(picture) for picture in pictures])
                found.append(normalize(network(pixels), dim=1).cpu().numpy())
        return np.concatenate(found)

    return encode


def _ours(folder: Path, store: PictureStore, batch: int) -> Encode:
    encoder = load_encoder(Task.IMAGE_IMAGE, folder, store, device="cpu", precision=Precision.FLOAT32)
    encoder.reader.pictures_a_pass = batch  # type: ignore[union-attr]
    return encoder.encode


def _compare(name: str, plain: Encode, ours: Encode, keys: Sequence[str], rounds: int) -> bool:
    """One line of the table; whether both give the same vectors."""
    clocks: dict[str, list[Clock]] = {"plain": [], "ours": []}
    vectors = {}
    for encode in (plain, ours):
        encode(keys[:32])  # warm
    for _ in range(rounds):
        for side, encode in (("plain", plain), ("ours", ours)):
            clock = Clock()
            with clock:
                vectors[side] = encode(keys)
            clocks[side].append(clock)
    pairs = list(zip(clocks["plain"], clocks["ours"], strict=True))
    ratio = median(a.seconds / b.seconds for a, b in pairs)
    of_processor = median(a.processor_seconds / b.processor_seconds for a, b in pairs)
    speeds = [len(keys) / median(clock.seconds for clock in clocks[side]) for side in ("plain", "ours")]
    difference = float(np.abs(vectors["plain"] - vectors["ours"]).max())
    print(
        f"{name:<28}{speeds[0]:>10.1f}/s{speeds[1]:>10.1f}/s{ratio:>8.2f}{of_processor:>20.2f}{difference:>13.0e}",
        flush=True,
    )
    return difference <= LARGEST_DIFFERENCE
