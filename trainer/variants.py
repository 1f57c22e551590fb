"""What smaller, faster or fused forms of the tuned model cost in quality, and what they save, on the test queries.

Everything is measured and nothing chosen: the published model stays the one that the validation split chose.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trainer.config import PRIMARY_METRIC
from trainer.data.pairs import SplitDataset
from trainer.data.query_groups import alike_queries
from trainer.encoders.base import Side
from trainer.encoders.text import TextEncoder
from trainer.evaluation.fusion import fuse
from trainer.evaluation.keyword import keyword_rankings
from trainer.evaluation.metrics import per_query
from trainer.evaluation.ranking import Rankings, rank
from trainer.evaluation.significance import paired_difference
from trainer.export.exported import Exported
from trainer.export.onnx_encoder import OnnxEncoder
from trainer.report import Difference, Variant

SIZES = (512, 256, 192, 128, 64)
CATALOGUE = 100_000
"""Items of the catalogue whose vectors' size is told."""

READING_BUDGET = 4e11
"""Parameters times tokens that int8 may read to be judged: some seconds on one core."""
MOST_TEXTS, FEWEST_TEXTS = 4_000, 300
TIMED_TEXTS = 128
TOP = 20
"""Documents of the full model's ranking that a pool must hold, so that it is as hard as the whole catalogue."""


@dataclass(frozen=True)
class Judged:
    """The tuned model on the test split: embeddings of its queries (n, d) and of all documents (m, d), in the order of
    their ids."""

    split: SplitDataset
    queries: np.ndarray
    documents: np.ndarray
    seed: int = 0

    @cached_property
    def document_ids(self) -> list[str]:
        """In the order of the data set."""
        return list(self.split.data.documents)

    @cached_property
    def rankings(self) -> Rankings:
        """By the full model."""
        return self.ranked(self.queries, self.documents)

    @cached_property
    def scores(self) -> dict[str, float]:
        """Of the full model, query by query."""
        return self.scored(self.rankings)

    def ranked(self, queries: np.ndarray, documents: np.ndarray) -> Rankings:
        """By other embeddings of the same texts."""
        return rank(queries, documents, self.split.test, self.document_ids)

    def scored(self, rankings: Rankings) -> dict[str, float]:
        """{query_id: PRIMARY_METRIC} of the queries that `rankings` has."""
        return per_query(rankings, {name: self.split.data.relevance[name] for name in rankings}, PRIMARY_METRIC)

    @cached_property
    def alike(self) -> dict[str, int]:
        """See `paired_difference`."""
        return alike_queries(self.split)

    def compared(self, scores: Mapping[str, float], full: Mapping[str, float] | None = None) -> Difference:
        """`scores` − those of the full model (`full` where it searched a pool)."""
        return paired_difference(
            self.scores if full is None else full, scores, PRIMARY_METRIC, self.seed, alike=self.alike
        )


def measure_variants(judged: Judged, exported: Exported, sizes: Sequence[int] = ()) -> list[Variant]:
    """The full model first, then each form that there is. sizes: prefixes that the model was trained for, if any."""
    whole = Variant(
        kind="full",
        dimensions=judged.documents.shape[1],
        score=float(np.mean(list(judged.scores.values()))),
        n_documents=len(judged.documents),
        vector_bytes=vector_bytes(judged.documents.shape[1]),
        model_bytes=exported.weight_bytes,
    )
    variants = [whole]
    for size in shorter_sizes(whole["dimensions"], sizes):
        rankings = judged.ranked(shortened(judged.queries, size), shortened(judged.documents, size))
        variant = _variant(whole, judged.compared(judged.scored(rankings)))
        variants.append({**variant, "kind": "size", "dimensions": size, "vector_bytes": vector_bytes(size)})
    if exported.int8_difference is not None:
        variants.append(_of_int8(whole, judged, exported))
    data = judged.split.data
    words = keyword_rankings({name: data.queries[name] for name in judged.split.test}, data.documents)
    fused = judged.compared(judged.scored(fuse([judged.rankings, words])))
    return [*variants, {**_variant(whole, fused), "kind": "fused"}]


def shorter_sizes(dimensions: int, trained: Sequence[int] = ()) -> list[int]:
    """The prefixes worth measuring, longest first: the usual ones, and those that the model was trained for."""
    return sorted({size for size in (*SIZES, *trained) if size < dimensions}, reverse=True)


def shortened(embeddings: np.ndarray, size: int) -> np.ndarray:
    """The first `size` numbers of each embedding (n, d), of length 1 again; as SentenceTransformer's truncate_dim."""
    prefix = embeddings[:, :size]
    return np.asarray(prefix / np.maximum(np.linalg.norm(prefix, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def vector_bytes(dimensions: int) -> int:
    """Of CATALOGUE embeddings in float32."""
    return 4 * CATALOGUE * dimensions


def _variant(whole: Variant, difference: Difference) -> Variant:
    """Like the whole model but for the score."""
    return {**whole, "score": whole["score"] + difference["mean"], "difference": difference}


def _of_int8(whole: Variant, judged: Judged, exported: Exported) -> Variant:
    """Reads the test queries and documents with the int8 file: all, or a pool of them where that would take long."""
    data, encoder = judged.split.data, OnnxEncoder(exported.model, exported.int8_file)
    texts = list(data.documents.values())
    queries, documents = _pool(judged, _affordable(exported, texts))
    query_ids, document_ids = (
        [judged.split.test[row] for row in queries],
        [judged.document_ids[row] for row in documents],
    )
    read = (
        encoder.encode([data.queries[name] for name in query_ids], Side.QUERY),
        encoder.encode([texts[row] for row in documents], Side.DOCUMENT),
    )
    full = judged.scored(rank(judged.queries[queries], judged.documents[documents], query_ids, document_ids))
    scores = judged.scored(rank(*read, query_ids, document_ids))
    return {
        **_variant(whole, judged.compared(scores, full)),
        "kind": "int8",
        "n_documents": len(documents),
        "model_bytes": exported.int8_file.stat().st_size,
        "speed": round(_speed(exported, encoder, [texts[row] for row in documents]), 2),
    }


def _affordable(exported: Exported, texts: Sequence[str]) -> int:
    """How many texts int8 may read: by their length and the model's size, so the same run always gives the same."""
    tokens = float(np.mean([len(text) for text in texts])) / 5 + 2
    each = TextEncoder(exported.model, "cpu").working_parameters * tokens
    return int(np.clip(READING_BUDGET / each, FEWEST_TEXTS, MOST_TEXTS))


def _pool(judged: Judged, most: int) -> tuple[list[int], list[int]]:
    """Rows of queries and of documents, about `most` together, drawn by the seed where not all fit.

    A query comes with its matches and with what the full model ranks highest for it.
    """
    test, places = judged.split.test, {name: row for row, name in enumerate(judged.document_ids)}
    if len(test) + len(places) <= most:
        return list(range(len(test))), list(range(len(places)))
    source = np.random.default_rng(abs(judged.seed))
    queries: list[int] = []
    documents: dict[int, None] = {}
    for row in source.permutation(len(test)).tolist():
        if queries and len(queries) + len(documents) + TOP > most:
            break
        queries.append(row)
        near = [document for document, _ in judged.rankings[test[row]][:TOP]]
        documents |= dict.fromkeys(places[name] for name in (*judged.split.data.relevance[test[row]], *near))
    others = [row for row in source.permutation(len(places)).tolist() if row not in documents]
    return sorted(queries), sorted([*documents, *others[: max(0, most - len(queries) - len(documents))]])


def _speed(exported: Exported, encoder: OnnxEncoder, texts: Sequence[str]) -> float:
    """How many times as fast as `SentenceTransformer.encode`: the best of two rounds each, taken in turns."""
    some = [texts[row] for row in np.linspace(0, len(texts) - 1, min(TIMED_TEXTS, len(texts))).astype(int)]
    encoder.encode(some[:8])  # whatever is prepared once
    stock: list[float] = []
    own: list[float] = []
    for _ in range(2):
        began = time.perf_counter()
        exported.model.encode(some, normalize_embeddings=True, show_progress_bar=False)
        between = time.perf_counter()
        encoder.encode(some)
        stock.append(between - began)
        own.append(time.perf_counter() - between)
    return min(stock) / min(own)
