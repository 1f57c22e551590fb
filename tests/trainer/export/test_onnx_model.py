"""The ONNX files of a tiny BERT with random weights, each way of writing them against torch."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling

from tests.trainer.tiny import ASKING, FILLERS
from trainer.export import onnx_model
from trainer.export.bert_graph import ExactLinears, is_plain_bert, write_bert
from trainer.export.int8 import ByteLinears, find_reach, to_bytes
from trainer.export.onnx_encoder import OnnxEncoder

TEXTS = ["ask1 ask1 filler3", "name4", " ".join(FILLERS), ""]


@pytest.fixture
def model(tiny_model: Path) -> SentenceTransformer:
    """On the CPU; its weights made larger, so that layers are not nearly the identity."""
    loaded = SentenceTransformer(str(tiny_model), device="cpu", local_files_only=True).eval()
    with torch.no_grad():
        for name, weight in loaded.named_parameters():
            if "LayerNorm" not in name and weight.ndim == 2:
                weight.mul_(5)
    return loaded


def embedded(model: SentenceTransformer, texts: list[str]) -> np.ndarray:
    return np.asarray(model.encode(texts, normalize_embeddings=True))


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_the_written_graph_gives_what_torch_gives(
    model: SentenceTransformer, tmp_path: Path, pooling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_model, "_export", lambda model, path: pytest.fail("torch's exporter was needed"))
    model[1] = Pooling(32, pooling)
    path = tmp_path / "model.onnx"
    assert is_plain_bert(model)
    assert onnx_model.write_onnx(model, TEXTS, embedded(model, TEXTS), path) == ""
    onnx.checker.check_model(path, full_check=True)
    assert {node.domain for node in onnx.load(path).graph.node} == {""}  # standard operators only
    np.testing.assert_allclose(OnnxEncoder(model, path).encode(TEXTS), embedded(model, TEXTS), atol=1e-6)


def test_the_written_graph_is_the_exporter_s(model: SentenceTransformer, tmp_path: Path) -> None:
    onnx_model._export(model, tmp_path / "traced.onnx")
    onnx.save(write_bert(model, ExactLinears()), tmp_path / "written.onnx")
    traced, written = (OnnxEncoder(model, tmp_path / name).encode(TEXTS) for name in ("traced.onnx", "written.onnx"))
    np.testing.assert_allclose(written, traced, atol=1e-6)


def test_a_graph_that_is_not_the_model_s_is_exported_instead(
    model: SentenceTransformer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced: list[Path] = []
    monkeypatch.setattr(onnx_model, "_export", lambda model, path: traced.append(path))
    wrong = embedded(model, TEXTS) + np.float32(3e-5)  # more than a graph of ours may differ by, less than any may
    assert onnx_model.write_onnx(model, TEXTS, wrong, tmp_path / "model.onnx") == ""
    assert traced == [tmp_path / "model.onnx"]


def test_other_architectures_are_not_taken_for_bert(model: SentenceTransformer) -> None:
    assert not is_plain_bert(SentenceTransformer(modules=[model[0], model[1], Dense(32, 16), Normalize()]))
    bert: Any = model[0].auto_model
    bert.config.hidden_act = "relu"
    assert not is_plain_bert(model)


def test_int8_is_near_and_a_quarter_of_the_size(model: SentenceTransformer, tmp_path: Path) -> None:
    expected = embedded(model, TEXTS)
    exact, small = tmp_path / "model.onnx", tmp_path / "model_int8.onnx"
    assert onnx_model.write_onnx(model, TEXTS, expected, exact) == ""
    difference = onnx_model.write_int8(model, [*TEXTS, *ASKING], TEXTS, expected, exact, small)
    found = OnnxEncoder(model, small).encode(TEXTS)
    assert difference is not None and 0 < difference < 0.1
    assert np.sum(found * expected, axis=1).min() > 0.98
    matrices = [tensor for tensor in onnx.load(small).graph.initializer if len(tensor.dims) == 2]
    assert sum(tensor.data_type == onnx.TensorProto.INT8 for tensor in matrices) == 1 + 2 * 6  # words, then each layer


def test_keeping_outliers_apart_makes_the_error_smaller(
    model: SentenceTransformer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bert: Any = model[0].auto_model
    layer = bert.encoder.layer[0]
    with torch.no_grad():
        layer.attention.output.LayerNorm.weight[3] *= 40
        layer.intermediate.dense.weight[5] *= 20
    expected, reach = embedded(model, TEXTS), find_reach(model, TEXTS)

    def error() -> float:
        onnx.save(write_bert(model, ByteLinears(reach)), tmp_path / "int8.onnx")
        return float(np.abs(OnnxEncoder(model, tmp_path / "int8.onnx").encode(TEXTS) - expected).mean())

    apart = error()
    monkeypatch.setattr("trainer.export.int8.NEURONS", 0)
    monkeypatch.setattr("trainer.export.int8.CAP", 1e9)
    assert apart < error() / 2


def test_graphs_of_other_architectures_are_quantised_by_the_runtime(
    model: SentenceTransformer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = embedded(model, TEXTS)
    onnx_model.write_onnx(model, TEXTS, expected, tmp_path / "model.onnx")
    monkeypatch.setattr(onnx_model, "is_plain_bert", lambda model: False)
    small = tmp_path / "model_int8.onnx"
    difference = onnx_model.write_int8(model, TEXTS, TEXTS, expected, tmp_path / "model.onnx", small)
    assert difference is not None and difference < 0.2
    assert any(tensor.data_type == onnx.TensorProto.INT8 for tensor in onnx.load(small).graph.initializer)


def test_what_is_merely_wrong_leaves_no_int8_file(model: SentenceTransformer, tmp_path: Path) -> None:
    path = tmp_path / "model_int8.onnx"
    expected = -embedded(model, TEXTS)
    assert onnx_model.write_int8(model, TEXTS, TEXTS, expected, tmp_path / "none.onnx", path) is None
    assert not path.exists()


def test_bytes_are_the_nearest_whole_multiples_of_each_column_s_scale() -> None:
    weight = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)
    weight[:, 2] = 0
    whole, scale = to_bytes(weight)
    assert whole.dtype == np.int8 and scale.shape == (4,)
    for column in (0, 1, 3):
        assert scale[column] == np.float32(max(abs(weight[:, column])) / 127)
        for row in range(7):
            assert abs(whole[row, column] * scale[column] - weight[row, column]) <= scale[column] / 2 * 1.001
    assert not whole[:, 2].any()
