"""The exact nearest neighbours of one question in a large catalogue, in half the time: found among a few candidates
that numbers of half the size cannot rule out."""

import numpy as np
import torch

from trainer.index import Floats, Indices, top_k

LARGE = 20_000
"""Documents from which it pays; reading them all from memory is what takes time then."""
ERROR = 2e-3
"""How far the score of two vectors of length 1 may be off in float16: each factor and the score are rounded by at most
2⁻¹¹ of themselves, together 1.5e-3, and torch sums in float32."""
MOST = 0.25
"""The largest share of a catalogue that is worth taking out of it."""


class Shortlist:
    """A catalogue's embeddings, (m, dim) float32, with a copy in float16 where there are many."""

    def __init__(self, documents: Floats) -> None:
        self._documents = documents
        self._half = torch.from_numpy(documents).half() if len(documents) >= LARGE else None
        self._longest = float(np.linalg.norm(documents, axis=1).max(initial=0.0)) if self._half is not None else 0.0

    def top_k(self, query: Floats, k: int) -> tuple[Indices, Floats]:
        """As `trainer.index.top_k` of one query (1, dim): indices (1, k) and scores (1, k); raises the same."""
        rows = self._candidates(query[0], k)
        if rows is None:
            return top_k(query, self._documents, k)
        places, scores = top_k(query, self._documents[rows], k)  # rows rise, so equal scores stay in document order
        return rows[places], scores

    def _candidates(self, query: Floats, k: int) -> Indices | None:
        """Rows that may be among the k best, rising; None where that is not known, or they are too many.

        With e the largest error: k documents score at least r − e, where r is the k-th best rough score. So do the k
        best, and their rough scores are at least r − 2e.
        """
        if self._half is None or not 1 <= k <= len(self._documents):
            return None
        rough = (self._half @ torch.from_numpy(query).half()).float()  # (m,)
        if not bool(rough.isfinite().all()):
            return None
        error = ERROR * float(np.linalg.norm(query)) * self._longest
        rows = np.flatnonzero((rough >= rough.topk(k).values[-1] - 2 * error).numpy())
        return rows if len(rows) <= MOST * len(self._documents) else None
