from pathlib import Path

import numpy as np
import pytest
import torch

from trainer.encoders.gloss import class_texts, gloss_of
from trainer.encoders.text import TextEncoder


@pytest.fixture
def text(tiny_model: Path) -> TextEncoder:
    return TextEncoder.load(tiny_model, device="cpu")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TAILOR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def kept(cache: Path) -> list[Path]:
    return sorted(cache.iterdir())


def test_there_are_a_thousand_different_ones() -> None:
    texts = class_texts()
    assert len(texts) == 1000 and len(set(texts)) > 990
    assert texts[0].startswith("tench")


def test_kept_ones_are_those_that_were_computed(text: TextEncoder, cache: Path) -> None:
    computed = gloss_of(text)
    assert torch.equal(computed, torch.from_numpy(text.encode(class_texts())))
    (file,) = kept(cache)
    written = file.stat().st_mtime_ns
    assert torch.equal(gloss_of(text), computed)
    assert kept(cache) == [file] and file.stat().st_mtime_ns == written


def test_kept_ones_are_read_without_computing(
    text: TextEncoder, cache: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = gloss_of(text)
    again = TextEncoder.load(tiny_model, device="cpu")
    monkeypatch.setattr(again, "encode", lambda texts: pytest.fail("computed again"))
    assert torch.equal(gloss_of(again), computed)


def test_another_model_has_its_own(text: TextEncoder, cache: Path) -> None:
    before = gloss_of(text)
    with torch.no_grad():
        words = next(text.model.parameters())
        words.add_(torch.linspace(-1, 1, words.numel()).reshape(words.shape).sin())
    after = gloss_of(text)
    assert len(kept(cache)) == 2
    assert np.abs((after - before).numpy()).max() > 1e-3
    assert torch.equal(after, torch.from_numpy(text.encode(class_texts())))


def test_a_damaged_one_is_computed_again(text: TextEncoder, cache: Path) -> None:
    computed = gloss_of(text)
    (file,) = kept(cache)
    file.write_bytes(file.read_bytes()[:100])
    assert torch.equal(gloss_of(text), computed)
    assert file.stat().st_size > 100_000


def test_a_folder_that_cannot_be_written_to_harms_nothing(text: TextEncoder, cache: Path) -> None:
    cache.write_text("a file where the folder would be")
    assert gloss_of(text).shape == (1000, 32)


def test_without_a_folder_nothing_is_kept(text: TextEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAILOR_CACHE")
    monkeypatch.chdir(tmp_path)
    assert gloss_of(text).shape == (1000, 32)
    assert list(tmp_path.iterdir()) == []
