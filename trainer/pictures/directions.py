"""Fewer numbers in an embedding: along the directions in which the pictures at hand differ most."""

import numpy as np
import torch
from torch import Tensor


def main_directions(embeddings: np.ndarray, count: int) -> Tensor:
    """(d, count), orthogonal and of length 1: what embeddings (n, d) are projected on with the least loss of their
    inner products, in the sum of squares. These are the first eigenvectors of their second moment: principal
    components, but about zero, as inner products are."""
    _, vectors = np.linalg.eigh(embeddings.T.astype(np.float64) @ embeddings)
    strongest = vectors[:, ::-1][:, :count]
    return torch.from_numpy(np.ascontiguousarray(strongest, dtype=np.float32))


def projected(embeddings: np.ndarray, directions: Tensor) -> np.ndarray:
    """Embeddings (n, count) of length 1 from embeddings (n, d)."""
    found = embeddings @ directions.numpy()
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12), dtype=np.float32)
