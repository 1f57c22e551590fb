"""Packed equals padded, in embeddings and in gradients, for every architecture that is packed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import AutoConfig, AutoModel, BertTokenizer

from tests.trainer.tiny import ASKING, FILLERS
from trainer.config import Precision
from trainer.encoders.batches import FILLED_FROM, FILLED_TO, pack
from trainer.encoders.packing import ARCHITECTURES, SHORT, TOGETHER, can_pack, spans_of
from trainer.encoders.text import TextEncoder

TEXTS = [
    "",
    *ASKING,
    "filler1 " * 60,
    " ".join(FILLERS[:21]),
    "ask1 filler2",
    " ".join(FILLERS[:11]),
    "ask3 ask4",
    "filler5",
]

PADDING_ID = {"bert": 0, "electra": 0}  # the others number positions from what follows the padding's


def make_model(architecture: str, tiny_model: Path, folder: Path, pooling: str) -> SentenceTransformer:
    torch.manual_seed(1)
    config = AutoConfig.for_model(
        architecture,
        vocab_size=100,
        hidden_size=32,
        embedding_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=48,
        pad_token_id=PADDING_ID.get(architecture, 1),
    )
    AutoModel.from_config(config).save_pretrained(folder)
    BertTokenizer.from_pretrained(tiny_model).save_pretrained(folder)
    return SentenceTransformer(
        modules=[Transformer(str(folder), max_seq_length=32), Pooling(32, pooling)], device="cpu"
    )


@pytest.mark.parametrize("pooling", ["mean", "cls", "max", "weightedmean", "lasttoken"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_equals_padded(architecture: str, pooling: str, tiny_model: Path, tmp_path: Path) -> None:
    encoder = TextEncoder(make_model(architecture, tiny_model, tmp_path, pooling), "cpu", Precision.FLOAT32)
    assert encoder.is_packed
    rows = encoder.tokenise([*TEXTS, *TEXTS, *TEXTS])  # long enough to be filled
    assert len(pack(rows, 0)["cu_seq_lens_q"]) == len(rows) + 2
    wanted = torch.randn(len(rows), 32, generator=torch.Generator().manual_seed(2))
    found = []
    for packed in (True, False):
        encoder.is_packed = packed
        encoder.model.zero_grad()
        vectors = encoder.embed(rows)
        (vectors * wanted).sum().backward()
        gradients = {name: w.grad for name, w in encoder.model.named_parameters() if w.grad is not None}
        found.append((vectors.detach(), gradients))
    (packed_vectors, packed_gradients), (vectors, gradients) = found
    torch.testing.assert_close(packed_vectors, vectors, atol=1e-5, rtol=0)
    assert packed_gradients.keys() == gradients.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(packed_gradients[name], gradient, atol=2e-5, rtol=1e-4, msg=name)


def test_is_filled_to_few_sizes_once_it_is_long() -> None:
    for texts in range(1, 200):
        rows = [{"input_ids": np.full(3 + number % 5, 7)} for number in range(texts)]
        features = pack(rows, 0)
        tokens, size = sum(len(row["input_ids"]) for row in rows), features["input_ids"].shape[1]
        assert size == tokens if tokens < FILLED_FROM else size % FILLED_TO == 0
        assert 0 <= size - tokens < FILLED_TO
        assert sum(features["lengths"]) == size == features["cu_seq_lens_q"][-1]


def test_spans_cover_all_tokens_in_order_and_keep_texts_apart() -> None:
    source = np.random.default_rng(0)
    for together in (False, True):
        for _ in range(60):
            lengths = [
                *sorted(source.integers(1, 30, size=source.integers(1, 80)).tolist()),
                int(source.integers(1, 31)),
            ]
            text = np.repeat(np.arange(len(lengths)), lengths)
            expected = text[:, None] == text[None, :]  # which tokens see which
            found, done = np.zeros_like(expected), 0
            for start, texts, length, apart in spans_of(lengths, together=together):
                assert start == done
                for place in range(start, start + texts * length, length):
                    seen = np.ones((length, length), bool) if apart is None else apart.numpy() == 0
                    found[place : place + length, place : place + length] = seen
                done += texts * length
            assert done == len(text) and (found == expected).all()


def test_in_training_short_texts_share_few_spans() -> None:
    lengths = sorted(np.random.default_rng(1).integers(4, SHORT + 1, size=64).tolist())
    assert len(spans_of(lengths, together=True)) <= sum(lengths) / TOGETHER + 5 < len(spans_of(lengths)) + 5
    assert all(
        span.texts * span.length <= TOGETHER for span in spans_of(lengths, together=True) if span.apart is not None
    )


def test_leaves_the_stock_model_as_it_was(tiny_model: Path) -> None:
    encoder = TextEncoder.load(tiny_model, device="cpu")
    theirs = SentenceTransformer(str(tiny_model), device="cpu").encode(TEXTS)
    encoder.encode(TEXTS)
    config: Any = encoder.model[0].config
    assert config._attn_implementation == "sdpa"
    torch.testing.assert_close(torch.tensor(encoder.model.encode(TEXTS)), torch.tensor(theirs), atol=1e-6, rtol=0)


def test_others_are_padded(tiny_model: Path, tmp_path: Path) -> None:
    model = make_model("bert", tiny_model, tmp_path, "mean")
    assert can_pack(model, "cpu")
    assert not can_pack(model, "cuda")
    config: Any = model[0].config
    config.is_decoder = True
    assert not can_pack(model, "cpu")
    config.is_decoder = False
    config.model_type = "mpnet"
    assert not can_pack(model, "cpu")
