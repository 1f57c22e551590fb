"""Towers of picture models with weights of 8 bits, for onnxruntime: a quarter of the size, faster on most processors.

Convolutions have their inputs rounded as well, between limits that typical pictures show beforehand. Those that have a
filter for each channel (depthwise) stay exact, and so does the first one: they have few weights, and one scale for
channels of very different reach costs most (efficientnet-lite0 after learning, 1 − cosine to the exact embedding: .21
with all of them rounded, .03 without these). Transformers, whose inputs stand out in a few channels, are rounded anew
for each batch.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trainer.export.onnx_model import INT8_TOLERANCE, quiet


def write_int8_tower(
    exact: Path, typical: Sequence[np.ndarray], inputs: np.ndarray, expected: np.ndarray, path: Path
) -> float | None:
    """Rounds the ONNX file `exact`, of one input, and writes `path`.

    Gives the largest difference of any number of what it makes of `inputs`, (n, …), to `expected`, (n, dim); None where
    this kind of model cannot be rounded so, and then no file is left.

    typical: batches of inputs of the kind that will be read.
    """
    try:
        with quiet():
            _round(exact, typical, path)
        difference = float(np.abs(OnnxTower(path)(inputs) - expected).max())
    except Exception:  # as `write_tower`: the file is an extra, whatever the runtime does not support
        path.unlink(missing_ok=True)
        return None
    if not difference <= INT8_TOLERANCE:
        path.unlink()
        return None
    return difference


class OnnxTower:
    """An ONNX file of one input and one output, (n, …) → (n, dim) float32."""

    def __init__(self, path: Path) -> None:
        # Imported here because only a finished run needs it.
        import onnxruntime

        options: Any = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session: Any = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """What the file makes of them."""
        found: np.ndarray = self.session.run(None, {self.name: inputs})[0]
        return found


def _round(exact: Path, typical: Sequence[np.ndarray], path: Path) -> None:
    import onnx
    from onnxruntime import quantization

    nodes = onnx.load(exact, load_external_data=False).graph.node
    kinds = [node.op_type for node in nodes]
    convolutions = [node for node in nodes if node.op_type == "Conv"]
    # 7 bits: with 8, processors without VNNI would overflow in sums of two products.
    bits: dict[str, Any] = {"per_channel": True, "reduce_range": True, "weight_type": quantization.QuantType.QInt8}
    if kinds.count("Conv") <= kinds.count("MatMul"):
        quantization.quantize_dynamic(exact, path, op_types_to_quantize=["MatMul", "Gemm"], **bits)
        return
    quantization.quantize_static(
        exact,
        path,
        _Reader(exact, typical),
        op_types_to_quantize=["Conv", "Gemm", "MatMul"],
        nodes_to_exclude=[convolutions[0].name, *(node.name for node in convolutions if _groups(node) > 1)],
        activation_type=quantization.QuantType.QUInt8,
        **bits,
    )


def _groups(convolution: Any) -> int:
    found = [attribute.i for attribute in convolution.attribute if attribute.name == "group"]
    return int(found[0]) if found else 1


class _Reader:
    """Typical inputs, one batch after the other, as onnxruntime asks for them."""

    def __init__(self, exact: Path, typical: Sequence[np.ndarray]) -> None:
        name = OnnxTower(exact).name
        self.batches: Iterator[dict[str, np.ndarray]] = iter([{name: batch} for batch in typical])

    def get_next(self) -> dict[str, np.ndarray] | None:
        """None at the end."""
        return next(self.batches, None)
