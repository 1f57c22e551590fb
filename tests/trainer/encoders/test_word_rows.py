"""Words that learn, in a tiny real model."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from torch import nn

from trainer.encoders.text import TextEncoder
from trainer.encoders.word_rows import LearnedRows, keep_words, learn_words
from trainer.fit import trainable_weights

TEXTS = ["red lamp", "blue lamp with a cord"]
TABLE = "0.model.embeddings.word_embeddings"


@pytest.fixture
def encoder(tiny_model: Path) -> TextEncoder:
    return TextEncoder.load(tiny_model, device="cpu")


def words_of(encoder: TextEncoder) -> np.ndarray:
    return np.unique(np.concatenate([row["input_ids"] for row in encoder.tokenise(TEXTS)]))


def test_reads_the_same_before_anything_is_learned_words_that_do_not_learn_included(encoder: TextEncoder) -> None:
    texts = [*TEXTS, "green door"]
    before = encoder.encode(texts)
    learn_words(encoder.model, encoder.tokenise(TEXTS))
    assert isinstance(encoder.model.get_submodule(TABLE), LearnedRows)
    np.testing.assert_array_equal(encoder.encode(texts), before)


def test_gradients_are_those_of_the_whole_table(encoder: TextEncoder, tiny_model: Path) -> None:
    learn_words(encoder.model, encoder.tokenise(TEXTS))
    trainable_weights(encoder, freeze_embeddings=False)
    stock = TextEncoder.load(tiny_model, device="cpu")
    for each in (encoder, stock):
        each.embed(each.tokenise(TEXTS))[:, :3].sum().backward()
    expected = stock.model.get_submodule(TABLE).weight.grad
    rows = encoder.model.get_submodule(TABLE).rows.grad
    assert isinstance(expected, torch.Tensor)
    assert isinstance(rows, torch.Tensor)
    assert rows.abs().max() > 0
    torch.testing.assert_close(rows, expected[words_of(encoder)])


def test_only_words_that_occur_learn_beside_the_layers(encoder: TextEncoder) -> None:
    learn_words(encoder.model, encoder.tokenise(TEXTS))
    names = set(trainable_weights(encoder, freeze_embeddings=False))
    assert f"{TABLE}.rows" in names
    assert f"{TABLE}.table.weight" not in names
    assert "0.model.embeddings.position_embeddings.weight" in names
    assert not any("embeddings.weight" in name or "rows" in name for name in _frozen(encoder))


def _frozen(encoder: TextEncoder) -> set[str]:
    return set(trainable_weights(encoder, freeze_embeddings=True)) - {f"{TABLE}.rows"}


def test_what_was_learned_is_kept_in_a_stock_model(encoder: TextEncoder, tmp_path: Path) -> None:
    stock = encoder.model.get_submodule(TABLE)
    assert isinstance(stock, nn.Embedding)
    before, words = stock.weight.detach().clone(), words_of(encoder)
    learn_words(encoder.model, encoder.tokenise(TEXTS))
    with torch.no_grad():
        encoder.model.get_parameter(f"{TABLE}.rows").add_(0.5)
    learned = encoder.encode(TEXTS)

    keep_words(encoder.model)

    assert encoder.model.get_submodule(TABLE) is stock
    changed = (stock.weight != before).any(dim=1)
    assert changed.nonzero().flatten().tolist() == words.tolist()
    encoder.save(tmp_path / "saved")
    loaded = SentenceTransformer(str(tmp_path / "saved"), device="cpu", local_files_only=True)
    np.testing.assert_allclose(loaded.encode(TEXTS, normalize_embeddings=True), learned, atol=1e-6)
