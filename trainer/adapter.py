"""The adapter: one matrix on top of an unchanged encoder, learned in a second from embeddings that exist already."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from trainer.examples import POSITIVES_AN_EPOCH, Examples
from trainer.losses import symmetric_info_nce

STEPS = 12
LEARNING_RATE = 3e-3
TEMPERATURE = 0.03
PAIRS_A_STEP = 1_024
HARD_NEGATIVES = 4


def fit_adapter(
    queries: Mapping[str, np.ndarray],
    documents: Mapping[str, np.ndarray],
    examples: Examples,
    seed: int,
) -> np.ndarray:
    """A matrix (d, d) such that x @ matrix, of length 1 again, finds matches better than x does.

    queries, documents: embeddings (d,) of length 1 by id, at least of those that `examples` names.

    Minimises the symmetric InfoNCE of all pairs at once (of a query with many matches, of some), with each query's
    hardest negatives, by a dozen steps of Adam from the identity. So few steps are the regularisation: they keep the
    matrix near the identity, as a ridge penalty would. Measured: 60 steps fit the examples better and other
    questions worse.
    """
    size = len(next(iter(documents.values())))
    matrix = torch.eye(size, requires_grad=True)
    optimiser = torch.optim.Adam([matrix], lr=LEARNING_RATE)
    pairs = [(query_id, document) for query_id, matches in examples.positives.items() for document in matches]
    random = np.random.default_rng(abs(seed))
    with torch.enable_grad():
        for step in range(STEPS):
            drawn = _draw(pairs, random)
            loss = _loss(matrix, drawn, queries, documents, examples)
            optimiser.zero_grad()
            loss.backward()
            for group in optimiser.param_groups:
                group["lr"] = LEARNING_RATE * (1 - step / STEPS)
            optimiser.step()
    return matrix.detach().numpy()


def _draw(pairs: Sequence[tuple[str, str]], random: np.random.Generator) -> list[tuple[str, str]]:
    """At most PAIRS_A_STEP, and of no query more than it has in an epoch of any other training."""
    times: Counter[str] = Counter()
    drawn: list[tuple[str, str]] = []
    for place in random.permutation(len(pairs)):
        query_id = pairs[place][0]
        times[query_id] += 1
        if times[query_id] <= POSITIVES_AN_EPOCH:
            drawn.append(pairs[place])
        if len(drawn) == PAIRS_A_STEP:
            break
    return drawn


def adapted(embeddings: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """embeddings (n, d) @ matrix (d, d), each row of length 1 again."""
    moved = embeddings @ matrix
    return moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)


def _loss(
    matrix: Tensor,
    pairs: Sequence[tuple[str, str]],
    queries: Mapping[str, np.ndarray],
    documents: Mapping[str, np.ndarray],
    examples: Examples,
) -> Tensor:
    places: dict[str, int] = {}
    positive = [places.setdefault(document, len(places)) for _, document in pairs]
    for query_id, _ in pairs:
        wrong = [*examples.judged.get(query_id, ()), *examples.mined.get(query_id, ())]
        for document in wrong[:HARD_NEGATIVES]:
            places.setdefault(document, len(places))
    relevant = torch.zeros(len(pairs), len(places), dtype=torch.bool)
    for row, (query_id, _) in enumerate(pairs):
        for document in (*examples.positives[query_id], *examples.spared.get(query_id, ())):
            if document in places and document not in examples.judged.get(query_id, ()):
                relevant[row, places[document]] = True

    def embed(rows: list[np.ndarray]) -> Tensor:
        return nn.functional.normalize(torch.from_numpy(np.stack(rows)) @ matrix, dim=1)

    return symmetric_info_nce(
        embed([queries[query_id] for query_id, _ in pairs]),
        embed([documents[document] for document in places]),
        torch.tensor(positive),
        relevant,
        TEMPERATURE,
    )
