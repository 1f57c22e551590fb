"""Pictures read once: what the lower layers make of each is kept in a file, what the whole network makes, in memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from trainer.checkpoint import check_free_disk
from trainer.encoders.base import OnShare
from trainer.pictures.network import Network

PICTURES_A_PASS = 32
TEXTS_A_PASS = 64
ROWS_AT_ONCE = 1_024


class Seen:
    """The pictures of a data set as learning needs them.

    keys: their names. features: (n, f) float32, by the base model. activations: (n, …) float16, what `lower` gives;
    empty where no layers learn.
    """

    def __init__(
        self,
        network: Network,
        keys: Sequence[str],
        features: np.ndarray,
        activations: np.ndarray,
        known: int | None = None,
    ) -> None:
        """known: how many pictures, the first ones, may be learned from; None for all."""
        self.network, self.keys, self.features, self.activations = network, list(keys), features, activations
        self.starts = self._starts_of(features)
        self.known = len(self.keys) if known is None else known
        self.rows = {key: row for row, key in enumerate(self.keys)}

    @classmethod
    def read(
        cls,
        network: Network,
        keys: Sequence[str],
        file: Path | None,
        on_share: OnShare,
        *,
        known: int | None = None,
    ) -> "Seen":
        """Reads every picture once. file: for the activations, 45 kB a picture with efficientnet-lite0; None where no
        layers will learn, so that none are needed. known: see `Seen`; the network is prepared by them."""
        encoder, features = network.encoder, []
        kept: np.ndarray | None = None
        with torch.inference_mode():
            for start in range(0, len(keys), PICTURES_A_PASS):
                batch = keys[start : start + PICTURES_A_PASS]
                activations = encoder.lower(encoder.pixels(batch))
                if file is not None:
                    if kept is None:
                        kept = _room(file, (len(keys), *activations.shape[1:]))
                    kept[start : start + len(batch)] = activations.half().cpu().numpy()
                features.append(network.upper(activations).float().cpu().numpy())
                on_share((start + len(batch)) / len(keys))
        found = np.concatenate(features)
        network.prepare(found[:known])
        return cls(network, keys, found, kept if kept is not None else np.zeros((0, 0), np.float16), known)

    def places(self, keys: Sequence[str]) -> np.ndarray:
        """Rows of some pictures."""
        return np.array([self.rows[key] for key in keys], dtype=np.int64)

    def activations_of(self, places: np.ndarray) -> Tensor:
        """(len(places), …) float32 on the device."""
        kept = torch.from_numpy(np.ascontiguousarray(self.activations[places])).to(self.network.encoder.device)
        return kept.float().contiguous(memory_format=torch.channels_last) if kept.ndim == 4 else kept.float()

    def features_of(self, places: np.ndarray) -> Tensor:
        """(len(places), f) by the base model, on the device."""
        return torch.from_numpy(self.features[places]).to(self.network.encoder.device)

    def starts_of(self, places: np.ndarray) -> Tensor:
        """(len(places), d) by the base model, on the device: what a matrix is added to."""
        return torch.from_numpy(self.starts[places]).to(self.network.encoder.device)

    def features_now(self, places: np.ndarray, on_share: OnShare) -> np.ndarray:
        """(len(places), f) by the layers as they are now."""
        found = []
        with torch.inference_mode():
            for start in range(0, len(places), PICTURES_A_PASS):
                batch = places[start : start + PICTURES_A_PASS]
                found.append(self.network.upper(self.activations_of(batch)).float().cpu().numpy())
                on_share((start + len(batch)) / len(places))
        return np.concatenate(found) if found else self.features[:0]

    def embed(self, places: np.ndarray, matrix: Tensor) -> np.ndarray:
        """Embeddings (len(places), d) of length 1 by the base model with a matrix on top."""
        return self._joined(self.starts[places], self.features[places], matrix)

    def embed_now(self, places: np.ndarray, matrix: Tensor, on_share: OnShare) -> np.ndarray:
        """The same by the layers as they are now."""
        features = self.features_now(places, on_share)
        return self._joined(self._starts_of(features), features, matrix)

    def embed_words(self, words: np.ndarray, matrix: Tensor) -> np.ndarray:
        """Embeddings (n, d) of length 1 of words, from those by the base model, with a matrix on top."""
        device = self.network.encoder.device
        moved, found = matrix.to(device), []
        with torch.inference_mode():
            for part in torch.from_numpy(words).to(device).split(ROWS_AT_ONCE):
                found.append(self.network.join_words(part, lambda x: x @ moved).cpu().numpy())
        return np.concatenate(found) if found else words

    def words_now(self, texts: Sequence[str], words: np.ndarray, matrix: Tensor) -> np.ndarray:
        """The same by the layers as they are now. words: by the base model, where the text side does not learn."""
        found = []
        with torch.inference_mode():
            for start in range(0, len(texts), TEXTS_A_PASS):
                learned = self.network.texts(texts[start : start + TEXTS_A_PASS])
                if learned is None:
                    return self.embed_words(words, matrix)
                found.append(learned.cpu().numpy())
        return self.embed_words(np.concatenate(found), matrix) if found else words

    def _starts_of(self, features: np.ndarray) -> np.ndarray:
        device = self.network.encoder.device
        with torch.inference_mode():
            parts = torch.from_numpy(features).to(device).split(ROWS_AT_ONCE)
            return np.concatenate([self.network.start(part).cpu().numpy() for part in parts])

    def _joined(self, starts: np.ndarray, features: np.ndarray, matrix: Tensor) -> np.ndarray:
        device = self.network.encoder.device
        moved, found = matrix.to(device), []
        with torch.inference_mode():
            for begin in range(0, len(starts), ROWS_AT_ONCE):
                start, part = (torch.from_numpy(x[begin : begin + ROWS_AT_ONCE]).to(device) for x in (starts, features))
                found.append(self.network.join(start, part, lambda x: x @ moved).cpu().numpy())
        return np.concatenate(found) if found else np.zeros((0, starts.shape[1]), np.float32)


def mirror_axis(shape: tuple[int, ...]) -> int | None:
    """Which axis of activations runs from left to right: (batch, channels, height, width) or (batch, height, width,
    channels), pictures being square; None where none does, as in a row of tokens that know their own places."""
    if len(shape) != 4:
        return None
    return 3 if shape[2] == shape[3] else 2 if shape[1] == shape[2] else None


def _room(file: Path, shape: tuple[int, ...]) -> np.ndarray:
    file.parent.mkdir(parents=True, exist_ok=True)
    check_free_disk(file.parent, 2 * int(np.prod(shape)))
    return np.memmap(file, dtype=np.float16, mode="w+", shape=shape)
