"""Pictures on their way into a network: decoded and resized by threads, in batches that fit the memory."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from trainer.data.picture_store import PictureStore
from trainer.encoders.base import OnShare
from trainer.encoders.halving import is_out_of_memory
from trainer.encoders.precision import multiplying_in
from trainer.errors import ResourceError

PICTURES_A_PASS = {"cpu": 16, "cuda": 256}
"""Pictures in one forward pass: on a CPU what stays in its caches, on a GPU what fills it."""

READING_THREADS = 8
"""At most, for a GPU. They decode and resize while the network computes."""

Picture = str | Image.Image
"""A key in the store, or the picture itself."""

Forward = Callable[[Tensor], Tensor]
"""Pixels (batch, 3, height, width) → what is wanted of them, (batch, …)."""


class PictureReader:
    """Makes pixels of pictures as one network wants them, and takes many of them through it.

    transform: from a picture to its pixels (3, height, width) float32. pictures: where keys are looked up; without a
    store only pictures themselves can be read.
    """

    def __init__(self, transform: Callable[[Image.Image], Tensor], device: str, pictures: PictureStore | None) -> None:
        self.transform, self.device, self.pictures = transform, device, pictures
        self.pictures_a_pass = PICTURES_A_PASS[device]  # less once memory ran out

    def pixels(self, items: Sequence[Picture]) -> Tensor:
        """(len(items), 3, height, width) float32 on the device. Raises DataError for a picture that is not there."""
        return self._stacked([self._pixels_of(item) for item in items])

    def blank(self) -> Tensor:
        """Pixels (1, 3, height, width) of a picture without anything on it."""
        return torch.zeros_like(self.pixels([Image.new("RGB", (64, 64))]))

    def read(self, items: Sequence[Picture], forward: Forward, on_share: OnShare | None = None) -> np.ndarray:
        """What `forward` makes of all pictures, (len(items), …) float32; halves a batch when memory is short."""
        found: np.ndarray | None = None
        done = 0
        with torch.inference_mode():
            for pixels in self._batches(items):
                part = self._pass(pixels, forward)
                if found is None:
                    found = np.zeros((len(items), *part.shape[1:]), dtype=np.float32)
                found[done : done + len(part)] = part
                done += len(part)
                if on_share is not None:
                    on_share(done / len(items))
        return np.zeros((0, 0), dtype=np.float32) if found is None else found

    def _batches(self, items: Sequence[Picture]) -> Iterator[Tensor]:
        """Pixels of one batch after the other; the next one is decoded while this one is computed."""
        size = self.pictures_a_pass
        threads = 1 if self.device == "cpu" else min(READING_THREADS, os.cpu_count() or 1)
        with ThreadPoolExecutor(threads) as pool:
            waiting: list[Future[Tensor]] = []
            try:
                for start in range(0, len(items), size):
                    coming = [pool.submit(self._pixels_of, item) for item in items[start : start + size]]
                    if waiting:
                        yield self._stacked([future.result() for future in waiting])
                    waiting = coming
                if waiting:
                    yield self._stacked([future.result() for future in waiting])
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _pixels_of(self, item: Picture) -> Tensor:
        if isinstance(item, str):
            if self.pictures is None:
                raise ValueError("This encoder has no store of pictures: give the pictures themselves.")
            item = self.pictures.open(item)
        return self.transform(item if item.mode == "RGB" else item.convert("RGB"))

    def _stacked(self, pixels: list[Tensor]) -> Tensor:
        return torch.stack(pixels).to(self.device, memory_format=torch.channels_last)

    def _pass(self, pixels: Tensor, forward: Forward) -> np.ndarray:
        try:
            return forward(pixels).float().cpu().numpy()
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if len(pixels) == 1:
                raise ResourceError(
                    "The machine's memory does not suffice to read one picture with this model.",
                    "Choose a smaller base model.",
                ) from error
        half = len(pixels) // 2
        self.pictures_a_pass = min(self.pictures_a_pass, half)
        return np.concatenate([self._pass(pixels[:half], forward), self._pass(pixels[half:], forward)])


def computing_in(precision: torch.dtype, model: nn.Module, device: str) -> AbstractContextManager[None]:
    """Inside, `model` computes in `precision`, whichever of its methods is called; its weights stay float32.

    On a CPU only the linear layers of transformers do: convolutions are slower so, or no faster.
    """
    if device == "cpu" or precision == torch.float32:
        return multiplying_in(precision, model, device)
    return torch.autocast(device, dtype=precision)


def unit(vectors: Tensor) -> Tensor:
    """Each row (batch, dim) float32 with length 1."""
    return nn.functional.normalize(vectors.float(), dim=1)
