"""For pairs with a score."""

from sentence_transformers.sentence_transformer.losses import CoSENTLoss
from torch import Tensor, nn


def cosent(queries: Tensor, documents: Tensor, grades: Tensor, temperature: float) -> Tensor:
    """CoSENT (consistent sentence embedding): of two judged pairs, the better match is to be the more similar one.

    queries: (b, d) of length 1. documents: (m, d) of length 1. grades: (b, m), how well each pair matches, 0…1, and NaN
    where nobody judged it; only their order counts. temperature > 0.

    With s the cosine of a judged pair, and all judged pairs u, v of the batch where v has the higher grade,

        loss = log( 1 + Σ_{u,v: grade_u < grade_v} exp((s_u − s_v) / temperature) )

    Pairs of different queries are compared, too: a grade means the same everywhere. Without two different grades the
    loss is 0. It is a logarithm of a sum over pairs of pairs, not a mean, so it grows slowly with the batch.

    Source: Su 2022 (kexue.fm/archives/8847); Huang et al. 2024 (doi:10.1109/TASLP.2024.3402087). Computed by
    sentence-transformers, whose `scale` is 1 / temperature.
    """
    pairs, items = (~grades.isnan()).nonzero(as_tuple=True)
    if not len(pairs):
        return queries.sum() * 0.0
    loss = CoSENTLoss(nn.Identity(), scale=1.0 / temperature)  # type: ignore[arg-type]  # it embeds nothing here
    return loss.compute_loss_from_embeddings([queries[pairs], documents[items]], grades[pairs, items])
