"""The matrix that steps of training find, on top of a model's features."""

import torch
from torch import Tensor, nn

RANK = 128
"""Of what is learned: of full rank it would fit a few hundred pictures by heart in a few steps."""


def first_matrix(shape: tuple[int, int], mean: Tensor | None) -> Tensor:
    """Where learning starts, (rows, d): the base model, but for the mean of all pictures, which is taken off.

    mean: (rows,) of what the matrix is applied to, the last number of which is 1 always; None: nothing is taken off.
    What all pictures have in common says nothing about any, but most of a cosine.
    """
    matrix = torch.zeros(shape)
    if mean is not None:
        matrix[-1] = -mean[:-1]
    return matrix


class Matrix:
    """start + what is learned: down · up, applied to whatever is left of x without the mean."""

    def __init__(self, start: Tensor, mean: Tensor | None, device: str, *, learns: bool) -> None:
        """start: (rows, d). mean: as of `first_matrix`. learns: else it stays what it is."""
        self.start, self.mean = start.to(device), None if mean is None else mean.to(device)
        rows, columns = start.shape
        self.is_constant = mean is not None and not bool(start[:-1].any())
        rank = min(RANK, rows, columns) if learns else 0
        self.down = nn.Parameter(torch.randn(rows, rank).to(device) / max(rows, 1) ** 0.5)
        self.up = nn.Parameter(torch.zeros(rank, columns, device=device))

    def times(self, x: Tensor) -> Tensor:
        """x (batch, rows) · the matrix, with gradients: by its thin factors, a tenth of the work of the whole."""
        start = self.start[-1] if self.is_constant else x @ self.start
        if not len(self.up):
            return start
        return start + (x if self.mean is None else x - self.mean) @ self.down @ self.up

    def whole(self) -> Tensor:
        """(rows, d), on the CPU."""
        with torch.no_grad():
            learned = self.down @ self.up
            if self.mean is not None:
                learned[-1] -= self.mean @ learned
            return (self.start + learned).cpu()

    def parameters(self) -> list[nn.Parameter]:
        """What learns."""
        return [self.down, self.up] if len(self.up) else []
