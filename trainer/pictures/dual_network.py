"""The embedded model of texts and pictures as learning sees it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from trainer.encoders.dual import DualEncoder
from trainer.encoders.picture_reading import unit
from trainer.pictures.closed_form import towards_words
from trainer.pictures.weights import MATRIX, set_layers

STAGE_WEIGHT = 0.5
"""Length of each earlier stage's standardised features, against that of the last ones. From .35 to 1.2: the same."""

REACH = 6.0
"""How far features move a picture, in mean lengths of what is special about its classes' names. From 4 to 8: alike."""


class DualNetwork:
    """embedding = unit(start + features · M + start · S + c), where the rows of the matrix are those of M, S and c;
    start = the classes' names, each as likely as it is, and what the base model's own matrix adds."""

    has_matrix = True
    mean: Tensor | None = None

    def __init__(self, encoder: DualEncoder) -> None:
        self.encoder = encoder
        self._own, self._gloss = (part.detach().clone() for part in (encoder.joint.matrix, encoder.joint.gloss))
        self.features, self.size = encoder.feature_size, encoder.embedding_size
        self.matrix_shape = (self.features + self.size + 1, self.size)

    def prepare(self, features: np.ndarray) -> None:
        """The first time, mean and deviation are those of all pictures at hand, catalogue included."""
        if not bool(self._own.any()):
            spread = (features.std(0) + 1e-3) / _weights(self.encoder.image.stage_sizes)
            self.encoder.set_joint(mean=features.mean(0), std=spread.astype(np.float32))

    def prepare_words(self, words: np.ndarray) -> None:
        """They are looked at when the matrix is solved."""

    def upper(self, activations: Tensor) -> Tensor:
        """See Network."""
        return self.encoder.upper(activations)

    def start(self, features: Tensor) -> Tensor:
        """See Network."""
        return self._named(features) + self._standardised(features) @ self._own

    def join(self, start: Tensor, features: Tensor, times: Callable[[Tensor], Tensor]) -> Tensor:
        """See Network."""
        return unit(start + times(torch.cat([self._standardised(features), start, start.new_ones(len(start), 1)], 1)))

    def join_words(self, words: Tensor, times: Callable[[Tensor], Tensor]) -> Tensor:
        """Words stay where they are; pictures come to them."""
        return words

    def layers(self) -> dict[str, nn.Parameter]:
        """See Network."""
        return self.encoder.upper_parameters()

    def rates(self) -> dict[str, float]:
        """See Network."""
        return {}

    def texts(self, texts: Sequence[str]) -> Tensor | None:
        """Measured: training the text tower too made it worse."""
        return None

    def solve(self, features: np.ndarray, everything: np.ndarray, words: np.ndarray) -> Tensor:
        """The whole matrix in closed form, from features (n, f) of pictures and embeddings (n, d) of their words.

        everything: features (m, f) of all pictures at hand. Their classes' names are centred, and so are the words.
        """
        with torch.inference_mode():
            all_features = torch.from_numpy(everything).to(self.encoder.device)
            named, start = (x.cpu().numpy() for x in (self._named(all_features), self.start(all_features)))
            squared_length = float(self._standardised(all_features).square().sum(1).mean())
            own = self._standardised(torch.from_numpy(features).to(self.encoder.device)).cpu().numpy()
        matrix, common = towards_words(own, words, squared_length)
        special = float(np.linalg.norm(named - named.mean(0), axis=1).mean())
        across = np.outer(common, common)
        mean = start.mean(0)
        rows = [REACH * special * matrix, -across, (mean @ across - mean)[None]]
        return torch.from_numpy(np.concatenate(rows).astype(np.float32))

    def publish(self, weights: Mapping[str, Tensor]) -> None:
        """What the matrix does to the start goes into the names of the classes: likelihoods have the sum 1."""
        set_layers(self.layers(), weights)
        if MATRIX in weights:
            own, gloss = self._own.cpu(), self._gloss.cpu()
            of_features, of_start, constant = weights[MATRIX].split([self.features, self.size, 1])
            self.encoder.set_joint(matrix=own + own @ of_start + of_features, gloss=gloss + gloss @ of_start + constant)

    def _named(self, features: Tensor) -> Tensor:
        return self.encoder.likely(features) @ self._gloss

    def _standardised(self, features: Tensor) -> Tensor:
        joint = self.encoder.joint
        return (features - joint.mean) / joint.std


def _weights(sizes: Sequence[int]) -> np.ndarray:
    """(sum(sizes),): the squared length of standardised features is that of the last ones alone."""
    lengths = [1.0] + [STAGE_WEIGHT * (sizes[0] / size) ** 0.5 for size in sizes[1:]]
    whole = (1 + (len(sizes) - 1) * STAGE_WEIGHT**2) ** 0.5
    return np.repeat(np.array(lengths) / whole, sizes)
