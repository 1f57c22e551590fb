"""The adapter: learns what a matrix can, stays near the identity, and travels with the model as a stock module."""

import json
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from torch import Tensor

from tests.trainer.evaluation.factory import make_report
from tests.trainer.tiny import ASKING, FILLERS, NAMING
from trainer import adapter as adapter_module
from trainer.adapter import adapted, fit_adapter
from trainer.encoders.base import Side
from trainer.encoders.text import TextEncoder
from trainer.evaluation.metrics import per_query
from trainer.evaluation.ranking import rank
from trainer.examples import Examples
from trainer.export.archive import write_archive
from trainer.export.bert_graph import is_plain_bert
from trainer.export.exported import export
from trainer.export.onnx_encoder import OnnxEncoder

SIZE, LOUD = 192, 3
TEXTS = [*ASKING[:4], *NAMING[:4], " ".join(FILLERS), ""]


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


class Planted:
    """Queries and documents agree in all directions but a few, which are loud and mean nothing: a matrix that turns
    these down finds every match."""

    def __init__(self, seed: int = 0, n: int = 240) -> None:
        random = np.random.default_rng(seed)
        self.directions = np.linalg.qr(random.normal(size=(SIZE, SIZE)))[0]
        meaning = random.normal(size=(n, SIZE))
        loudness = np.where(np.arange(SIZE) < LOUD, 12.0, 1.5)

        def side() -> np.ndarray:
            return unit(
                (meaning * (np.arange(SIZE) >= LOUD) + loudness * random.normal(size=meaning.shape)) @ self.directions
            )

        sides = (side(), side())
        self.queries, self.documents = (
            {f"{kind}{i}": row for i, row in enumerate(rows)} for kind, rows in zip("qd", sides, strict=True)
        )
        self.learned, self.judged = list(self.queries)[: n // 2], list(self.queries)[n // 2 :]
        self.examples = Examples({name: (f"d{name[1:]}",) for name in self.learned})

    def score(self, matrix: np.ndarray | None = None) -> float:
        """Mean nDCG@10 of the queries that were not learned from, among all documents."""
        queries, documents = (
            np.stack([self.queries[name] for name in self.judged]),
            np.stack(list(self.documents.values())),
        )
        if matrix is not None:
            queries, documents = adapted(queries, matrix), adapted(documents, matrix)
        rankings = rank(queries, documents, self.judged, list(self.documents), k=10)
        relevance = {name: {f"d{name[1:]}": 1.0} for name in self.judged}
        return float(np.mean(list(per_query(rankings, relevance, "ndcg@10").values())))


def fitted(planted: Planted, examples: Examples | None = None, seed: int = 0) -> np.ndarray:
    return fit_adapter(planted.queries, planted.documents, examples or planted.examples, seed)


@pytest.mark.parametrize("seed", range(3))
def test_finds_matches_of_queries_that_it_never_saw(seed: int) -> None:
    planted = Planted(seed)
    assert planted.score(fitted(planted)) > planted.score() + 0.05


def test_turns_down_what_is_noise_and_stays_near_the_identity() -> None:
    planted = Planted()
    matrix = fitted(planted)
    assert matrix.shape == (SIZE, SIZE) and matrix.dtype == np.float32
    strengths = np.diag(planted.directions @ matrix @ planted.directions.T)
    assert strengths[LOUD:].mean() > strengths[:LOUD].mean() + 0.2
    assert 0.005 < np.abs(matrix - np.eye(SIZE)).max() < 0.05  # a dozen steps of .003 at most


def test_only_the_examples_teach() -> None:
    """Other embeddings may be there; queries that choose must leave no trace in what they choose."""
    planted = Planted()
    matrix = fitted(planted)
    others = planted.queries | {name: -planted.queries[name] for name in planted.judged}
    assert np.array_equal(fit_adapter(others, planted.documents, planted.examples, 0), matrix)


def test_the_same_seed_gives_the_same_matrix_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.adapter.PAIRS_A_STEP", 50)
    planted = Planted()
    assert np.array_equal(fitted(planted, seed=3), fitted(planted, seed=3))
    assert not np.array_equal(fitted(planted, seed=3), fitted(planted, seed=4))


def test_a_query_with_very_many_matches_does_not_crowd_out_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    planted, drawn = Planted(), list[tuple[str, str]]()
    loss = adapter_module._loss

    def spied(matrix: Tensor, pairs: Sequence[tuple[str, str]], *rest: Any) -> Tensor:
        drawn.extend(pairs)
        return loss(matrix, pairs, *rest)

    monkeypatch.setattr("trainer.adapter._loss", spied)
    monkeypatch.setattr("trainer.adapter.STEPS", 1)
    fitted(planted, Examples({**planted.examples.positives, "q0": tuple(planted.documents)}))
    times = Counter(query_id for query_id, _ in drawn)
    assert times["q0"] == 4 and times.total() == len(planted.learned) + 3


def test_wrong_documents_teach_whoever_found_them_unless_they_are_spared() -> None:
    planted = Planted()
    wrong = {name: (f"d{int(name[1:]) + 120}",) for name in planted.learned}
    plain = fitted(planted)
    judged = fitted(planted, Examples(planted.examples.positives, judged=wrong))
    mined = fitted(planted, Examples(planted.examples.positives, mined=wrong))
    assert np.array_equal(judged, mined) and not np.array_equal(judged, plain)
    spared = {name: frozenset(document for (document,) in wrong.values()) for name in planted.learned}
    examples = Examples(planted.examples.positives, mined=wrong, spared=spared)
    np.testing.assert_allclose(fitted(planted, examples), plain, atol=1e-6)
    examples = Examples(planted.examples.positives, judged=wrong, spared={name: wrong[name] for name in wrong})
    np.testing.assert_allclose(fitted(planted, examples), judged, atol=1e-6)


def test_adapted_is_the_matrix_product_of_length_1() -> None:
    rows, matrix = unit(np.random.default_rng(0).normal(size=(4, 3))), np.diag([2.0, 1.0, 0.0]).astype(np.float32)
    for row, found in zip(rows, adapted(rows, matrix), strict=True):
        naive = np.array([2 * row[0], row[1], 0.0])
        np.testing.assert_allclose(found, naive / np.sqrt((naive**2).sum()), rtol=1e-5)
    assert np.isfinite(adapted(np.array([[0.0, 0.0, 1.0]]), matrix)).all()


# --- As a part of the model


@pytest.fixture
def matrix() -> np.ndarray:
    """Not symmetric, so that it shows when it is turned around."""
    return (np.eye(32) + np.random.default_rng(0).normal(0, 0.2, (32, 32))).astype(np.float32)


@pytest.fixture
def encoder(tiny_model: Path) -> TextEncoder:
    return TextEncoder.load(tiny_model, device="cpu")


def test_the_encoder_gives_adapted_embeddings(encoder: TextEncoder, matrix: np.ndarray) -> None:
    expected = {side: adapted(encoder.encode(TEXTS, side=side), matrix) for side in (None, Side.QUERY, Side.DOCUMENT)}
    encoder.add_adapter(matrix)
    for side, rows in expected.items():
        np.testing.assert_allclose(encoder.encode(TEXTS, side=side), rows, atol=1e-5)
    assert encoder.embedding_size == 32


def test_without_a_normalisation_at_the_end_as_well(encoder: TextEncoder, matrix: np.ndarray) -> None:
    expected = adapted(encoder.encode(TEXTS), matrix)
    del encoder.model._modules["2"]
    encoder.add_adapter(matrix)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-5)


def test_saved_it_is_a_folder_that_stock_sentence_transformers_opens(
    encoder: TextEncoder, matrix: np.ndarray, tmp_path: Path
) -> None:
    encoder.add_adapter(matrix)
    expected = encoder.encode(TEXTS)
    encoder.save(tmp_path / "model")
    stock = SentenceTransformer(str(tmp_path / "model"), device="cpu", local_files_only=True)
    assert [type(module).__name__ for module in stock] == ["Transformer", "Pooling", "Dense", "Normalize"]
    np.testing.assert_allclose(stock.encode(TEXTS), expected, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(stock.encode(TEXTS), axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(TextEncoder.load(tmp_path / "model", device="cpu").encode(TEXTS), expected, atol=1e-5)
    types = [module["type"] for module in json.loads((tmp_path / "model" / "modules.json").read_text())]
    assert all(name.startswith("sentence_transformers.") for name in types)


def test_a_tailored_model_can_be_tailored_again(encoder: TextEncoder, matrix: np.ndarray, tmp_path: Path) -> None:
    encoder.add_adapter(matrix)
    encoder.save(tmp_path / "model")
    again = TextEncoder.load(tmp_path / "model", device="cpu")
    expected = adapted(again.encode(TEXTS), matrix)
    again.add_adapter(matrix)
    again.save(tmp_path / "again")
    found = TextEncoder.load(tmp_path / "again", device="cpu").encode(TEXTS)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_its_archive_verifies_itself_onnx_included(encoder: TextEncoder, matrix: np.ndarray, tmp_path: Path) -> None:
    encoder.add_adapter(matrix)
    expected = encoder.encode(TEXTS)
    encoder.save(tmp_path / "model")
    exported = export(
        tmp_path / "model", encoder=encoder, sample_texts=TEXTS, typical=TEXTS, int8=True, onnx=tmp_path / "onnx"
    )
    assert exported.no_onnx == ""
    np.testing.assert_allclose(
        OnnxEncoder(exported.model, tmp_path / "onnx" / "model.onnx").encode(TEXTS), expected, atol=1e-4
    )
    assert exported.int8_difference is not None
    small = OnnxEncoder(exported.model, exported.int8_file).encode(TEXTS)
    assert np.sum(small * expected, axis=1).min() > 0.98
    assert is_plain_bert(exported.model)  # so that no trace by torch, ten seconds and more, is needed
    write_archive(exported, make_report(), destination=tmp_path / "model.zip", name="Adapted")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    (folder,) = (tmp_path / "unpacked").iterdir()
    done = subprocess.run(
        [sys.executable, "-P", str(folder / "verify.py")], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "onnx" in done.stdout.lower()
