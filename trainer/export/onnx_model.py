"""The model as one ONNX file, for programs without Python or torch."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

ONNX_TOLERANCE = 1e-4
"""Largest allowed difference of any number of an embedding between ONNX and torch."""

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")

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
    """Export `model`, on the CPU in float32, to one file at `path`, and compare it with `expected`, its embeddings of
    `texts`.

    Gives "" when all is well, else the reason in words; then no file is left. An architecture that cannot be
    exported must not cost a person the finished model.
    """
    try:
        _export(model, path)
        difference = float(np.abs(_run(model, texts, path) - expected).max())
    except Exception as error:  # the exporter and the runtime raise dozens of types, none of them our caller's business
        path.unlink(missing_ok=True)
        return f"the exporter does not support this kind of model ({type(error).__name__})"
    if not difference <= ONNX_TOLERANCE:
        path.unlink()
        return f"the exported model differs from the original by {difference:.1g}"
    return ""


def _export(model: SentenceTransformer, path: Path) -> None:
    features = model.preprocess(_EXAMPLE)
    names = [name for name in _INPUTS if name in features]
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence")}
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            _Embedder(model, names).eval(),
            tuple(features[name] for name in names),
            dynamo=True,
            input_names=names,
            output_names=["sentence_embedding"],
            dynamic_shapes=[(axes,) * len(names)],  # one entry, for *inputs
            verbose=False,
        )
        assert program is not None  # only the old exporter gives None
        program.save(path, external_data=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells hundreds of lines about its own workings; none is for a person who exports a model."""
    logs = [logging.getLogger(name) for name in ("torch.onnx", "onnx_ir", "onnxscript")]
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


def _run(model: SentenceTransformer, texts: list[str], path: Path) -> np.ndarray:
    """Embeddings of `texts` by the file, one text at a time so that other shapes than the example's are met."""
    # Imported here because only a finished run needs it.
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [node.name for node in session.get_inputs()]
    prompt = model.prompts.get(model.default_prompt_name or "") or None
    rows = []
    for text in texts:
        features = model.preprocess([text], prompt=prompt)
        rows.append(session.run(None, {name: features[name].numpy() for name in names})[0])
    return np.concatenate(rows)
