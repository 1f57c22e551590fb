"""The model as ONNX files, for programs without Python or torch."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

from trainer.export.bert_graph import INPUTS, OUTPUT, ExactLinears, is_plain_bert, write_bert
from trainer.export.int8 import ByteLinears, find_reach
from trainer.export.onnx_encoder import OnnxEncoder

ONNX_TOLERANCE = 1e-4
"""Largest allowed difference of any number of an embedding between ONNX and torch."""

WRITTEN_TOLERANCE = 1e-5
"""The same for a graph of our own writing; beyond it torch's exporter has to do it."""

INT8_TOLERANCE = 0.3
"""Beyond this difference something is broken, and not merely rounded: then there is no int8 file."""

# Two rows of unlike length: the exporter takes an axis of size 1 in its example for a constant.
_EXAMPLE = ["a short example", "another example text, longer than the first one"]


class _Embedder(nn.Module):
    """Tokens in, final unit-length embeddings out."""

    def __init__(self, model: SentenceTransformer, names: list[str]) -> None:
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *inputs: Tensor) -> Tensor:
        """Each input (batch, sequence) int64, in the order of `names` → (batch, dim) float32."""
        features = dict(zip(self.names, inputs, strict=True)) | {"modality": "text"}
        return nn.functional.normalize(self.model(features)["sentence_embedding"].float(), dim=1)


def write_onnx(model: SentenceTransformer, texts: list[str], expected: np.ndarray, path: Path) -> str:
    """Write `model`, on the CPU in float32, to one file at `path`, and compare it with `expected`, its embeddings of
    `texts`.

    Gives "" when all is well, else the reason in words; then no file is left. An architecture that cannot be
    exported must not cost a person the finished model.
    """
    if _write_as_bert(model, texts, expected, path):
        return ""
    try:
        _export(model, path)
        difference = _difference(model, texts, path, expected)
    except Exception as error:  # the exporter and the runtime raise dozens of types, none of them our caller's business
        path.unlink(missing_ok=True)
        return f"the exporter does not support this kind of model ({type(error).__name__})"
    if not difference <= ONNX_TOLERANCE:
        path.unlink()
        return f"the exported model differs from the original by {difference:.1g}"
    return ""


def write_int8(
    model: SentenceTransformer, typical: list[str], texts: list[str], expected: np.ndarray, exact: Path, path: Path
) -> float | None:
    """Write `model` with weights of 8 bits, for onnxruntime, to one file at `path`.

    typical: texts of the kind that will be read; where numbers grow large is learned from them. exact: the file of
    `write_onnx`. Gives the largest difference of any number from `expected`, the embeddings of `texts`; None when this
    kind of model cannot be written so, and then no file is left.
    """
    try:
        if is_plain_bert(model):
            onnx.save(write_bert(model, ByteLinears(find_reach(model, typical))), path)
        else:
            _quantise(exact, path)
        difference = _difference(model, texts, path, expected)
    except Exception:  # as in write_onnx
        path.unlink(missing_ok=True)
        return None
    if not difference <= INT8_TOLERANCE:
        path.unlink()
        return None
    return difference


def _write_as_bert(model: SentenceTransformer, texts: list[str], expected: np.ndarray, path: Path) -> bool:
    """Whether the model is a BERT whose graph, written without a trace of it, gives its embeddings."""
    if not is_plain_bert(model):
        return False
    try:
        onnx.save(write_bert(model, ExactLinears()), path)
        return _difference(model, texts, path, expected) <= WRITTEN_TOLERANCE
    except Exception:  # as in write_onnx; the exporter may know what we do not
        return False


def _quantise(exact: Path, path: Path) -> None:
    """By onnxruntime's own tool, for graphs that we did not write."""
    # Imported here because it takes a second, and few models need it.
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with quiet():
        quantize_dynamic(exact, path, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])


def _difference(model: SentenceTransformer, texts: list[str], path: Path, expected: np.ndarray) -> float:
    """Of the file's embeddings, the largest; NaN stays NaN. One text at a time, so that many shapes are met."""
    encoder = OnnxEncoder(model, path)
    return float(np.abs(np.concatenate([encoder.encode([text]) for text in texts]) - expected).max())


def _export(model: SentenceTransformer, path: Path) -> None:
    features = model.preprocess(_EXAMPLE)
    names = [name for name in INPUTS if name in features]
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence")}
    with quiet(), torch.no_grad():
        program = torch.onnx.export(
            _Embedder(model, names).eval(),
            tuple(features[name] for name in names),
            dynamo=True,
            input_names=names,
            output_names=[OUTPUT],
            dynamic_shapes=[(axes,) * len(names)],  # one entry, for *inputs
            verbose=False,
        )
        assert program is not None  # only the old exporter gives None
        program.save(path, external_data=False)


@contextmanager
def quiet() -> Iterator[None]:
    """The exporter tells hundreds of lines about its own workings; none is for a person who exports a model."""
    logs = [logging.getLogger(name) for name in ("torch.onnx", "onnx_ir", "onnxscript", "")]
    levels = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
