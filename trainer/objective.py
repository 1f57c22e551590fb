"""From a batch to the loss of its embeddings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
import torch
from torch import Tensor

from trainer.config import FinetuneConfig, Loss
from trainer.examples import Batch, Examples
from trainer.loss_choice import choose_loss
from trainer.losses import cosent, over_sizes, supervised_contrastive, symmetric_info_nce, triplet_margin

COSENT_SHARE = 0.1
SUPERVISED_CONTRASTIVE_SHARE = 0.1
"""Weights of these losses beside InfoNCE, which has 1.

Measured (all-MiniLM-L6-v2, 300 diagnosis questions, 3 passes, one seed, 500 test questions, graded nDCG@10):
siblings of the match scored .5: InfoNCE .659; with CoSENT at 0.1 .654, at 0.3 .636, at 1 .624, CoSENT alone .609.
Scored .4, so judged wrong: .629 and .623. By matches alone .645 → .653 and .651 → .647. One seed cannot tell 0.1 from
none, but more costs. So a small share, for the order of the scores. Supervised contrastive lowered it (300 questions, 8
labels): .76 with 0.1, .67 with 0.3, .78 without.
"""

MARGIN = 0.2
"""Cosine distance by which a match is to be closer than a wrong document."""


@dataclass(frozen=True)
class Objective:
    """The loss of one training. It sees embeddings only, so texts and pictures share it.

    loss: never AUTO. temperature: of all losses but the triplet loss, which has none. sizes: prefixes of the embeddings
    to train as well. examples: that batches are drawn from.
    """

    loss: Loss
    temperature: float
    examples: Examples
    sizes: tuple[int, ...] = ()

    @classmethod
    def of(cls, examples: Examples, config: FinetuneConfig, loss: Loss | None = None) -> Self:
        """loss: as chosen from all examples of a run, of which these may be a part. By default it is chosen from these,
        and DataError raised when they lack what it needs."""
        loss = loss or choose_loss(config.loss, examples)
        return cls(loss, config.temperature, examples, config.output_sizes)

    @property
    def balanced(self) -> bool:
        """Whether batches are to hold several queries of each document (`draw_epoch`).

        With InfoNCE it changes nothing: 300 diagnoses in 8 chapters, seeds 0 and 1, nDCG@10 of 500 others .943 and .943
        balanced against .949 and .943 at random with hard negatives, .945 and .943 against .943 and .944 without."""
        return self.loss is Loss.SUPERVISED_CONTRASTIVE

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
                together, apart = (on_device(mask) for mask in belonging(batch.queries, self.examples))
                other = supervised_contrastive(queries, together, apart, self.temperature)
                total = total + SUPERVISED_CONTRASTIVE_SHARE * other
            return total

        return over_sizes(loss, self.sizes)


def belonging(query_ids: Sequence[str], examples: Examples) -> tuple[np.ndarray, np.ndarray]:
    """(together, apart), each (b, b) bool: two different queries that share a match, in the batch or not, and two that
    share none. Of two rows with the same query nothing is said, nor of two where a match of one is spared by the other,
    as of queries that nearly read the same."""
    matches = [set(examples.positives.get(name, ())) for name in query_ids]
    spared = [match | set(examples.spared.get(name, ())) for name, match in zip(query_ids, matches, strict=True)]
    places = {document: place for place, document in enumerate(dict.fromkeys(chain.from_iterable(matches)))}
    of_matches, of_spared = (np.zeros((len(query_ids), len(places)), dtype=np.float32) for _ in range(2))
    for row in range(len(query_ids)):
        of_matches[row, [places[name] for name in matches[row]]] = 1
        of_spared[row, [places[name] for name in spared[row] if name in places]] = 1
    share, near = (some @ of_matches.T > 0 for some in (of_matches, of_spared))
    names = np.array(query_ids)
    return share & (names[:, None] != names[None, :]), ~(near | near.T)
