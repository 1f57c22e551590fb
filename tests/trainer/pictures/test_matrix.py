"""The matrix that steps of training find, in its thin factors and written out."""

import pytest
import torch

from trainer.pictures.matrix import RANK, Matrix, first_matrix

SIZE = 6
MEAN = torch.tensor([0.5, -1.0, 2.0, 0.0, 3.0, 1.5, 1.0])


def some(count: int) -> torch.Tensor:
    """(count, SIZE + 1), the last number of each 1."""
    return torch.cat([torch.randn(count, SIZE), torch.ones(count, 1)], 1)


def moved(matrix: Matrix) -> Matrix:
    with torch.no_grad():
        for parameter in matrix.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return matrix


@pytest.mark.parametrize("mean", [MEAN, None])
@pytest.mark.parametrize("further", [False, True])
def test_written_out_it_does_the_same(mean: torch.Tensor | None, further: bool) -> None:
    torch.manual_seed(0)
    start = torch.randn(SIZE + 1, SIZE) if further else first_matrix((SIZE + 1, SIZE), mean)
    matrix, x = moved(Matrix(start, mean, "cpu", learns=True)), some(5)
    torch.testing.assert_close(matrix.times(x), x @ matrix.whole(), atol=1e-4, rtol=1e-4)


def test_it_starts_as_what_it_was_given_and_learns_nothing_of_the_mean() -> None:
    torch.manual_seed(0)
    start, x = first_matrix((SIZE + 1, SIZE), MEAN), some(5)
    matrix = Matrix(start, MEAN, "cpu", learns=True)
    torch.testing.assert_close(x[:, :SIZE] + matrix.times(x), x[:, :SIZE] - MEAN[:SIZE])
    moved(matrix)
    torch.testing.assert_close(MEAN[None] @ matrix.whole(), -MEAN[None, :SIZE], atol=1e-4, rtol=1e-4)


def test_what_does_not_learn_stays() -> None:
    start = torch.randn(SIZE + 1, SIZE)
    matrix = Matrix(start, None, "cpu", learns=False)
    assert matrix.parameters() == []
    torch.testing.assert_close(matrix.whole(), start)


def test_the_rank_is_bounded() -> None:
    matrix = Matrix(torch.zeros(300, 200), None, "cpu", learns=True)
    assert [tuple(part.shape) for part in matrix.parameters()] == [(300, RANK), (RANK, 200)]
