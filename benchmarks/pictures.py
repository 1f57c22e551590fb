"""How fast pictures are read, beside a plain loop over the standard library:
`.venv/bin/python -m benchmarks.pictures [--pictures 200] [--rounds 3] [--threads 2] [--batch 16] [--clip FOLDER]`.

Both sides read the same files, decoding and resizing included, by turns in one process, with equal batches, threads and
precision (float32): `PictureEncoder` beside timm, and, given the folder of an open_clip model, `ClipEncoder` beside
open_clip. Pictures are drawn by code, 400 pixels and more. Trust the ratios, not the pictures per second.
"""

import argparse
import io
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import open_clip
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn.functional import normalize

from trainer.config import Task
from trainer.data.picture_store import PictureStore, PictureWriter
from trainer.encoders.catalogue import resolve_base_model
from trainer.encoders.loading import load_encoder
from trainer.encoders.timm_models import open_network, transform_of

Encode = Callable[[list[str]], np.ndarray]
LARGEST_DIFFERENCE = 1e-4


def main() -> None:
    """Measure and print a table; exit with status 1 when both sides do not give the same vectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--base-model", default="efficientnet-lite0")
    parser.add_argument("--clip", help="folder of an open_clip model")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "pictures.zip"
        keys = draw_store(file, arguments.pictures)
        print(f"{len(keys):,} pictures, {device}, {arguments.threads} threads, batches of {arguments.batch}")
        print(f"{'':<26}{'standard':>12}{'Tailor':>12}{'ratio':>8}{'difference':>13}")
        with PictureStore(file) as store:
            same = [_compare(name, *sides, keys, arguments.rounds) for name, sides in _pairs(arguments, store, device)]
    raise SystemExit(0 if all(same) else 1)


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


def _pairs(arguments: Any, store: PictureStore, device: str) -> Iterator[tuple[str, tuple[Encode, Encode]]]:
    """For each library: the standard loop, and our encoder."""
    folder = resolve_base_model(arguments.base_model, task=Task.IMAGE_IMAGE)
    network = open_network(folder).to(device).eval()
    network.reset_classifier(0)
    plain = _plain(store, transform_of(network), network, device, arguments.batch)
    yield f"timm, {arguments.base_model}", (plain, _ours(folder, store, device, arguments.batch))
    if arguments.clip:
        clip_folder = resolve_base_model(arguments.clip, task=Task.IMAGE_IMAGE)
        model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{clip_folder}", device=device)
        plain = _plain(store, transform, model.eval().encode_image, device, arguments.batch)
        yield f"open_clip, {clip_folder.name}", (plain, _ours(clip_folder, store, device, arguments.batch))


def _plain(
    store: PictureStore,
    transform: Callable[[Image.Image], Tensor],
    network: Callable[[Tensor], Tensor],
    device: str,
    batch: int,
) -> Encode:
    """As the libraries' own examples do it."""

    def encode(keys: list[str]) -> np.ndarray:
        found = []
        with torch.inference_mode():
            for start in range(0, len(keys), batch):
                pictures = [
                    Image.open(io.BytesIO(store.read(key))).convert("RGB") for key in keys[start : start + batch]
                ]
                pixels = torch.stack([transform(picture) for picture in pictures]).to(device)
                found.append(normalize(network(pixels), dim=1).cpu().numpy())
        return np.concatenate(found)

    return encode


def _ours(folder: Path, store: PictureStore, device: str, batch: int) -> Encode:
    encoder = load_encoder(Task.IMAGE_IMAGE, folder, store, device=device)
    encoder.reader.pictures_a_pass = batch  # type: ignore[union-attr]
    return encoder.encode


def _compare(name: str, plain: Encode, ours: Encode, keys: list[str], rounds: int) -> bool:
    """One line of the table; whether both give the same vectors."""
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    vectors = {}
    for encode in (plain, ours):
        encode(keys[:32])  # warm
    for _ in range(rounds):
        for side, encode in (("plain", plain), ("ours", ours)):
            began = time.perf_counter()
            vectors[side] = encode(keys)
            seconds[side].append(time.perf_counter() - began)
    ratio = median(a / b for a, b in zip(seconds["plain"], seconds["ours"], strict=True))
    speeds = [len(keys) / median(seconds[side]) for side in ("plain", "ours")]
    difference = float(np.abs(vectors["plain"] - vectors["ours"]).max())
    print(f"{name[:25]:<26}{speeds[0]:>10.1f}/s{speeds[1]:>10.1f}/s{ratio:>8.2f}{difference:>13.0e}")
    return difference <= LARGEST_DIFFERENCE


if __name__ == "__main__":
    main()
