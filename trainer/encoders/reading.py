"""Reading many texts without learning from them, on a CPU: weights laid out once for oneDNN, GELU in the same pass."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from trainer.encoders.precision import is_linear_and_gelu

TEXTS_WORTH_IT = 64
"""Fewer texts are read in less time than it takes to lay out the weights."""


def can_lay_out(device: str) -> bool:
    """Whether this build of torch and this processor can."""
    is_x86 = torch.cpu.get_capabilities().get("architecture") == "x86_64"
    return device == "cpu" and is_x86 and torch.backends.mkldnn.is_available()


def is_worth_it(device: str, texts: int) -> bool:
    """Whether so many texts are read faster for it. With AVX2 alone they are not: oneDNN's GELU takes four times as
    long there as torch's own, and its products as long."""
    has_avx512 = bool(torch.cpu.get_capabilities().get("avx512_f"))
    return can_lay_out(device) and has_avx512 and texts >= TEXTS_WORTH_IT


@contextmanager
def reading_in(precision: torch.dtype, model: nn.Module, tokens: int) -> Iterator[None]:
    """Inside, and without gradients only, `model` multiplies in `precision`, with weights laid out for `tokens`.

    What comes out of a layer is float32, but for what lies between the two layers of a feed-forward block. float32
    results differ from the stock ones by rounding alone (about 1e-6). Weights that change inside are not seen.
    """
    patched: dict[nn.Module, Callable[[Tensor], Tensor]] = {}
    for module in model.modules():
        if type(module) is nn.Linear:
            patched.setdefault(module, _laid_out(module, precision, tokens, then_gelu=False))
        elif is_linear_and_gelu(module):
            dense: Any = module.dense
            patched[module] = _laid_out(dense, precision, tokens, then_gelu=True)
            patched[dense] = dense.forward  # not called
    for module, forward in patched.items():
        module.__dict__["forward"] = forward
    try:
        yield
    finally:
        for module in patched:
            module.__dict__.pop("forward", None)


def _laid_out(layer: nn.Linear, precision: torch.dtype, tokens: int, *, then_gelu: bool) -> Callable[[Tensor], Tensor]:
    weight = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach().to(precision).contiguous(), tokens)
    bias = None if layer.bias is None else layer.bias.detach().to(precision)
    result = precision if then_gelu else torch.float32
    # The last word chooses among GELUs: "none" is the exact one, not its tanh approximation.
    after: tuple[Any, ...] = ("gelu", [], "none") if then_gelu else ("none", [], "")

    def forward(x: Tensor) -> Tensor:
        product: Tensor = torch.ops.mkldnn._linear_pointwise(x.to(precision), weight, bias, *after)
        return product.to(result)

    return forward
