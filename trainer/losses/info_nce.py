"""For pairs that match."""

import torch
from torch import Tensor, nn


def symmetric_info_nce(
    queries: Tensor, documents: Tensor, positive: Tensor, relevant: Tensor, temperature: float
) -> Tensor:
    """Symmetric InfoNCE with false negatives masked; also NT-Xent, multiple-negatives ranking loss, the CLIP loss.

    queries: (b, d) of length 1. documents: (m, d) of length 1, each different document of the batch once: the positives
    of the b pairs and any hard negatives. positive: (b,) int64, the row of each pair's document. relevant: (b, m) bool,
    true wherever a document is known to match a query, including the pair's own. temperature > 0.

    With s = queries @ documents.T / temperature, and every relevant document but the pair's own p_i left out,

        loss = ½ · mean_i[ −log softmax_j(s_ij) at j = p_i ]  +  ½ · mean_i[ −log softmax_k(s_k,p_i) at k = i ]

    The second half runs over the queries of the batch, without others that match the same document. So a document
    drawn twice, or a second known match, is never pushed away as if it were wrong.

    Source: van den Oord et al. 2018 (arXiv:1807.03748); in-batch negatives after Henderson et al. 2017
    (arXiv:1705.00652); both directions after Radford et al. 2021 (arXiv:2103.00020).
    """
    similarity = queries @ documents.T / temperature  # (b, m)
    pairs = torch.arange(len(queries), device=queries.device)

    own = torch.zeros_like(relevant)
    own[pairs, positive] = True
    to_documents = similarity.masked_fill(relevant & ~own, -torch.inf)  # (b, m)

    to_queries = similarity.T[positive]  # (b, b): row i holds the scores of all queries for document p_i
    also_match = relevant.T[positive] & ~torch.eye(len(queries), dtype=torch.bool, device=queries.device)
    to_queries = to_queries.masked_fill(also_match, -torch.inf)

    return (nn.functional.cross_entropy(to_documents, positive) + nn.functional.cross_entropy(to_queries, pairs)) / 2
