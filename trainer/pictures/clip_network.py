"""A CLIP model as learning sees it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from trainer.encoders.clip import ClipEncoder
from trainer.encoders.picture_reading import unit
from trainer.pictures.weights import MATRIX, set_layers


class ClipNetwork:
    """embedding of pictures = unit(out + c · P f · M), of words = unit(w + w · N): what the picture tower makes of its
    last features f and what the text tower gives, w of length 1, each moved by its rows of the matrix, [M; N].

    P takes off what is along the mean of all pictures' features, which says nothing about any; c makes P f as long as
    out is, on average. Both can become part of the last layer of a tower where that is a matrix, so that a tower whose
    last layer is another has no rows, and the features of a picture are its embedding.
    """

    def __init__(self, encoder: ClipEncoder, *, quick: bool = False) -> None:
        """quick: of a model without any rows only the top learns."""
        self.encoder = encoder
        self.mean: Tensor | None = None
        self.of_pictures = encoder.picture_projection()
        self.of_words = None if encoder.task.has_picture_queries else encoder.text_projection()
        self.size = encoder.embedding_size
        self.rows = (0 if self.of_pictures is None else len(self.of_pictures.weight), self.size * bool(self.of_words))
        self.matrix_shape = (sum(self.rows), self.size)
        self.has_matrix = bool(self.matrix_shape[0])
        self._in_matrix = {id(part) for side in (self.of_pictures, self.of_words) if side for part in side.parts}
        self._common, self._length, self._moved = torch.zeros(self.rows[0]), 1.0, 1.0
        if quick and not self.has_matrix:
            encoder.learn_above(1)

    def prepare(self, features: np.ndarray) -> None:
        """Their mean is what all pictures have in common."""
        if self.of_pictures is None:
            return
        mean = torch.from_numpy(features.mean(0))
        self._common = (mean / mean.norm().clamp_min(1e-12)).to(self.encoder.device)
        with torch.inference_mode():
            seen = torch.from_numpy(features).to(self.encoder.device)
            self._length = float(self._out(seen).norm(dim=1).mean())
            self._moved = float(self._special(seen).norm(dim=1).mean()) + 1e-6

    def upper(self, activations: Tensor) -> Tensor:
        """See Network."""
        if self.of_pictures is None:
            return unit(self.encoder.upper(activations))
        with self.of_pictures.left_out():
            return self.encoder.upper(activations).float()

    def start(self, features: Tensor) -> Tensor:
        """See Network."""
        return features if self.of_pictures is None else self._out(features) / self._length

    def join(self, start: Tensor, features: Tensor, times: Callable[[Tensor], Tensor]) -> Tensor:
        """See Network."""
        if self.of_pictures is None:
            return unit(start)
        moved = self._special(features) / self._moved
        return unit(start + times(torch.cat([moved, moved.new_zeros(len(moved), self.rows[1])], 1)))

    def join_words(self, words: Tensor, times: Callable[[Tensor], Tensor]) -> Tensor:
        """See Network."""
        if self.of_words is None:
            return words
        return unit(words + times(torch.cat([words.new_zeros(len(words), self.rows[0]), words], 1)))

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
        if MATRIX not in weights or not self.has_matrix:
            return
        of_pictures, of_words = weights[MATRIX].to(self.encoder.device).split(self.rows)
        if self.of_pictures is not None:
            moved = of_pictures - torch.outer(self._common, self._common @ of_pictures)  # P · M
            own = self.of_pictures
            own.change(own.weight + self._length / self._moved * moved, own.bias)
        if self.of_words is not None:
            self.of_words.follow_by(torch.eye(self.size, device=of_words.device) + of_words)

    def _out(self, features: Tensor) -> Tensor:
        assert self.of_pictures is not None
        return features @ self.of_pictures.weight + self.of_pictures.bias

    def _special(self, features: Tensor) -> Tensor:
        return features - torch.outer(features @ self._common, self._common)
