"""CoSENT against a plain loop."""

import math

import pytest
import torch
from torch import Tensor

from tests.trainer.losses.making import unit
from trainer.losses.cosent import cosent

NAN = float("nan")


def naive(queries: Tensor, documents: Tensor, grades: Tensor, temperature: float) -> float:
    judged = [
        (grades[i, j].item(), (queries[i] @ documents[j]).item())
        for i in range(len(queries))
        for j in range(len(documents))
        if not math.isnan(grades[i, j].item())
    ]
    total = 1.0
    for lower, similarity_of_lower in judged:
        for higher, similarity_of_higher in judged:
            if lower < higher:
                total += math.exp((similarity_of_lower - similarity_of_higher) / temperature)
    return math.log(total)


@pytest.mark.parametrize("seed", range(5))
def test_equals_a_plain_loop(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    grades = torch.randint(0, 5, (6, 9), generator=random) / 4
    grades[torch.rand(6, 9, generator=random) < 0.7] = NAN
    queries, documents = unit(6, seed), unit(9, seed + 100)
    expected = naive(queries, documents, grades, 0.05)
    assert cosent(queries, documents, grades, 0.05).item() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("grades", [[[NAN, NAN], [NAN, NAN]], [[0.5, NAN], [NAN, 0.5]]])
def test_teaches_nothing_without_two_different_grades(grades: list[list[float]]) -> None:
    queries = unit(2, 0).requires_grad_()
    loss = cosent(queries, unit(2, 1), torch.tensor(grades), 0.05)
    loss.backward()
    assert loss.item() == 0.0
    assert queries.grad is not None
    assert queries.grad.abs().max() == 0.0


def test_a_step_down_the_gradient_puts_the_better_match_first() -> None:
    query, documents = unit(1, 0), unit(3, 1)
    grades = torch.tensor([[0.0, 0.5, 1.0]])
    for _ in range(200):
        query = query.detach().requires_grad_()
        cosent(query, documents, grades, 0.05).backward()
        assert query.grad is not None
        query = torch.nn.functional.normalize(query - 0.05 * query.grad, dim=1)
    similarities = (query @ documents.T)[0]
    assert similarities[0] < similarities[1] < similarities[2]
