"""Triplet margin loss against a plain loop and sentence-transformers' own."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import TripletDistanceMetric, TripletLoss

from tests.trainer.losses.making import unit
from trainer.losses.triplet import triplet_margin


@pytest.mark.parametrize("seed", range(5))
def test_equals_a_plain_loop(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    queries, documents = unit(6, seed), unit(9, seed + 100)
    positive = torch.randint(0, 3, (6,), generator=random)
    wrong = torch.rand(6, 9, generator=random) < 0.4
    wrong[torch.arange(6), positive] = False
    violations = []
    for i in range(6):
        for j in range(9):
            if wrong[i, j]:
                match, other = 1 - queries[i] @ documents[positive[i]], 1 - queries[i] @ documents[j]
                violations.append(max(0.0, (match - other + 0.2).item()))
    counted = [loss for loss in violations if loss > 0]
    assert 0 < len(counted) < len(violations)
    loss = triplet_margin(queries, documents, positive, wrong, 0.2)
    assert loss.item() == pytest.approx(sum(counted) / len(counted), abs=1e-9)


def test_equals_sentence_transformers_where_every_triplet_violates() -> None:
    """They average over all triplets; with a margin that none keeps, that is the same."""
    queries, documents = unit(4, 0), unit(8, 1)
    wrong = torch.zeros(4, 8, dtype=torch.bool)
    wrong[torch.arange(4), torch.arange(4, 8)] = True
    theirs = TripletLoss(
        torch.nn.Identity(),  # type: ignore[arg-type]  # it embeds nothing here
        distance_metric=TripletDistanceMetric.COSINE,
        triplet_margin=2.0,
    )
    expected = theirs.compute_loss_from_embeddings([queries, documents[:4], documents[4:]], torch.empty(0))
    loss = triplet_margin(queries, documents, torch.arange(4), wrong, 2.0)
    assert loss.item() == pytest.approx(expected.item(), abs=1e-9)


def test_teaches_nothing_without_wrong_documents() -> None:
    queries = unit(2, 0).requires_grad_()
    loss = triplet_margin(queries, unit(2, 1), torch.arange(2), torch.zeros(2, 2, dtype=torch.bool), 0.2)
    loss.backward()
    assert loss.item() == 0.0
