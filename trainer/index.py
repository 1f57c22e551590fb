"""Exact nearest neighbours, and the folder in which a catalogue's embeddings are kept for the live search.

A folder holds `index.safetensors` (two float32 matrices) and `index.json` (ids and texts, row by row; of pictures also
file names and labels).
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from trainer.errors import ModelError

FORMAT = 1
BLOCK_SCORES = 4_000_000
"""Scores held at once, 16 MB of float32."""

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class SearchIndex:
    """A catalogue with its embeddings by both models, (documents, dim) each; the two may differ in dim.

    texts: of documents that are pictures, their keys. captions: {picture's key: file name}. labels: {document_id:
    label}. Both are empty for texts.
    """

    document_ids: list[str]
    texts: list[str]
    before: Floats
    after: Floats
    captions: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


def top_k(queries: Floats, documents: Floats, k: int) -> tuple[Indices, Floats]:
    """The k best documents of each query by inner product: indices (n, k) int64 and scores (n, k) float32.

    queries (n, dim), documents (m, dim); k is cut to m. Best first; equal scores in document order. Raises ModelError
    where a score is not a finite number.
    """
    if queries.ndim != 2 or documents.ndim != 2 or queries.shape[1] != documents.shape[1]:
        raise ValueError(f"queries {queries.shape} and documents {documents.shape} must both be (rows, dim)")
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    k = min(k, len(documents))
    indices = np.empty((len(queries), k), dtype=np.int64)
    scores = np.empty((len(queries), k), dtype=np.float32)
    rows = max(1, BLOCK_SCORES // max(1, len(documents)))
    for start in range(0, len(queries) if k else 0, rows):
        block = _scores(queries[start : start + rows], documents)  # (rows, m)
        if not np.isfinite(block).all():
            raise ModelError(
                "The model gave vectors that are not numbers.",
                "Choose another base model, or train again with a lower learning rate.",
            )
        chosen = best_columns(block, k)
        indices[start : start + rows] = chosen
        scores[start : start + rows] = np.take_along_axis(block, chosen, axis=1)
    return indices, scores


def _scores(queries: Floats, documents: Floats) -> Floats:
    """Inner products (n, m). One query is a product of matrix and vector, which reads the documents once and as they
    lie; the product of two matrices would first arrange them anew."""
    if len(queries) == 1:
        return (documents @ queries[0])[None]
    return queries @ documents.T


def best_columns(scores: Floats, k: int) -> Indices:
    """The columns of the k largest scores of each row, (n, m) → (n, k); equal scores by column, lowest first."""
    if k >= scores.shape[1]:
        return np.argsort(-scores, axis=1, kind="stable")
    chosen = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    chosen.sort(axis=1)
    values = np.take_along_axis(scores, chosen, axis=1)
    # A partition takes any of the columns that tie for the last place; those rows are chosen again, in column order.
    worst = values.min(axis=1, keepdims=True)
    for row in np.flatnonzero((scores >= worst).sum(axis=1) > k):
        candidates = np.flatnonzero(scores[row] >= worst[row])
        kept = np.sort(candidates[np.argsort(-scores[row, candidates], kind="stable")[:k]])
        chosen[row], values[row] = kept, scores[row, kept]
    return np.take_along_axis(chosen, np.argsort(-values, axis=1, kind="stable"), axis=1)


def write_index(
    folder: Path,
    document_ids: Sequence[str],
    texts: Sequence[str],
    before: Floats,
    after: Floats,
    *,
    captions: Mapping[str, str] = _NONE,
    labels: Mapping[str, str] = _NONE,
) -> None:
    """Write the folder whole or not at all; a folder of that name is replaced. `before` and `after` are (m, dim).

    captions and labels are as in `SearchIndex`; what they say of others than these documents is left out.
    """
    if not len(document_ids) == len(texts) == len(before) == len(after):
        raise ValueError("document_ids, texts, before and after must have one row for each document")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
        fresh = Path(temporary) / "fresh"
        fresh.mkdir()
        matrices = {"before": before, "after": after}
        save_file(
            {name: np.ascontiguousarray(matrix, dtype=np.float32) for name, matrix in matrices.items()},
            fresh / "index.safetensors",
        )
        content: dict[str, Any] = {"format": FORMAT, "document_ids": list(document_ids), "texts": list(texts)}
        content["captions"] = {text: captions[text] for text in texts if text in captions}
        content["labels"] = {document_id: labels[document_id] for document_id in document_ids if document_id in labels}
        (fresh / "index.json").write_text(json.dumps(content), encoding="utf-8")
        for path in fresh.iterdir():
            _sync(path)
        if folder.exists():
            folder.rename(Path(temporary) / "replaced")
        fresh.rename(folder)


def read_index(folder: Path) -> SearchIndex:
    """Read what `write_index` wrote. Raises ModelError when it is missing or damaged."""
    try:
        content = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        matrices = load_file(folder / "index.safetensors")
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}")
        index = SearchIndex(
            content["document_ids"],
            content["texts"],
            matrices["before"],
            matrices["after"],
            dict(content.get("captions", {})),
            dict(content.get("labels", {})),
        )
        sizes = {len(part) for part in (index.document_ids, index.texts, index.before, index.after)}
        if len(sizes) != 1:
            raise ValueError(f"parts of different lengths {sorted(sizes)}")
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(
            f"The search index in “{folder.name}” is missing or damaged ({error}).",
            "Repeat the run; it writes the index again.",
        ) from error
    return index


def _sync(path: Path) -> None:
    """Wait until a file's bytes are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
