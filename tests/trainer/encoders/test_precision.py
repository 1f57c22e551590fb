"""bfloat16 where the machine has it: close to float32, in values and gradients, with float32 weights throughout."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.trainer.tiny import ASKING, FILLERS
from trainer.config import FinetuneConfig, Precision
from trainer.encoders import precision as precision_module
from trainer.encoders.precision import autocasting, multiplying_in, resolve_precision
from trainer.encoders.text import TextEncoder

TEXTS = [*ASKING, *FILLERS, "ask1 filler2 filler3"]


def test_a_linear_layer_rounds_inputs_and_products_only() -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(24, 16), torch.randn(3, 5, 24, requires_grad=True)
    wanted = torch.randn(3, 5, 16)
    with multiplying_in(torch.bfloat16, layer, "cpu"):
        result = layer(x)
    (result * wanted).sum().backward()

    def rounded(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.detach().bfloat16().double()

    flat_x, flat_wanted = rounded(x).reshape(15, 24), rounded(wanted).reshape(15, 16)
    expected = flat_x @ rounded(layer.weight).T + rounded(layer.bias)
    by_x, by_weight = flat_wanted @ rounded(layer.weight), flat_wanted.T @ flat_x
    assert result.dtype == torch.float32
    assert x.grad is not None
    for found, exact in ((result, expected), (x.grad, by_x), (layer.weight.grad, by_weight)):
        assert found is not None
        torch.testing.assert_close(found.reshape(exact.shape).double(), exact, atol=1e-6, rtol=2**-8)
    torch.testing.assert_close(layer.bias.grad, wanted.sum((0, 1)))


def test_afterwards_the_layer_is_exact_again_and_new_weights_are_seen() -> None:
    layer, x = nn.Linear(8, 4), torch.randn(2, 8)
    exact = layer(x)
    with multiplying_in(torch.bfloat16, layer, "cpu"):
        assert not torch.equal(layer(x), exact)
    assert torch.equal(layer(x), exact)
    with torch.no_grad():
        layer.weight.zero_()
    with multiplying_in(torch.bfloat16, layer, "cpu"):
        torch.testing.assert_close(layer(x), layer.bias.expand(2, 4), atol=1e-2, rtol=1e-2)


def test_a_frozen_layer_and_one_without_bias_work() -> None:
    layer, x = nn.Linear(8, 4, bias=False).requires_grad_(False), torch.randn(2, 8, requires_grad=True)
    with multiplying_in(torch.bfloat16, layer, "cpu"):
        layer(x).sum().backward()
    assert layer.weight.grad is None
    assert x.grad is not None
    torch.testing.assert_close(x.grad, layer.weight.sum(0).expand(2, 8), atol=2e-2, rtol=0)


@pytest.mark.parametrize("packed", [True, False])
def test_fast_embeddings_are_close_and_others_exact(tiny_model: Path, packed: bool) -> None:
    encoder = TextEncoder.load(tiny_model, device="cpu", precision=Precision.BFLOAT16)
    exact = TextEncoder.load(tiny_model, device="cpu", precision=Precision.FLOAT32).encode(TEXTS, fast=True)
    encoder.is_packed = packed
    fast = encoder.encode(TEXTS, fast=True)
    np.testing.assert_allclose(encoder.encode(TEXTS), exact, atol=1e-5)
    assert (fast * exact).sum(1).min() > 0.9999
    assert np.abs(fast - exact).max() > 1e-5


def test_autocast_ends_with_the_model() -> None:
    """On a GPU torch's own autocast is used; the same code runs here on the CPU."""
    layer, x = nn.Linear(16, 16), torch.randn(4, 16)
    forward = autocasting(layer.forward, torch.bfloat16, "cpu")
    result = forward(x)
    assert result.dtype == torch.bfloat16
    torch.testing.assert_close(result.float(), layer(x), atol=0.05, rtol=0.02)
    assert (result.float() @ result.float().T).dtype == torch.float32
    assert not torch.is_autocast_enabled("cpu")
    result.float().sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.dtype == torch.float32


def test_attention_makes_no_plan_for_each_shape() -> None:
    def allowed() -> tuple[bool, ...]:
        on = torch.backends.cuda
        return on.cudnn_sdp_enabled(), on.flash_sdp_enabled(), on.mem_efficient_sdp_enabled(), on.math_sdp_enabled()

    before = allowed()
    assert autocasting(allowed, torch.bfloat16, "cpu")() == (False, True, True, True)
    assert allowed() == before


def test_on_a_gpu_the_whole_model_is_cast(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Sequential(nn.Linear(4, 4))
    used: list[tuple[torch.dtype, str]] = []

    def note(forward: Callable[..., Any], precision: torch.dtype, device: str) -> Callable[..., Any]:
        used.append((precision, device))
        return forward

    monkeypatch.setattr(precision_module, "autocasting", note)
    with multiplying_in(torch.bfloat16, model, "cuda"):
        assert "forward" in model.__dict__
        model(torch.randn(2, 4))
    assert used == [(torch.bfloat16, "cuda")]
    assert "forward" not in model.__dict__


def test_automatic_choice_follows_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for has_it, expected in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda has_it=has_it: {"avx512_bf16": has_it})
        assert resolve_precision(Precision.AUTO, "cpu") == expected
        assert resolve_precision(Precision.FLOAT32, "cpu") == torch.float32
        assert resolve_precision(Precision.BFLOAT16, "cpu") == torch.bfloat16


def test_the_setting_is_checked() -> None:
    assert FinetuneConfig(precision="float32").precision is Precision.FLOAT32  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="precision must be one of auto, float32, bfloat16"):
        FinetuneConfig(precision="float16")  # type: ignore[arg-type]
