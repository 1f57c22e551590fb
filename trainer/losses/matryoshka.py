"""A loss of short embeddings as well as of whole ones."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

LossOf = Callable[[Tensor], Tensor]


def over_sizes(loss: LossOf, sizes: Sequence[int]) -> LossOf:
    """Matryoshka representation learning: the mean of `loss` over whole embeddings and their prefixes.

    loss: of embeddings (n, d) of length 1, giving a scalar. sizes: how many of the first numbers each prefix has; those
    that are not below d are left out, and without any the loss stays what it is. Each prefix is made of length 1 first:

        loss'(X) = ( loss(X) + Σ_s loss(X[:, :s] / |X[:, :s]|) ) / (1 + number of sizes)

    Source: Kusupati et al. 2022 (arXiv:2205.13147), with equal weights, as theirs.
    """
    if not sizes:
        return loss

    def averaged(vectors: Tensor) -> Tensor:
        losses = [loss(vectors)]
        for size in sorted({size for size in sizes if size < vectors.shape[1]}, reverse=True):
            losses.append(loss(nn.functional.normalize(vectors[:, :size], dim=1)))
        return torch.stack(losses).mean()

    return averaged
