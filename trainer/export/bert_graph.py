"""BERT encoders, the architecture of every base model in the catalogue, written as an ONNX graph in under a second.

Tracing the model with torch's exporter gives the same graph in ten to fifteen seconds. Any other architecture takes
that way (trainer.export.onnx_model); and whatever is written here is compared with torch before it is published.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from onnx import ModelProto, TensorProto
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer
from torch import nn
from transformers import BertModel

from trainer.export.graph import Graph

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT = "sentence_embedding"
LEAST_COUNT, LEAST_LENGTH = 1e-9, 1e-12  # as the libraries have them, against division by zero
LEAST = float(np.finfo(np.float32).min)

Parameters = Mapping[str, np.ndarray]


class Linears(Protocol):
    """How the graph multiplies with weights: `ExactLinears` here, with 8 bits in trainer.export.int8."""

    def linear(self, graph: Graph, x: str, name: str, weights: Parameters) -> str:
        """x (…, n) → x · Wᵀ + b (…, m), with W (m, n) and b (m,) under `name` in `weights`."""

    def rows(self, graph: Graph, indices: str, name: str, weights: Parameters) -> str:
        """The rows of an embedding table (words, n) at `indices` (…) int64 → (…, n) float32."""

    def feed_forward(self, graph: Graph, x: str, layer: str, weights: Parameters) -> str:
        """x (…, n) → W₂ · gelu(W₁ · x + b₁) + b₂ (…, n)."""


class ExactLinears:
    """In float32, with standard operators only."""

    def linear(self, graph: Graph, x: str, name: str, weights: Parameters) -> str:
        """See Linears."""
        product = graph.add("MatMul", x, graph.constant(f"{name}.weight", weights[f"{name}.weight"].T))
        return graph.add("Add", product, graph.constant(f"{name}.bias", weights[f"{name}.bias"]))

    def rows(self, graph: Graph, indices: str, name: str, weights: Parameters) -> str:
        """See Linears."""
        return graph.add("Gather", graph.constant(f"{name}.weight", weights[f"{name}.weight"]), indices)

    def feed_forward(self, graph: Graph, x: str, layer: str, weights: Parameters) -> str:
        """See Linears."""
        hidden = gelu(graph, self.linear(graph, x, f"{layer}intermediate.dense", weights))
        return self.linear(graph, hidden, f"{layer}output.dense", weights)


def is_plain_bert(model: SentenceTransformer) -> bool:
    """Whether `write_bert` knows every part of the model: BERT with GELU, one pooling, perhaps adapters, perhaps a
    normalisation."""
    modules = list(model)
    if len(modules) < 2 or type(modules[0]) is not Transformer or type(modules[1]) is not Pooling:
        return False
    bert, pooling = modules[0].auto_model, modules[1]
    return (
        type(bert) is BertModel
        and bert.config.hidden_act == "gelu"
        and not bert.config.is_decoder
        and getattr(bert.config, "position_embedding_type", "absolute") == "absolute"
        and pooling.pooling_mode in ("mean", "cls")
        and all(_is_adapter(module) for module in modules[2:-1])
        and (len(modules) == 2 or type(modules[-1]) is Normalize or _is_adapter(modules[-1]))
    )


def _is_adapter(module: nn.Module) -> bool:
    """As TextEncoder.add_adapter makes one."""
    return (
        type(module) is Dense
        and module.linear.bias is None
        and type(module.activation_function) is nn.Identity
        and module.module_input_name == module.module_output_name == OUTPUT
        and not getattr(module, "use_residual", False)
    )


def write_bert(model: SentenceTransformer, linears: Linears) -> ModelProto:
    """INPUTS, each (batch, sequence) int64 → embeddings (batch, dim) float32 of length 1. Wants `is_plain_bert`."""
    bert: Any = model[0].auto_model
    weights = {name: weight.detach().cpu().float().numpy() for name, weight in bert.named_parameters()}
    config, graph = bert.config, Graph()
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)  # (batch, sequence)
    x = _embed(graph, weights, linears, config.layer_norm_eps)
    hidden_places = graph.add("Sub", graph.number(1.0), graph.add("Unsqueeze", mask, graph.whole(1, 2)))
    bias = graph.add("Mul", hidden_places, graph.number(LEAST))  # (batch, 1, 1, sequence)
    for number in range(config.num_hidden_layers):
        layer = f"encoder.layer.{number}."
        seen = _attend(graph, x, bias, f"{layer}attention.", weights, linears, config.num_attention_heads)
        x = _add_and_norm(graph, seen, x, f"{layer}attention.output.LayerNorm", weights, config.layer_norm_eps)
        y = linears.feed_forward(graph, x, layer, weights)
        x = _add_and_norm(graph, y, x, f"{layer}output.LayerNorm", weights, config.layer_norm_eps)
    pooled, dimensions = _pool(graph, x, mask, str(model[1].pooling_mode)), config.hidden_size
    for number, adapter in enumerate(module for module in model if type(module) is Dense):
        matrix = adapter.linear.weight.detach().cpu().float().numpy()  # (dimensions after, dimensions before)
        pooled, dimensions = graph.add("MatMul", pooled, graph.constant(f"adapter.{number}", matrix.T)), len(matrix)
    length = graph.add("ReduceL2", pooled, axes=[1], keepdims=1)
    graph.add("Div", pooled, graph.add("Max", length, graph.number(LEAST_LENGTH)), output=OUTPUT)
    return graph.model(INPUTS, OUTPUT, dimensions)


def gelu(graph: Graph, x: str) -> str:
    """x · ½ (1 + erf(x / √2)), in the form that runtimes know and compute at once."""
    bent = graph.add("Erf", graph.add("Div", x, graph.number(2**0.5)))
    return graph.add("Mul", graph.add("Mul", x, graph.add("Add", bent, graph.number(1.0))), graph.number(0.5))


def _embed(graph: Graph, weights: Parameters, linears: Linears, epsilon: float) -> str:
    """(batch, sequence, dim): what a word is, where it stands, and which of two texts it belongs to."""
    words = linears.rows(graph, "input_ids", "embeddings.word_embeddings", weights)
    types = ExactLinears().rows(graph, "token_type_ids", "embeddings.token_type_embeddings", weights)
    length = graph.add("Slice", graph.add("Shape", "input_ids"), graph.whole(1), graph.whole(2))
    table = graph.constant("positions", weights["embeddings.position_embeddings.weight"])
    places = graph.add("Slice", table, graph.whole(0), length, graph.whole(0))  # (sequence, dim)
    total = graph.add("Add", graph.add("Add", words, types), places)
    return _norm(graph, total, "embeddings.LayerNorm", weights, epsilon)


def _attend(graph: Graph, x: str, bias: str, name: str, weights: Parameters, linears: Linears, heads: int) -> str:
    """Multi-head attention and its output projection, (batch, sequence, dim)."""
    width = weights[f"{name}self.query.bias"].size // heads

    def by_head(part: str, order: list[int]) -> str:
        flat = linears.linear(graph, x, f"{name}self.{part}", weights)
        return graph.add("Transpose", graph.add("Reshape", flat, graph.whole(0, 0, heads, width)), perm=order)

    queries, values = by_head("query", [0, 2, 1, 3]), by_head("value", [0, 2, 1, 3])  # (batch, heads, sequence, width)
    scores = graph.add("MatMul", queries, by_head("key", [0, 2, 3, 1]))  # (batch, heads, sequence, sequence)
    scores = graph.add("Add", graph.add("Div", scores, graph.number(width**0.5)), bias)
    seen = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), values)
    joined = graph.add("Transpose", seen, perm=[0, 2, 1, 3])
    flat = graph.add("Reshape", joined, graph.whole(0, 0, heads * width))
    return linears.linear(graph, flat, f"{name}output.dense", weights)


def _add_and_norm(graph: Graph, y: str, x: str, name: str, weights: Parameters, epsilon: float) -> str:
    return _norm(graph, graph.add("Add", y, x), name, weights, epsilon)


def _norm(graph: Graph, x: str, name: str, weights: Parameters, epsilon: float) -> str:
    scale = graph.constant(f"{name}.weight", weights[f"{name}.weight"])
    shift = graph.constant(f"{name}.bias", weights[f"{name}.bias"])
    return graph.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=epsilon)


def _pool(graph: Graph, x: str, mask: str, mode: str) -> str:
    """The mean over a text's tokens, or its first one's vector, (batch, dim)."""
    if mode == "cls":
        return graph.add("Gather", x, graph.constant("first", np.array(0, dtype=np.int64)), axis=1)
    kept = graph.add("Unsqueeze", mask, graph.whole(2))  # (batch, sequence, 1)
    total = graph.add("ReduceSum", graph.add("Mul", x, kept), graph.whole(1), keepdims=0)
    count = graph.add("ReduceSum", kept, graph.whole(1), keepdims=0)  # (batch, 1)
    return graph.add("Div", total, graph.add("Max", count, graph.number(LEAST_COUNT)))
