"""From a batch to the loss of its embeddings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from trainer.config import FinetuneConfig, Loss
from trainer.examples import Batch, Examples
from trainer.loss_choice import choose_loss, is_balanced
from trainer.losses import cosent, over_sizes, supervised_contrastive, symmetric_info_nce, triplet_margin

COSENT_SHARE = 0.1
SUPERVISED_CONTRASTIVE_SHARE = 0.1
"""Weights of these losses beside InfoNCE, which has 1.

Measured (all-MiniLM-L6-v2, 300 diagnosis questions, 3 passes, one seed, 500 test questions, graded nDCG@10):
siblings of the match scored .5: InfoNCE .659; with CoSENT at 0.1 .654, at 0.3 .636, at 1 .624, CoSENT alone .609.
Scored .4, so judged wrong: .629 and .623. By matches alone .645 → .653 and .651 → .647. One seed cannot tell 0.1 from
none, but more costs. So a small share, for the order of the scores. For supervised contrastive see `is_balanced`.
"""

MARGIN = 0.2
"""Cosine distance by which a match is to be closer than a wrong document."""


@dataclass(frozen=True)
class Objective:
    """The loss of one training. It sees embeddings only, so texts and pictures share it.

    loss: never AUTO. temperature: of all losses but the triplet loss, which has none. balanced: whether batches are to
    hold several queries of each document (`draw_epoch`). sizes: prefixes of the embeddings to train as well.
    """

    loss: Loss
    temperature: float
    balanced: bool = False
    sizes: tuple[int, ...] = ()

    @classmethod
    def of(cls, examples: Examples, config: FinetuneConfig) -> Self:
        """Raises DataError when the examples lack what the loss needs."""
        loss = choose_loss(config.loss, examples)
        return cls(loss, config.temperature, is_balanced(config.loss, examples, config.batch_size), config.output_sizes)

    def loss_of(self, batch: Batch) -> Callable[[Tensor], Tensor]:
        """A function of the batch's embeddings, (b + m, d) of length 1: its b queries, then its m documents."""

        def loss(vectors: Tensor) -> Tensor:
            queries, documents = vectors[: len(batch.queries)], vectors[len(batch.queries) :]  # (b, d), (m, d)

            def on_device(array: np.ndarray) -> Tensor:
                return torch.from_numpy(array).to(vectors.device)

            positive, not_wrong = on_device(batch.positive), on_device(batch.relevant | batch.spared)
            if self.loss is Loss.TRIPLET:
                return triplet_margin(queries, documents, positive, ~not_wrong, MARGIN)
            total = symmetric_info_nce(queries, documents, positive, not_wrong, self.temperature)
            if self.loss is Loss.COSENT:
                total = total + COSENT_SHARE * cosent(queries, documents, on_device(batch.grades), self.temperature)
            if self.loss is Loss.SUPERVISED_CONTRASTIVE:
                together, apart = (on_device(mask) for mask in belonging(batch))
                other = supervised_contrastive(queries, together, apart, self.temperature)
                total = total + SUPERVISED_CONTRASTIVE_SHARE * other
            return total

        return over_sizes(loss, self.sizes)


def belonging(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """(together, apart), each (b, b) bool: two different queries that share a match, and two that share none. Of two
    rows with the same query, nothing is said."""
    names = np.array(batch.queries)
    share = (batch.relevant.astype(np.float32) @ batch.relevant.T.astype(np.float32)) > 0
    return share & (names[:, None] != names[None, :]), ~share
