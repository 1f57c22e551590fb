"""Each form of a made-up model, measured against what a plain computation says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from tests.trainer.tiny import make_split
from trainer import variants
from trainer.data.pairs import SplitDataset
from trainer.encoders.text import TextEncoder
from trainer.evaluation.fusion import fuse
from trainer.evaluation.keyword import keyword_rankings
from trainer.evaluation.metrics import evaluate
from trainer.evaluation.ranking import rank
from trainer.export.exported import Exported, export
from trainer.report import Variant, n_independent
from trainer.variants import Judged, measure_variants, shortened, shorter_sizes


@pytest.fixture(scope="module")
def split() -> SplitDataset:
    return make_split()


@pytest.fixture(scope="module")
def exported(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    encoder = TextEncoder.load(tiny_model, device="cpu")
    texts = list(make_split().data.documents.values())
    onnx = tmp_path_factory.mktemp("onnx")
    return export(tiny_model, encoder=encoder, sample_texts=texts[:2], typical=texts, int8=True, onnx=onnx)


@pytest.fixture(scope="module")
def judged(split: SplitDataset, tiny_model: Path) -> Judged:
    encoder = TextEncoder.load(tiny_model, device="cpu")
    queries = encoder.encode([split.data.queries[name] for name in split.test])
    return Judged(split, queries, encoder.encode(list(split.data.documents.values())), seed=0)


@pytest.fixture(scope="module")
def found(judged: Judged, exported: Exported) -> list[Variant]:
    return measure_variants(judged, exported, sizes=(16, 8, 99))


def ndcg(split: SplitDataset, rankings: dict[str, list[tuple[str, float]]]) -> float:
    return evaluate(rankings, {name: split.data.relevance[name] for name in rankings})["ndcg@10"]


def test_every_form_is_there_the_whole_model_first(found: list[Variant]) -> None:
    forms = [(variant["kind"], variant["dimensions"]) for variant in found]
    assert forms == [("full", 32), ("size", 16), ("size", 8), ("int8", 32), ("fused", 32)]
    assert "difference" not in found[0]
    for variant in found[1:]:
        assert variant["difference"]["n"] == 36
        assert variant["score"] == pytest.approx(found[0]["score"] + variant["difference"]["mean"])


def test_questions_that_repeat_each_other_count_as_one(judged: Judged) -> None:
    first, *others = judged.split.test
    queries = {**judged.split.data.queries, others[0]: judged.split.data.queries[first].upper() + "?"}
    split = replace(judged.split, data=replace(judged.split.data, queries=queries))
    repeated = replace(judged, split=split)
    difference = repeated.compared(dict.fromkeys(repeated.scores, 0.0))
    assert (difference["n"], n_independent(difference)) == (36, 35)


def test_scores_are_those_of_a_plain_computation(found: list[Variant], judged: Judged, split: SplitDataset) -> None:
    names = list(split.data.documents)
    full = rank(judged.queries, judged.documents, split.test, names)
    assert found[0]["score"] == pytest.approx(ndcg(split, full))
    for variant in found[1:3]:
        size = variant["dimensions"]
        queries, documents = judged.queries[:, :size], judged.documents[:, :size]
        queries = queries / np.sqrt((queries**2).sum(axis=1, keepdims=True))
        documents = documents / np.sqrt((documents**2).sum(axis=1, keepdims=True))
        assert variant["score"] == pytest.approx(ndcg(split, rank(queries, documents, split.test, names)))
    words = keyword_rankings({name: split.data.queries[name] for name in split.test}, split.data.documents)
    assert found[4]["score"] == pytest.approx(ndcg(split, fuse([full, words])))


def test_sizes_are_told_in_bytes(found: list[Variant], exported: Exported) -> None:
    assert [variant["vector_bytes"] for variant in found[:3]] == [12_800_000, 6_400_000, 3_200_000]
    assert found[3]["model_bytes"] == exported.int8_file.stat().st_size
    assert found[0]["model_bytes"] == (exported.folder / "model.safetensors").stat().st_size
    assert found[3]["speed"] > 0 and "speed" not in found[0]


def test_a_cut_embedding_is_that_of_truncate_dim(judged: Judged, split: SplitDataset, tiny_model: Path) -> None:
    model = SentenceTransformer(str(tiny_model), device="cpu", local_files_only=True, truncate_dim=8)
    texts = list(split.data.documents.values())
    expected = model.encode(texts, normalize_embeddings=True)
    np.testing.assert_allclose(shortened(judged.documents, 8), expected, atol=1e-6)


def test_a_pool_keeps_matches_and_the_nearest(
    judged: Judged, exported: Exported, split: SplitDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variants, "TOP", 3)
    queries, documents = variants._pool(judged, 30)
    assert 0 < len(queries) < 36 and len(queries) + len(documents) <= 30
    names = {judged.document_ids[row] for row in documents}
    for row in queries:
        query = split.test[row]
        assert set(split.data.relevance[query]) <= names
        assert {name for name, _ in judged.rankings[query][:3]} <= names
    assert variants._pool(judged, 30) == (queries, documents)  # the same again
    monkeypatch.setattr(variants, "_affordable", lambda exported, texts: 30)
    pooled = measure_variants(judged, exported)[-2]
    assert pooled["kind"] == "int8" and pooled["n_documents"] == len(documents)
    assert pooled["difference"]["n"] == len(queries)


def test_without_an_int8_file_there_is_no_such_form(tiny_model: Path, judged: Judged, tmp_path: Path) -> None:
    encoder = TextEncoder.load(tiny_model, device="cpu")
    bare = export(tiny_model, encoder=encoder, sample_texts=["a"], typical=["a"], int8=False, onnx=tmp_path / "onnx")
    assert [variant["kind"] for variant in measure_variants(judged, bare)] == ["full", "fused"]


def test_only_shorter_sizes_are_measured() -> None:
    assert shorter_sizes(384) == [256, 192, 128, 64]
    assert shorter_sizes(768, (384, 64)) == [512, 384, 256, 192, 128, 64]
    assert shorter_sizes(64) == []
