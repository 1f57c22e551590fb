"""What of a picture model learns, behind one face: a matrix on top of its features, and upper layers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from trainer.encoders.clip import ClipEncoder
from trainer.encoders.dual import DualEncoder
from trainer.encoders.picture import PictureEncoder
from trainer.encoders.picture_reading import unit
from trainer.pictures.clip_network import ClipNetwork
from trainer.pictures.dual_network import DualNetwork
from trainer.pictures.weights import MATRIX, set_layers

Times = Callable[[Tensor], Tensor]
"""x (batch, rows of the matrix) → x · matrix, (batch, d): whoever learns it need not write the matrix out."""


class Network(Protocol):
    """A picture model in the parts that learning needs.

    encoder: holds the weights. has_matrix: whether a matrix on its features can be learned; else only layers are.
    matrix_shape: of that matrix. mean: see `first_matrix`.
    """

    encoder: Any
    has_matrix: bool
    matrix_shape: tuple[int, int]
    mean: Tensor | None

    def prepare(self, features: np.ndarray) -> None:
        """Is shown the features (n, f) of all pictures that may be learned from, once, before anything is."""

    def prepare_words(self, words: np.ndarray) -> None:
        """Is shown the embeddings (n, d) of all words that may be learned from, once, where there are any."""

    def upper(self, activations: Tensor) -> Tensor:
        """From what was kept of each picture to its features (batch, f)."""

    def start(self, features: Tensor) -> Tensor:
        """What the matrix is added to, (batch, d)."""

    def join(self, start: Tensor, features: Tensor, times: Times) -> Tensor:
        """Embeddings (batch, d) of length 1. times: the matrix."""

    def join_words(self, words: Tensor, times: Times) -> Tensor:
        """Embeddings (batch, d) of length 1 of words from those without the matrix."""

    def layers(self) -> dict[str, nn.Parameter]:
        """What learns beside the matrix, by name."""

    def rates(self) -> dict[str, float]:
        """What the learning rate of each of `layers` is multiplied by; those without a number by 1."""

    def texts(self, texts: Sequence[str]) -> Tensor | None:
        """Embeddings (len(texts), d) with gradients; None where the text side does not learn."""

    def publish(self, weights: Mapping[str, Tensor]) -> None:
        """Gives the encoder these weights: layers by name, and the matrix."""


class TimmNetwork:
    """out = features, or head · features where there is a head; embedding = unit(out + [out, 1] @ matrix)."""

    has_matrix = True

    def __init__(self, encoder: PictureEncoder) -> None:
        self.encoder = encoder
        size = encoder.embedding_size
        self.matrix_shape = (size + 1, size)
        self.mean: Tensor | None = None  # once it is prepared
        head = encoder.head
        self._head = None if head is None else (head.weight.detach().clone(), head.bias.detach().clone())

    def prepare(self, features: np.ndarray) -> None:
        """Their mean is what all pictures have in common."""
        with torch.inference_mode():
            mean = self.start(torch.from_numpy(features.mean(0, keepdims=True)).to(self.encoder.device))
        self.mean = torch.cat([mean[0].cpu(), torch.ones(1)])

    def prepare_words(self, words: np.ndarray) -> None:
        """There are none."""

    def upper(self, activations: Tensor) -> Tensor:
        """See Network."""
        return self.encoder.upper(activations)

    def start(self, features: Tensor) -> Tensor:
        """See Network."""
        return features if self._head is None else nn.functional.linear(features, *self._head)

    def join(self, start: Tensor, features: Tensor, times: Times) -> Tensor:
        """See Network."""
        return unit(start + times(torch.cat([start, start.new_ones(len(start), 1)], 1)))

    def join_words(self, words: Tensor, times: Times) -> Tensor:
        """It reads none."""
        return words

    def layers(self) -> dict[str, nn.Parameter]:
        """See Network."""
        return self.encoder.upper_parameters()

    def rates(self) -> dict[str, float]:
        """See Network."""
        return self.encoder.upper_rates()

    def texts(self, texts: Sequence[str]) -> Tensor | None:
        """It reads none."""
        return None

    def publish(self, weights: Mapping[str, Tensor]) -> None:
        """The matrix becomes the head, or part of it: a stock classifier of timm."""
        set_layers(self.layers(), weights)
        if MATRIX in weights:
            whole, constant = torch.eye(self.matrix_shape[1]) + weights[MATRIX][:-1], weights[MATRIX][-1]
            if self._head is None:
                self.encoder.set_head(whole.t(), constant)
            else:
                weight, bias = (part.cpu() for part in self._head)
                self.encoder.set_head(whole.t() @ weight, bias @ whole + constant)

    def project(self, directions: Tensor) -> None:
        """Has the encoder give its embeddings projected on directions (d, fewer); its head is there already."""
        head = self.encoder.head
        assert head is not None
        weight, bias = (part.detach().cpu() for part in (head.weight, head.bias))
        self.encoder.set_head(directions.t() @ weight, bias @ directions)


def make_network(encoder: PictureEncoder | DualEncoder | ClipEncoder, *, quick: bool = False) -> Network:
    """The network of an encoder. quick: all that learns is to learn in seconds, where that is possible."""
    if isinstance(encoder, DualEncoder):
        return DualNetwork(encoder)
    return ClipNetwork(encoder, quick=quick) if isinstance(encoder, ClipEncoder) else TimmNetwork(encoder)
