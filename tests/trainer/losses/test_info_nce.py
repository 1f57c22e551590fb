"""InfoNCE against a plain loop."""

import math

import numpy as np
import pytest
import torch

from trainer.losses import symmetric_info_nce


def naive(queries: np.ndarray, documents: np.ndarray, positive: list[int], relevant: np.ndarray, t: float) -> float:
    total = 0.0
    for i, own in enumerate(positive):
        scores = [float(queries[i] @ document) / t for document in documents]
        rivals = [j for j in range(len(documents)) if j == own or not relevant[i, j]]
        total += -scores[own] + math.log(sum(math.exp(scores[j]) for j in rivals))
        back = [float(query @ documents[own]) / t for query in queries]
        askers = [k for k in range(len(queries)) if k == i or not relevant[k, own]]
        total += -back[i] + math.log(sum(math.exp(back[k]) for k in askers))
    return total / len(positive) / 2


@pytest.mark.parametrize("seed", range(5))
def test_equals_a_plain_loop(seed: int) -> None:
    random = np.random.default_rng(seed)
    queries, documents = random.normal(size=(6, 8)), random.normal(size=(9, 8))
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    documents /= np.linalg.norm(documents, axis=1, keepdims=True)
    positive = random.integers(0, 6, 6)
    relevant = random.random((6, 9)) < 0.2
    relevant[np.arange(6), positive] = True
    loss = symmetric_info_nce(
        torch.from_numpy(queries),
        torch.from_numpy(documents),
        torch.from_numpy(positive),
        torch.from_numpy(relevant),
        0.05,
    )
    assert loss.item() == pytest.approx(naive(queries, documents, positive.tolist(), relevant, 0.05), abs=1e-9)


def test_a_shared_document_and_a_second_match_push_nothing_away() -> None:
    """Two queries of one document: with nothing else to be confused with, there is nothing to learn."""
    queries = torch.nn.functional.normalize(torch.randn(2, 4), dim=1).requires_grad_()
    documents = torch.nn.functional.normalize(torch.randn(2, 4), dim=1)
    relevant = torch.ones(2, 2, dtype=torch.bool)
    loss = symmetric_info_nce(queries, documents, torch.tensor([0, 0]), relevant, 0.05)
    loss.backward()
    assert loss.item() == pytest.approx(0.0, abs=1e-6)
    assert queries.grad is not None
    assert queries.grad.abs().max() < 1e-6
