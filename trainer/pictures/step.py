"""The gradients of one batch of pictures, and of texts where they learn: in passes, within the machine's memory."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from trainer.encoders.halving import is_out_of_memory
from trainer.errors import ResourceError

ITEMS_A_PASS = {"cpu": 32, "cuda": 128}
"""Pictures, or texts, whose activations are kept at once, where layers learn."""

See = Callable[[Sequence[str]], Tensor]
"""Embeddings (n, d) of some items by their names, with gradients where wanted."""


class Eyes(Protocol):
    """How a training sees, by the network as it is learning; both (n, d) of length 1, with gradients where wanted."""

    def pictures(self, keys: Sequence[str]) -> Tensor:
        """Embeddings of pictures."""

    def words(self, texts: Sequence[str], base: np.ndarray) -> Tensor:
        """Embeddings of texts. base: (n, d) by the base model."""


@dataclass(frozen=True)
class Part:
    """Items of a batch that are seen alike."""

    see: See
    names: Sequence[str]


class Passes:
    """How many items go through the network at once: fewer, once memory ran out."""

    def __init__(self, most: int | None, fast: Callable[[], AbstractContextManager[None]]) -> None:
        """most: None for any number. fast: inside, the network computes in the precision of training."""
        self.most, self.fast = most, fast

    def backward(self, parts: Sequence[Part], loss_of: Callable[[Tensor], Tensor], forget: Callable[[], None]) -> float:
        """Leaves the gradients of one batch in the parameters and returns its loss.

        loss_of: of the embeddings of all parts, one under the other. forget: sets the gradients back to none. Each time
        that memory runs out, passes become smaller by half; raises ResourceError when not even one item fits.
        """
        while True:
            try:
                return self._backward(parts, loss_of)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                forget()
                largest = max(len(part.names) for part in parts)
                self.most = min(largest, self.most or largest) // 2
                if not self.most:
                    raise ResourceError(
                        "The machine's memory does not suffice to train this base model.",
                        "Choose a smaller base model.",
                    ) from error

    def _backward(self, parts: Sequence[Part], loss_of: Callable[[Tensor], Tensor]) -> float:
        """Where a batch is larger than a pass, the gradient of the loss by the embeddings is found first, and each pass
        is then repeated with it: the same numbers in the memory of one pass, for a third more time (gradient caching,
        Gao et al. 2021, arXiv:2101.06983; exact, as a network in evaluation mode sees each item by itself)."""
        if self.most is None or all(len(part.names) <= self.most for part in parts):
            loss = loss_of(torch.cat([self._see(part) for part in parts]))
            loss.backward()
            return loss.item()
        pieces = [
            Part(part.see, part.names[start : start + self.most])
            for part in parts
            for start in range(0, len(part.names), self.most)
        ]
        with torch.no_grad():
            vectors = torch.cat([self._see(piece) for piece in pieces])
        vectors.requires_grad_()
        loss = loss_of(vectors)
        loss.backward()
        assert vectors.grad is not None
        for piece, gradient in zip(pieces, vectors.grad.split([len(piece.names) for piece in pieces]), strict=True):
            seen = self._see(piece)
            if seen.requires_grad:  # texts may stay as they are
                seen.backward(gradient)
        return loss.item()

    def _see(self, part: Part) -> Tensor:
        with self.fast():
            return part.see(part.names)
