"""What a picture model's small file costs in quality and what it saves, on the test queries, as `variants` of texts."""

import time
from collections.abc import Sequence

import numpy as np
import torch

from trainer.config import PRIMARY_METRIC, Task
from trainer.encoders.loading import PicturesEncoder
from trainer.evaluation.metrics import per_query
from trainer.evaluation.ranking import rank
from trainer.export.int8_tower import OnnxTower
from trainer.export.picture_files import ExportedPictures
from trainer.report import Variant
from trainer.variants import Judged, vector_bytes

MOST_PICTURES = 600
"""Read by the int8 file, of a model as small as USUAL_WEIGHTS; of larger ones fewer: some ten seconds on one core."""
FEWEST_PICTURES = 90
USUAL_WEIGHTS = 25_000_000  # bytes
PICTURES_A_PASS = 16


def measure_picture_variants(judged: Judged, exported: ExportedPictures, encoder: PicturesEncoder) -> list[Variant]:
    """The full model, then its int8 file; nothing where there is no such file.

    encoder: prepares pictures, which stand in the data by their keys, and gives the speed to compare with.
    """
    if exported.int8_difference is None:
        return []
    whole = Variant(
        kind="full",
        dimensions=judged.documents.shape[1],
        score=float(np.mean(list(judged.scores.values()))),
        n_documents=len(judged.documents),
        vector_bytes=vector_bytes(judged.documents.shape[1]),
        model_bytes=exported.weight_bytes,
    )
    return [whole, _of_int8(whole, judged, exported, encoder)]


def _of_int8(whole: Variant, judged: Judged, exported: ExportedPictures, encoder: PicturesEncoder) -> Variant:
    """Both models on the same queries and the same pool of documents: all, or some of either where there are many."""
    data, test = judged.split.data, judged.split.test
    has_pictures = data.task is Task.IMAGE_IMAGE
    queries, documents = _pool(judged, _affordable(exported), has_pictures)
    query_ids, document_ids = [test[row] for row in queries], [judged.document_ids[row] for row in documents]
    tower = OnnxTower(exported.int8_file)
    keys = [data.documents[name] for name in document_ids]
    found = _read(tower, encoder, keys)
    asked = (
        _read(tower, encoder, [data.queries[name] for name in query_ids]) if has_pictures else judged.queries[queries]
    )
    there = set(document_ids)
    relevance = {
        name: {document: gain for document, gain in data.relevance[name].items() if document in there}
        for name in query_ids
    }
    exact = rank(judged.queries[queries], judged.documents[documents], query_ids, document_ids)
    rounded = rank(asked, found, query_ids, document_ids)
    full, scores = (per_query(ranking, relevance, PRIMARY_METRIC) for ranking in (exact, rounded))
    difference = judged.compared(scores, full)
    return {
        **whole,
        "kind": "int8",
        "score": whole["score"] + difference["mean"],
        "difference": difference,
        "n_documents": len(documents),
        "model_bytes": exported.int8_bytes,
        "speed": round(_speed(tower, encoder, keys), 2),
    }


def _affordable(exported: ExportedPictures) -> int:
    """How many pictures int8 may read: by the model's size, so that the same run always gives the same."""
    return int(np.clip(MOST_PICTURES * USUAL_WEIGHTS / exported.weight_bytes, FEWEST_PICTURES, MOST_PICTURES))


def _pool(judged: Judged, most: int, has_picture_queries: bool) -> tuple[list[int], list[int]]:
    """Rows of queries and of documents, about `most` pictures together, drawn by the seed where not all fit.

    A query comes with a match; the others are drawn.
    """
    test, places = judged.split.test, {name: row for row, name in enumerate(judged.document_ids)}
    if len(places) + has_picture_queries * len(test) <= most:
        return list(range(len(test))), list(range(len(places)))
    source = np.random.default_rng(abs(judged.seed))
    queries = source.permutation(len(test))[: most // 3].tolist()
    matches = [[places[name] for name in judged.split.data.relevance[test[row]] if name in places] for row in queries]
    documents = dict.fromkeys(int(source.choice(rows)) for rows in matches if rows)
    others = [row for row in source.permutation(len(places)).tolist() if row not in documents]
    room = most - len(documents) - has_picture_queries * len(queries)
    return sorted(queries), sorted([*documents, *others[: max(0, room)]])


def _read(tower: OnnxTower, encoder: PicturesEncoder, keys: Sequence[str]) -> np.ndarray:
    """Embeddings (len(keys), dim) by the ONNX file."""
    starts = range(0, len(keys), PICTURES_A_PASS)
    return np.concatenate([tower(encoder.pixels(keys[at : at + PICTURES_A_PASS]).cpu().numpy()) for at in starts])


def _speed(tower: OnnxTower, encoder: PicturesEncoder, keys: Sequence[str]) -> float:
    """How many times as fast as torch on the same prepared pictures: the best of two rounds each, taken in turns."""
    pixels = encoder.pixels(keys[:PICTURES_A_PASS])
    prepared = pixels.cpu().numpy()
    torch_seconds, own_seconds = [], []
    for _ in range(3):  # the first one warms both up
        began = time.perf_counter()
        with torch.inference_mode():
            encoder.embed(pixels).cpu()
        between = time.perf_counter()
        tower(prepared)
        torch_seconds.append(between - began)
        own_seconds.append(time.perf_counter() - between)
    return min(torch_seconds[1:]) / min(own_seconds[1:])
