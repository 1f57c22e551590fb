"""A CLIP model as learning sees it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from trainer.encoders.clip import ClipEncoder
from trainer.encoders.picture_reading import unit
from trainer.pictures.weights import MATRIX, set_layers


class ClipNetwork:
    """embedding of pictures = unit(out + P f · M), of words = unit(w + Q w · N): what the picture tower makes of its
    last features f and what the text tower gives, w of length 1, each moved by its rows of the matrix, [M; N].

    P and Q take off what is along the mean of all pictures' features, or of all words, which says nothing about any,
    and make the rest as long as out and w are, on average. All of it can become part of a tower's last layer where
    that is a matrix; a tower that ends otherwise has no rows, and the features of a picture are its embedding.
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
        self._special = torch.eye(self.rows[0]), torch.eye(self.rows[1])  # P and Q, once prepared
        self._length = 1.0  # of out, on average
        if quick and not self.has_matrix:
            encoder.learn_above(1)

    def prepare(self, features: np.ndarray) -> None:
        """Their mean is what all pictures have in common."""
        if self.of_pictures is not None:
            seen = torch.from_numpy(features).to(self.encoder.device)
            self._length = float(self._out(seen).norm(dim=1).mean())
            self._special = (_what_is_special(seen), self._special[1])

    def prepare_words(self, words: np.ndarray) -> None:
        """See Network."""
        if self.of_words is not None:
            self._special = (self._special[0], _what_is_special(torch.from_numpy(words).to(self.encoder.device)))

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
        moved = features @ self._special[0]
        return unit(start + times(torch.cat([moved, moved.new_zeros(len(moved), self.rows[1])], 1)))

    def join_words(self, words: Tensor, times: Callable[[Tensor], Tensor]) -> Tensor:
        """See Network."""
        if self.of_words is None:
            return words
        moved = words @ self._special[1]
        return unit(words + times(torch.cat([moved.new_zeros(len(words), self.rows[0]), moved], 1)))

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
            own, moved = self.of_pictures, self._special[0] @ of_pictures
            own.change(own.weight + self._length * moved, own.bias)
        if self.of_words is not None:
            self.of_words.follow_by(torch.eye(self.size, device=of_words.device) + self._special[1] @ of_words)

    def _out(self, features: Tensor) -> Tensor:
        assert self.of_pictures is not None
        return features @ self.of_pictures.weight + self.of_pictures.bias


def _what_is_special(vectors: Tensor) -> Tensor:
    """(f, f), symmetric: takes off what is along the mean of vectors (n, f), and makes the rest of them of length 1 on
    average."""
    mean = vectors.mean(0)
    common = mean / mean.norm().clamp_min(1e-12)
    special = torch.eye(len(common), device=vectors.device) - torch.outer(common, common)
    return special / (vectors @ special).norm(dim=1).mean().clamp_min(1e-6)
