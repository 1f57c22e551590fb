"""A CLIP model as learning sees it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from trainer.encoders.clip import ClipEncoder
from trainer.encoders.picture_reading import unit
from trainer.pictures.weights import MATRIX, set_layers


class ClipNetwork:
    """embedding = unit(out · (I + its side's rows of the matrix)), for pictures and for words, where out is what the
    tower gives. The matrix can be part of a tower whose last layer is one, so the other towers have none.

    The features of a picture are its embedding by the base model.
    """

    def __init__(self, encoder: ClipEncoder, *, quick: bool = False) -> None:
        """quick: of a tower without a matrix only the top learns."""
        self.encoder = encoder
        self.mean: Tensor | None = None
        self.of_pictures = encoder.picture_projection()
        self.of_words = None if encoder.task.has_picture_queries else encoder.text_projection()
        self.size = encoder.embedding_size
        self.matrix_shape = (self.size * sum(side is not None for side in (self.of_pictures, self.of_words)), self.size)
        self.has_matrix = bool(self.matrix_shape[0])
        self._in_matrix = {id(part) for side in (self.of_pictures, self.of_words) if side for part in side.parts}
        if quick and not self.has_matrix:
            encoder.learn_above(1)

    def prepare(self, features: np.ndarray) -> None:
        """Nothing of it is needed."""

    def upper(self, activations: Tensor) -> Tensor:
        """See Network."""
        return self.encoder.upper(activations)

    def start(self, features: Tensor) -> Tensor:
        """See Network."""
        return features

    def join(self, start: Tensor, features: Tensor, times: Callable[[Tensor], Tensor]) -> Tensor:
        """See Network."""
        return start if self.of_pictures is None else unit(start + times(self._beside(start, 0)))

    def join_words(self, words: Tensor, times: Callable[[Tensor], Tensor]) -> Tensor:
        """See Network."""
        place = 0 if self.of_pictures is None else 1
        return words if self.of_words is None else unit(words + times(self._beside(words, place)))

    def layers(self) -> dict[str, nn.Parameter]:
        """The upper blocks of both towers, or of the picture tower alone where pictures search pictures. What the
        matrix becomes part of stays, and so does the scale of the similarities, which no embedding depends on."""
        return {
            name: value for name, value in self.encoder.upper_parameters().items() if id(value) not in self._in_matrix
        }

    def rates(self) -> dict[str, float]:
        """See Network."""
        return self.encoder.upper_rates()

    def texts(self, texts: Sequence[str]) -> Tensor | None:
        """See Network."""
        return self.encoder.embed_texts(self.encoder.tokenise(texts))

    def publish(self, weights: Mapping[str, Tensor]) -> None:
        """The matrix becomes part of the towers' last layers: a stock open_clip model."""
        set_layers(self.layers(), weights)
        if MATRIX in weights and self.has_matrix:
            rows = list(weights[MATRIX].split(self.size))
            for side in filter(None, (self.of_pictures, self.of_words)):
                side.followed_by(torch.eye(self.size) + rows.pop(0))

    def _beside(self, x: Tensor, place: int) -> Tensor:
        """x (batch, d) in its side's columns (batch, rows of the matrix), zeros in the other's."""
        parts = [torch.zeros_like(x)] * (self.matrix_shape[0] // self.size)
        parts[place] = x
        return torch.cat(parts, 1)
