"""The loss of labels against plain loops."""

import math

import pytest
import torch
from torch import Tensor, nn

from trainer.config import Loss
from trainer.losses.labels import ARC_SCALE, MARGIN, SCALE, TEMPERATURE, label_loss, make_label_loss


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


LABELS = [0, 1, 2, 0, 1, 0]


def arc_face(vectors: Tensor, centres: Tensor) -> float:
    centres, total = nn.functional.normalize(centres, dim=1), 0.0
    for vector, own in zip(vectors, LABELS, strict=True):
        angles = [math.acos(float(vector @ c)) for c in centres]
        logits = [ARC_SCALE * math.cos(angle + (MARGIN if k == own else 0)) for k, angle in enumerate(angles)]
        total += math.log(sum(map(math.exp, logits))) - logits[own]
    return total / len(LABELS)


def nt_xent(vectors: Tensor) -> float:
    scores, found = (vectors @ vectors.T / TEMPERATURE).tolist(), []
    for i, own in enumerate(LABELS):
        others = sum(math.exp(scores[i][j]) for j, label in enumerate(LABELS) if label != own)
        for j, label in enumerate(LABELS):
            if j != i and label == own:
                found.append(math.log(math.exp(scores[i][j]) + others) - scores[i][j])
    return sum(found) / len(found)


def hard_triplets(vectors: Tensor) -> float:
    scores, found = (vectors @ vectors.T).tolist(), []
    for i, own in enumerate(LABELS):
        fellows = [scores[i][j] for j, label in enumerate(LABELS) if j != i and label == own]
        if fellows:
            nearest = max(scores[i][j] for j, label in enumerate(LABELS) if label != own)
            found.append(max(0.0, nearest - min(fellows) + MARGIN))
    violated = [loss for loss in found if loss > 0]
    return sum(violated) / len(violated) if violated else 0.0


@pytest.mark.parametrize("loss", [Loss.AUTO, Loss.ARC_FACE, Loss.INFO_NCE, Loss.SUPERVISED_CONTRASTIVE, Loss.TRIPLET])
def test_each_choice_is_what_it_says(loss: Loss) -> None:
    random = torch.Generator().manual_seed(3)
    vectors = nn.functional.normalize(torch.randn(6, 5, generator=random), dim=1)
    centres = torch.randn(3, 5, generator=random)
    expected = {
        Loss.AUTO: lambda: by_loops(vectors, LABELS, centres),
        Loss.ARC_FACE: lambda: arc_face(vectors, centres),
        Loss.INFO_NCE: lambda: nt_xent(vectors),
        Loss.SUPERVISED_CONTRASTIVE: lambda: by_loops(vectors, LABELS, centres) - cos_face(vectors, centres),
        Loss.TRIPLET: lambda: hard_triplets(vectors),
    }[loss]()

    criterion = make_label_loss(loss, centres)

    found = criterion(vectors.clone().requires_grad_(), torch.tensor(LABELS))
    assert found.item() == pytest.approx(expected, rel=1e-4)
    assert len(list(criterion.parameters())) == (1 if loss in (Loss.AUTO, Loss.ARC_FACE) else 0)


def cos_face(vectors: Tensor, centres: Tensor) -> float:
    cosines = (vectors @ nn.functional.normalize(centres, dim=1).T).tolist()
    total = 0.0
    for row, own in zip(cosines, LABELS, strict=True):
        logits = [SCALE * (cosine - (MARGIN if k == own else 0)) for k, cosine in enumerate(row)]
        total += math.log(sum(map(math.exp, logits))) - logits[own]
    return total / len(LABELS)


def test_scores_are_not_learned_from_labels() -> None:
    with pytest.raises(ValueError, match="cosent"):
        make_label_loss(Loss.COSENT, torch.randn(3, 5))
