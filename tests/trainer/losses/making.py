"""Random embeddings."""

import torch
from torch import Tensor


def unit(rows: int, seed: int, dimensions: int = 8) -> Tensor:
    """(rows, dimensions) of length 1, double precision."""
    random = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(rows, dimensions, generator=random, dtype=torch.float64), dim=1)
