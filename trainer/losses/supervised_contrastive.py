"""For texts or pictures with a label."""

from pytorch_metric_learning.losses import SupConLoss
from torch import Tensor


def supervised_contrastive(embeddings: Tensor, together: Tensor, apart: Tensor, temperature: float) -> Tensor:
    """Supervised contrastive loss (SupCon, L_out): what shares a label is to be closer than what does not.

    embeddings: (b, d) of length 1. together: (b, b) bool, symmetric, true for two different members with a label in
    common. apart: (b, b) bool, symmetric, true for two that share none. Both are false on the diagonal and wherever
    nothing should be learned. Best with several members of each label in the batch (`draw_epoch(balanced=True)`).
    temperature > 0.

    With s = embeddings @ embeddings.T / temperature, P(i) the members together with i and A(i) those apart from it,

        loss_i = −1/|P(i)| · Σ_{p ∈ P(i)} log( exp(s_ip) / Σ_{a ∈ P(i) ∪ A(i)} exp(s_ia) )
        loss   = mean of loss_i over all i with P(i) not empty

    0 when no two members belong together, or none apart.

    Source: Khosla et al. 2020 (arXiv:2004.11362), equation 2. Computed by pytorch-metric-learning.
    """
    anchors, positives = together.nonzero(as_tuple=True)
    others, negatives = apart.nonzero(as_tuple=True)
    loss: Tensor = SupConLoss(temperature=temperature)(
        embeddings, indices_tuple=(anchors, positives, others, negatives)
    )
    return loss
