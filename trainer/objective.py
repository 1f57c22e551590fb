"""From a batch to the loss of its embeddings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from trainer.config import FinetuneConfig, Loss
from trainer.examples import Batch, Examples
from trainer.loss_choice import choose_loss
from trainer.losses import cosent, supervised_contrastive, symmetric_info_nce, triplet_margin

COSENT_SHARE = 0.1
SUPERVISED_CONTRASTIVE_SHARE = 0.1
"""Weights of these losses beside InfoNCE, which has 1."""

MARGIN = 0.2
"""Cosine distance by which a match is to be closer than a wrong document."""


@dataclass(frozen=True)
class Objective:
    """The loss of one training. It sees embeddings only, so texts and pictures share it.

    loss: never AUTO. temperature: of all losses but the triplet loss, which has none.
    """

    loss: Loss
    temperature: float

    @classmethod
    def of(cls, examples: Examples, config: FinetuneConfig) -> Self:
        """Raises DataError when the examples lack what the loss needs."""
        return cls(choose_loss(config.loss, examples), config.temperature)

    @property
    def balanced(self) -> bool:
        """Whether batches are to hold several queries of each document (`draw_epoch`)."""
        return self.loss is Loss.SUPERVISED_CONTRASTIVE

    def loss_of(self, batch: Batch) -> Callable[[Tensor], Tensor]:
        """A function of the batch's embeddings, (b + m, d) of length 1: its b queries, then its m documents."""

        def loss(vectors: Tensor) -> Tensor:
            queries, documents = vectors[: len(batch.queries)], vectors[len(batch.queries) :]  # (b, d), (m, d)

            def on_device(array: np.ndarray) -> Tensor:
                return torch.from_numpy(array).to(vectors.device)

            positive, relevant = on_device(batch.positive), on_device(batch.relevant)
            if self.loss is Loss.TRIPLET:
                return triplet_margin(queries, documents, positive, ~relevant, MARGIN)
            total = symmetric_info_nce(queries, documents, positive, relevant, self.temperature)
            if self.loss is Loss.COSENT:
                total = total + COSENT_SHARE * cosent(queries, documents, on_device(batch.grades), self.temperature)
            if self.loss is Loss.SUPERVISED_CONTRASTIVE:
                together, apart = (on_device(mask) for mask in belonging(batch))
                other = supervised_contrastive(queries, together, apart, self.temperature)
                total = total + SUPERVISED_CONTRASTIVE_SHARE * other
            return total

        return loss


def belonging(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """(together, apart), each (b, b) bool: two different queries that share a match, and two that share none. Of two
    rows with the same query, nothing is said."""
    names = np.array(batch.queries)
    share = (batch.relevant.astype(np.float32) @ batch.relevant.T.astype(np.float32)) > 0
    return share & (names[:, None] != names[None, :]), ~share
