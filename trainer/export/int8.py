"""BERT encoders with weights of 8 bits, for onnxruntime: a quarter of the size, several times as fast.

onnxruntime rounds the inputs of each multiplication to 8 bits as well, on one scale for the whole batch, so that a
single unusual number makes all others coarse. In BERT encoders these sit in a few channels, always the same. They are
found by reading a few texts, and kept out of the rounding, which costs hardly any time (all-MiniLM-L6-v2: 1 − cosine to
the exact embedding .0011 instead of .0067):

- channels into attention and feed-forward layers that reach beyond CAP times the usual one are divided by as much
  before the multiplication, and their weights multiplied (after SmoothQuant, Xiao et al. 2022, arXiv:2211.10438, but
  only for those that stand out);
- the NEURONS strongest hidden neurons of each feed-forward layer are computed in float32 beside the others (after
  LLM.int8(), Dettmers et al. 2022, arXiv:2208.07339).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from onnx import TensorProto
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

from trainer.export.bert_graph import ExactLinears, Parameters, gelu
from trainer.export.graph import RUNTIME, Graph

CAP = 2.0
NEURONS = 16
LEVELS = 127  # a signed byte, symmetric about zero

Reach = Mapping[str, np.ndarray]
"""{name of a linear layer: largest magnitude of each of its inputs, (n,)}."""


@dataclass(frozen=True)
class ByteLinears:
    """See the module. `reach` as `find_reach` gives it."""

    reach: Reach

    def linear(self, graph: Graph, x: str, name: str, weights: Parameters) -> str:
        """See Linears."""
        factor = self._factor(name)
        if (factor > 1).any():
            key = f"{name.partition('.self.')[0]}.divisor"  # query, key and value have the same inputs
            x = graph.add("Mul", x, graph.constant(key, (1 / factor).astype(np.float32)))
        return _multiply(graph, x, name, weights[f"{name}.weight"].T * factor[:, None], weights[f"{name}.bias"])

    def rows(self, graph: Graph, indices: str, name: str, weights: Parameters) -> str:
        """See Linears. Each row of the table has a scale of its own."""
        table, scale = to_bytes(weights[f"{name}.weight"].T)
        whole = graph.add("Gather", graph.constant(f"{name}.bytes", table.T), indices)
        scales = graph.add("Gather", graph.constant(f"{name}.scale", scale[:, None]), indices)
        return graph.add("Mul", graph.add("Cast", whole, to=TensorProto.FLOAT), scales)

    def feed_forward(self, graph: Graph, x: str, layer: str, weights: Parameters) -> str:
        """See Linears."""
        rise, fall = f"{layer}intermediate.dense", f"{layer}output.dense"
        strongest = np.argsort(-self.reach[fall], kind="stable")[: min(NEURONS, self.reach[fall].size // 4)]
        others = np.setdiff1d(np.arange(self.reach[fall].size), strongest)
        few = {
            f"{rise}.weight": weights[f"{rise}.weight"][strongest],
            f"{rise}.bias": weights[f"{rise}.bias"][strongest],
        }
        few |= {f"{fall}.weight": weights[f"{fall}.weight"][:, strongest], f"{fall}.bias": weights[f"{fall}.bias"]}
        many = {f"{rise}.weight": weights[f"{rise}.weight"][others], f"{rise}.bias": weights[f"{rise}.bias"][others]}
        hidden = gelu(graph, self.linear(graph, x, rise, many))
        down = np.ascontiguousarray(weights[f"{fall}.weight"][:, others].T)
        main = _multiply(graph, hidden, fall, down, np.zeros_like(weights[f"{fall}.bias"]))
        return graph.add("Add", main, ExactLinears().feed_forward(graph, x, layer, few))

    def _factor(self, name: str) -> np.ndarray:
        reach = self.reach[name]
        usual = float(np.median(reach))
        if usual <= 0 or ".attention.output." in name:  # what attention gives has no such channels
            return np.ones_like(reach)
        return np.maximum(1.0, reach / (CAP * usual)).astype(np.float32)


def to_bytes(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """weight (n, m) float32 → whole numbers (n, m) int8 and a scale for each column, (m,): weight ≈ whole · scale."""
    scale = np.abs(weight).max(axis=0) / LEVELS
    scale[scale == 0] = 1.0
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)


def find_reach(model: SentenceTransformer, texts: list[str]) -> Reach:
    """Reads some texts and notes how large the inputs of each linear layer become."""
    found: dict[str, np.ndarray] = {}

    def noted(name: str) -> Any:
        def note(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            largest = inputs[0].detach().abs().flatten(0, -2).amax(dim=0).float().cpu().numpy()
            found[name] = np.maximum(found[name], largest) if name in found else largest

        return note

    bert: Any = model[0].auto_model
    layers = {name: part for name, part in bert.named_modules() if isinstance(part, nn.Linear)}
    hooks = [layer.register_forward_pre_hook(noted(name)) for name, layer in layers.items()]
    try:
        with torch.inference_mode():
            model.encode(texts, show_progress_bar=False)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _multiply(graph: Graph, x: str, name: str, weight: np.ndarray, bias: np.ndarray) -> str:
    """x · weight + bias with weight (n, m) in bytes."""
    whole, scale = to_bytes(weight)
    return graph.add(
        "DynamicQuantizeMatMul",
        x,
        graph.constant(f"{name}.bytes", whole),
        graph.constant(f"{name}.scale", scale),
        graph.constant(f"{name}.zero", np.zeros(scale.size, dtype=np.int8)),
        graph.constant(f"{name}.shift", bias),
        domain=RUNTIME,
    )
