"""For triplets of a query, its match and a wrong match."""

from pytorch_metric_learning.distances import CosineSimilarity
from pytorch_metric_learning.losses import TripletMarginLoss
from torch import Tensor


def triplet_margin(queries: Tensor, documents: Tensor, positive: Tensor, wrong: Tensor, margin: float) -> Tensor:
    """Triplet margin loss on the cosine distance: a match is to be closer than a wrong document, by the margin.

    queries: (b, d) of length 1. documents: (m, d) of length 1. positive: (b,) int64, the row of each query's match.
    wrong: (b, m) bool, true where a document is a wrong match of a query. margin: in cosine distance, 0…2.

    With D = 1 − queries @ documents.T, and T all triplets (i, p_i, j) of a query i, its match p_i and a wrong j,

        loss = mean over T, where it is positive, of  max(0, D_i,p_i − D_ij + margin)

    Triplets that keep the margin already do not count, lest the many easy ones dilute the rest. 0 when there are none.

    Source: Schroff et al. 2015 (arXiv:1503.03832, "FaceNet"); the mean over the violating triplets after Hermans et al.
    2017 (arXiv:1703.07737). Computed by pytorch-metric-learning.
    """
    anchors, negatives = wrong.nonzero(as_tuple=True)
    loss: Tensor = TripletMarginLoss(margin=margin, distance=CosineSimilarity())(
        queries, indices_tuple=(anchors, positive[anchors], negatives), ref_emb=documents
    )
    return loss
