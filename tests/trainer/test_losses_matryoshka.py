"""Against a plain loop, and for what it is there for: prefixes that search well."""

import pytest
import torch
from torch import Tensor, nn

from trainer.losses import over_sizes, symmetric_info_nce


def of_vectors(vectors: Tensor) -> Tensor:
    """InfoNCE of the first half against the second."""
    half = len(vectors) // 2
    diagonal = torch.eye(half, dtype=torch.bool)
    return symmetric_info_nce(vectors[:half], vectors[half:], torch.arange(half), diagonal, 0.1)


@pytest.fixture
def vectors() -> Tensor:
    torch.manual_seed(0)
    return nn.functional.normalize(torch.randn(8, 12), dim=1)


def test_is_the_mean_over_the_sizes(vectors: Tensor) -> None:
    expected = of_vectors(vectors).item()
    for size in (6, 3):
        prefix = vectors[:, :size]
        expected += of_vectors(prefix / (prefix**2).sum(dim=1, keepdim=True).sqrt()).item()
    assert over_sizes(of_vectors, (3, 6))(vectors).item() == pytest.approx(expected / 3, rel=1e-6)


def test_sizes_that_are_no_shorter_count_for_nothing(vectors: Tensor) -> None:
    assert over_sizes(of_vectors, (12, 64))(vectors).item() == pytest.approx(of_vectors(vectors).item())
    assert over_sizes(of_vectors, ()) is of_vectors


def test_prefixes_learn_what_the_whole_would_keep_to_its_end(vectors: Tensor) -> None:
    """Embeddings that tell texts apart by their last numbers only: the plain loss is content, this one is not."""
    hidden = torch.zeros(8, 12)
    hidden[:, :3] = 0.1
    hidden[torch.arange(8), 8 + torch.arange(8) % 4] = 1.0
    weights = nn.functional.normalize(hidden, dim=1).requires_grad_()
    assert over_sizes(of_vectors, (3,))(weights) > of_vectors(weights) + 0.5
    optimiser = torch.optim.SGD([weights], lr=2.0)
    weights.data[:, :3] += 0.01 * vectors[:, :3]
    for _ in range(60):
        optimiser.zero_grad()
        over_sizes(of_vectors, (3,))(nn.functional.normalize(weights, dim=1)).backward()
        optimiser.step()
    prefix = nn.functional.normalize(weights.detach()[:, :3], dim=1)
    assert (prefix[:4] @ prefix[4:].T).argmax(dim=1).tolist() == [0, 1, 2, 3]
