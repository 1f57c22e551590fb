"""Weights laid out for reading give what the stock layers give."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.trainer.tiny import ASKING, FILLERS
from trainer.config import Precision
from trainer.encoders import reading
from trainer.encoders import text as text_module
from trainer.encoders.reading import can_lay_out, reading_in
from trainer.encoders.text import TextEncoder

TEXTS = [f"{word} {other}" for word in ASKING for other in FILLERS[:8]]

needs_onednn = pytest.mark.skipif(not can_lay_out("cpu"), reason="this build or processor cannot lay weights out")


@needs_onednn
def test_equals_the_stock_layers(tiny_model: Path) -> None:
    encoder = TextEncoder.load(tiny_model, device="cpu")
    used: list[nn.Module] = []
    with torch.inference_mode():
        rows = encoder.tokenise(TEXTS)
        expected = encoder.embed(rows)
        with reading_in(torch.float32, encoder.model, 1_024):
            found = encoder.embed(rows)
            used = [module for module in encoder.model.modules() if "forward" in module.__dict__]
        again = encoder.embed(rows)
    linear = sum(type(module) is nn.Linear for module in encoder.model.modules())
    assert len(used) == linear + 2  # and the GELU of both layers goes with its linear one
    torch.testing.assert_close(found, expected, atol=2e-6, rtol=0)
    assert torch.equal(again, expected)


@needs_onednn
def test_sees_new_weights(tiny_model: Path) -> None:
    encoder = TextEncoder.load(tiny_model, device="cpu")
    before = encoder.encode(TEXTS)
    with torch.no_grad():
        encoder.model.get_parameter("0.model.encoder.layer.0.intermediate.dense.weight").mul_(-3)
    assert np.abs(encoder.encode(TEXTS) - before).max() > 1e-3
    np.testing.assert_allclose(encoder.encode(TEXTS), np.concatenate([encoder.encode([t]) for t in TEXTS]), atol=1e-5)


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
def test_few_texts_and_other_machines_do_without(
    tiny_model: Path, precision: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = TextEncoder.load(tiny_model, device="cpu", precision=precision)
    laid_out = encoder.encode(TEXTS, fast=True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"architecture": "aarch64"})
    monkeypatch.setattr(reading, "reading_in", None)
    monkeypatch.setattr(text_module, "reading_in", None)
    np.testing.assert_allclose(encoder.encode(TEXTS, fast=True), laid_out, atol=1e-4)
    assert encoder.encode(TEXTS[:3]).shape == (3, 32)
