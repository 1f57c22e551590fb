"""Which numbers the network multiplies: float32, or where the machine is fast at it, bfloat16."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import Function
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers.activations import GELUActivation

from trainer.config import Precision

ATTENTION_KERNELS = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
"""All but cuDNN's, which PyTorch prefers in bfloat16 on some GPUs. It makes a plan for each shape of batch that it has
not seen, and texts of many lengths bring new ones all the time: trainings took four times as long on an H200."""


def resolve_precision(wanted: Precision, device: str) -> torch.dtype:
    """The type to multiply in; AUTO takes bfloat16 where `device` ("cpu" or "cuda") has instructions for it."""
    if wanted is Precision.AUTO:
        return torch.bfloat16 if _is_fast_at_bfloat16(device) else torch.float32
    return torch.bfloat16 if wanted is Precision.BFLOAT16 else torch.float32


def _is_fast_at_bfloat16(device: str) -> bool:
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # AMD since Zen 4, Intel since Cooper Lake. Elsewhere oneDNN would imitate bfloat16, slower than float32.
    return torch.backends.mkldnn.is_available() and bool(torch.cpu.get_capabilities().get("avx512_bf16"))


@contextmanager
def multiplying_in(precision: torch.dtype, model: nn.Module, device: str) -> Iterator[None]:
    """Inside, `model` multiplies in `precision`; its weights, their gradients and all else stay float32.

    On a CPU only the linear layers do, where nearly all time goes: attention in bfloat16 is slower there, and
    `torch.autocast` would convert every weight for every batch anew. Weights that change inside are seen only by the
    next use, so use it around one step or one reading of texts. Not to be nested.
    """
    if precision == torch.float32:
        stand_ins: dict[nn.Module, Callable[..., Any]] = {}
    elif device == "cpu":
        layers = [module for module in model.modules() if type(module) is nn.Linear]
        before_gelu = {module.dense for module in model.modules() if is_linear_and_gelu(module)}
        stand_ins = {layer: _low_forward(layer, precision, layer in before_gelu) for layer in layers}
    else:
        stand_ins = {model: autocasting(model.forward, precision, device)}
    for module, forward in stand_ins.items():
        module.__dict__["forward"] = forward
    try:
        yield
    finally:
        for module in stand_ins:
            module.__dict__.pop("forward", None)


def autocasting(forward: Callable[..., Any], precision: torch.dtype, device: str) -> Callable[..., Any]:
    """`forward` under torch's own rules of what may be computed in `precision`. Only the forward pass of the model:
    similarities in bfloat16, divided by a small temperature, would make a coarse loss."""

    def cast_forward(*inputs: Any, **options: Any) -> Any:
        with torch.autocast(device, dtype=precision), sdpa_kernel(ATTENTION_KERNELS):
            return forward(*inputs, **options)

    return cast_forward


def is_linear_and_gelu(module: nn.Module) -> bool:
    """The first half of a feed-forward block as the BERT family has it, with the exact GELU."""
    activation = getattr(module, "intermediate_act_fn", None)
    is_exact = isinstance(activation, GELUActivation) and activation.act is nn.functional.gelu
    return is_exact and type(getattr(module, "dense", None)) is nn.Linear


def _low_forward(layer: nn.Linear, precision: torch.dtype, keep_low: bool) -> Callable[[Tensor], Tensor]:
    """What stands in for `layer.forward`. keep_low: the result stays as it is, which a GELU and the next linear layer
    take without converting the widest tensors of the network to and fro."""
    copy = layer.weight.detach().to(precision)

    def forward(x: Tensor) -> Tensor:
        return cast(Tensor, _LowLinear.apply(x, layer.weight, layer.bias, copy, keep_low))

    return forward


class _LowLinear(Function):
    """x · weightᵀ + bias with all three products (result, gradients by x and by weight) in the type of `copy`.

    The products sum in float32 inside, and are rounded once. The result is float32 unless it is to stay low.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, copy: Tensor, keep_low: bool) -> Tensor:
        low = x.to(copy.dtype).flatten(0, -2)  # (tokens, in)
        product = torch.mm(low, copy.t()) if bias is None else torch.addmm(bias.to(copy.dtype), low, copy.t())
        ctx.save_for_backward(low, copy)
        ctx.of_x, ctx.of_weight = x.dtype, weight.dtype
        return (product if keep_low else product.to(weight.dtype)).unflatten(0, x.shape[:-1])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        low, copy = ctx.saved_tensors
        by_x, by_weight, by_bias, _, _ = ctx.needs_input_grad
        flat = gradient.flatten(0, -2)  # (tokens, out)
        small = flat.to(copy.dtype)
        return (
            torch.mm(small, copy).to(ctx.of_x).unflatten(0, gradient.shape[:-1]) if by_x else None,
            torch.mm(small.t(), low).to(ctx.of_weight) if by_weight else None,
            flat.sum(0, dtype=ctx.of_weight) if by_bias else None,
            None,
            None,
        )
