"""The loss of labels against plain loops."""

import math

import pytest
import torch
from torch import Tensor, nn

from trainer.losses import label_loss
from trainer.losses.labels import MARGIN, SCALE, TEMPERATURE


def by_loops(vectors: Tensor, labels: list[int], centres: Tensor) -> float:
    centres = nn.functional.normalize(centres, dim=1)
    classify, contrast = [], []
    for i, own in enumerate(labels):
        logits = [SCALE * (float(vectors[i] @ c) - (MARGIN if k == own else 0)) for k, c in enumerate(centres)]
        classify.append(math.log(sum(map(math.exp, logits))) - logits[own])
        others = {j: float(vectors[i] @ vectors[j]) / TEMPERATURE for j in range(len(labels)) if j != i}
        fellows = [j for j in others if labels[j] == own]
        if fellows:
            total = math.log(sum(math.exp(score) for score in others.values()))
            contrast.append(sum(total - others[j] for j in fellows) / len(fellows))
    return sum(classify) / len(classify) + (sum(contrast) / len(contrast) if contrast else 0)


@pytest.mark.parametrize("labels", [[0, 1, 2, 0, 1, 0], [0, 1, 2, 3, 4, 5], [1, 1, 1, 1, 1, 1]])
def test_equals_plain_loops(labels: list[int]) -> None:
    random = torch.Generator().manual_seed(len(set(labels)))
    vectors = nn.functional.normalize(torch.randn(6, 5, generator=random), dim=1).requires_grad_()
    centres = torch.randn(6, 5, generator=random)
    loss = label_loss(vectors, torch.tensor(labels), centres)
    assert loss.item() == pytest.approx(by_loops(vectors.detach(), labels, centres), rel=1e-5)
    loss.backward()
    assert vectors.grad is not None
    assert bool(torch.isfinite(vectors.grad).all())
