"""Attention over texts that are packed one behind the other, so that no time goes into padding.

The transformers library hands attention to a function of one's own, and the pooling of sentence-transformers reads
packed texts. So the stock modules do all the rest, and a saved model knows nothing of this.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any, NamedTuple

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn
from torch.autograd.function import Function
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

NAME = "tailor_packed"

ARCHITECTURES = ("bert", "roberta", "xlm-roberta", "camembert", "electra")
"""Model types whose attention sees all tokens of a text, and whose positions can be given: those that were tried."""


class Span(NamedTuple):
    """A run of texts of one length, or of a few short ones that are looked at together.

    start: the first token. texts, length: how many, and tokens of each. apart: (length, length), −inf between tokens of
    different texts and else 0, where there are several in one.
    """

    start: int
    texts: int
    length: int
    apart: Tensor | None = None


TOGETHER = 64
"""Tokens of short texts that share a span in training."""

SHORT = 20
"""Tokens up to which plain matrix products go backward in half the time, on a CPU, of torch's own attention."""

_forward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_backward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward


def can_pack(model: SentenceTransformer, device: str) -> bool:
    """Whether `packing` works for it; else texts must be padded."""
    config = getattr(model[0], "config", None)
    is_encoder = not getattr(config, "is_decoder", False) and not getattr(config, "add_cross_attention", False)
    return device == "cpu" and getattr(config, "model_type", "") in ARCHITECTURES and is_encoder


def first_position(model: SentenceTransformer) -> int:
    """What the model numbers the first token of a text with: 0, or in the RoBERTa family what follows the padding's."""
    for module in model.modules():
        padding = getattr(module, "padding_idx", None)
        if isinstance(padding, int) and isinstance(getattr(module, "position_embeddings", None), nn.Embedding):
            return padding + 1
    return 0


def spans_of(lengths: Sequence[int], *, together: bool = False) -> list[Span]:
    """Of texts of these lengths one behind the other: a span for every run of one length.

    together: for training, where a span costs some thirty calls for every layer whatever its size. So short texts, of
    which there are few of one length, share a span of up to TOGETHER tokens.
    """
    runs, start = list[Span](), 0
    for length, same in groupby(lengths):
        texts = len(list(same))
        runs.append(Span(start, texts, length))
        start += texts * length
    return _merged(runs) if together else runs


def _merged(runs: Sequence[Span]) -> list[Span]:
    spans, few = list[Span](), list[int]()  # lengths of the texts that wait to share a span
    for run in runs:
        if run.length > SHORT or run.texts * run.length > TOGETHER:
            spans += _shared(run.start, few)
            spans.append(run)
            few = []
            continue
        for number in range(run.texts):
            if few and sum(few) + run.length > TOGETHER:
                spans += _shared(run.start + number * run.length, few)
                few = []
            few.append(run.length)
    return spans + _shared(sum(run.texts * run.length for run in runs), few)


def _shared(end: int, lengths: Sequence[int]) -> list[Span]:
    """The span of these texts, which end where `end` begins; none of no texts."""
    if not lengths:
        return []
    tokens = sum(lengths)
    if len(set(lengths)) == 1:
        return [Span(end - tokens, len(lengths), lengths[0])]
    text = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    apart = torch.zeros(tokens, tokens).masked_fill_(text[:, None] != text[None, :], -torch.inf)
    return [Span(end - tokens, 1, tokens, apart)]


@contextmanager
def packing(model: SentenceTransformer) -> Iterator[None]:
    """Inside, the model takes the features of `batches.pack`."""
    config: Any = model[0].config
    before = config._attn_implementation
    config._attn_implementation = NAME
    try:
        yield
    finally:
        config._attn_implementation = before


def packed_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    spans: list[Span],
    scaling: float,
    **_: Any,
) -> tuple[Tensor, None]:
    """query, key, value: (1, heads, tokens, size of a head). Gives (1, tokens, heads, size of a head).

    softmax(query · keyᵀ · scaling) · value within each text, as in every text alone.
    """
    return _PackedAttention.apply(query, key, value, spans, scaling).transpose(1, 2), None


class _PackedAttention(Function):
    """One step of the gradient for all spans: slicing each tensor apart would fill and add a whole one per slice."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, spans: list[Span], scaling: float) -> Tensor:
        output, kept = _like(query), []
        for span in spans:
            inputs = (_texts(query, span), _texts(key, span), _texts(value, span), scaling)
            part, for_backward = _attend_short(*inputs, span.apart) if _is_short(ctx, span) else _attend_long(*inputs)
            _texts(output, span).copy_(part)
            kept.append(for_backward)
        ctx.save_for_backward(query, key, value, output, *kept)
        ctx.spans, ctx.scaling = spans, scaling
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, output, *kept = ctx.saved_tensors
        results = (_like(query), _like(key), _like(value))
        for span, for_backward in zip(ctx.spans, kept, strict=True):
            inputs = [_texts(x, span) for x in (gradient, query, key, value, output)]
            back = _short_backward if _is_short(ctx, span) else _long_backward
            for result, part in zip(results, back(inputs, for_backward, ctx.scaling), strict=True):
                _texts(result, span).copy_(part)
        return *results, None, None


def _is_short(ctx: Any, span: Span) -> bool:
    return span.apart is not None or (span.length <= SHORT and any(ctx.needs_input_grad))


def _attend_short(
    query: Tensor, key: Tensor, value: Tensor, scaling: float, apart: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Each (texts, heads, length, size): the attention, and the probabilities (texts · heads, length, length)."""
    q, k, v = (x.flatten(0, 1) for x in (query, key, value))
    scores = (
        _product(q, k.transpose(1, 2), scaling)
        if apart is None
        else torch.baddbmm(apart, q, k.transpose(1, 2), alpha=scaling)
    )
    probabilities = scores.softmax(-1)
    return torch.bmm(probabilities, v).view(query.shape), probabilities


def _short_backward(tensors: Sequence[Tensor], probabilities: Tensor, scaling: float) -> tuple[Tensor, ...]:
    """tensors: gradient g, query, key, value, output. With p the probabilities, the gradient by value is pᵀ · g, and
    by score p ∘ (g · valueᵀ − rowsum(g ∘ output))."""
    g, q, k, v, o = (x.flatten(0, 1) for x in tensors)
    by_score = torch.bmm(g, v.transpose(1, 2)).sub_((g * o).sum(-1, keepdim=True)).mul_(probabilities)
    by_query, by_key = _product(by_score, k, scaling), _product(by_score.transpose(1, 2), q, scaling)
    by_value = torch.bmm(probabilities.transpose(1, 2), g)
    return tuple(part.view(tensors[0].shape) for part in (by_query, by_key, by_value))


def _product(a: Tensor, b: Tensor, factor: float) -> Tensor:
    """a · b · factor in one pass, each (many, …, …)."""
    return torch.baddbmm(a.new_empty(()), a, b, beta=0, alpha=factor)


def _attend_long(query: Tensor, key: Tensor, value: Tensor, scaling: float) -> tuple[Tensor, Tensor]:
    output, sums = _forward(query, key, value, scale=scaling)
    return output, sums


def _long_backward(tensors: Sequence[Tensor], sums: Tensor, scaling: float) -> tuple[Tensor, ...]:
    return tuple(_backward(*tensors, sums, 0.0, False, scale=scaling))


def _like(x: Tensor) -> Tensor:
    """Room for (1, heads, tokens, size), laid out token by token as the layers before and after have it."""
    one, heads, tokens, size = x.shape
    return x.new_empty(one, tokens, heads, size).transpose(1, 2)


def _texts(x: Tensor, span: Span) -> Tensor:
    """A view (texts, heads, length, size) of the span's part of (1, heads, tokens, size). One call, as there are many
    spans: each slice, split and transposition would take as long as the arithmetic of a short text."""
    start, texts, length, _ = span
    _, heads, _, size = x.shape
    _, by_head, by_token, one = x.stride()
    strides = (length * by_token, by_head, by_token, one)
    return x.as_strided((texts, heads, length, size), strides, x.storage_offset() + start * by_token)


ALL_ATTENTION_FUNCTIONS.register(NAME, packed_attention)
