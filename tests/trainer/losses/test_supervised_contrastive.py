"""Supervised contrastive loss against a plain loop."""

import math

import pytest
import torch
from torch import Tensor

from tests.trainer.losses.making import unit
from trainer.losses.supervised_contrastive import supervised_contrastive


def naive(embeddings: Tensor, together: Tensor, apart: Tensor, temperature: float) -> float:
    losses = []
    for i in range(len(embeddings)):
        similar = [(embeddings[i] @ other).item() / temperature for other in embeddings]
        positives = [j for j in range(len(embeddings)) if together[i, j]]
        counted = [j for j in range(len(embeddings)) if together[i, j] or apart[i, j]]
        if positives:
            below = math.log(sum(math.exp(similar[j]) for j in counted))
            losses.append(-sum(similar[j] - below for j in positives) / len(positives))
    return sum(losses) / len(losses)


def masks(labels: list[int]) -> tuple[Tensor, Tensor]:
    column = torch.tensor(labels)
    same = column[:, None] == column[None, :]
    return same & ~torch.eye(len(labels), dtype=torch.bool), ~same


@pytest.mark.parametrize("seed", range(5))
def test_equals_a_plain_loop(seed: int) -> None:
    """Labels 0…2, one member that stands alone, and one pair that nothing is said of."""
    random = torch.Generator().manual_seed(seed)
    together, apart = masks([*torch.randint(0, 3, (9,), generator=random).tolist(), 7])
    together[0, 1] = together[1, 0] = apart[0, 1] = apart[1, 0] = False
    embeddings = unit(10, seed)
    expected = naive(embeddings, together, apart, 0.1)
    assert supervised_contrastive(embeddings, together, apart, 0.1).item() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2]])
def test_teaches_nothing_when_all_or_none_belong_together(labels: list[int]) -> None:
    embeddings = unit(3, 0).requires_grad_()
    loss = supervised_contrastive(embeddings, *masks(labels), 0.1)
    loss.backward()
    assert loss.item() == 0.0
