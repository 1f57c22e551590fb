import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer

from tests.trainer.tiny import ASKING, FILLERS, texts_in
from trainer.encoders import text as text_module
from trainer.encoders.base import Side
from trainer.encoders.text import TextEncoder
from trainer.errors import Cancelled, ResourceError

TEXTS = ["", *ASKING, "ask1 filler2", "filler1 " * 60, "words nobody knows", " ".join(FILLERS[:11]), "ask3"]


def rich_folder(tiny_model: Path, folder: Path) -> Path:
    """CLS pooling, a Dense layer, no Normalize, prompts for both sides and one that always applies."""
    modules = [Transformer(str(tiny_model)), Pooling(32, "cls"), Dense(32, 16)]
    prompts = {"query": "ask0 ", "passage": "name0 ", "plain": "filler0 "}
    model = SentenceTransformer(modules=modules, device="cpu", prompts=prompts, default_prompt_name="plain")
    model.save_pretrained(str(folder), create_model_card=False)
    return folder


def test_equals_sentence_transformers(tiny_model: Path) -> None:
    ours = TextEncoder.load(tiny_model, device="cpu").encode(TEXTS)
    theirs = SentenceTransformer(str(tiny_model), device="cpu").encode(TEXTS, normalize_embeddings=True)
    assert ours.shape == (len(TEXTS), 32)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_respects_pooling_dense_and_prompts(tiny_model: Path, tmp_path: Path) -> None:
    folder = rich_folder(tiny_model, tmp_path / "rich")
    ours, theirs = TextEncoder.load(folder, device="cpu"), SentenceTransformer(str(folder), device="cpu")
    assert ours.embedding_size == 16
    plain = theirs.encode(TEXTS, normalize_embeddings=True)
    queries = theirs.encode_query(TEXTS, normalize_embeddings=True)
    documents = theirs.encode_document(TEXTS, normalize_embeddings=True)
    assert np.abs(queries - documents).max() > 1e-3
    np.testing.assert_allclose(ours.encode(TEXTS), plain, atol=1e-5)
    np.testing.assert_allclose(ours.encode(TEXTS, side=Side.QUERY), queries, atol=1e-5)
    np.testing.assert_allclose(ours.encode(TEXTS, side=Side.DOCUMENT), documents, atol=1e-5)


def test_a_plain_transformers_folder_gets_mean_pooling(tiny_model: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(tiny_model, plain)
    (plain / "modules.json").unlink()
    np.testing.assert_allclose(
        TextEncoder.load(plain, device="cpu").encode(TEXTS),
        TextEncoder.load(tiny_model, device="cpu").encode(TEXTS),
        atol=1e-5,
    )


def test_small_passes_and_chunks_change_nothing(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = TextEncoder.load(tiny_model, device="cpu")
    expected = encoder.encode(TEXTS)
    monkeypatch.setattr(text_module, "TEXTS_A_CHUNK", 5)
    encoder.tokens_a_pass = 7
    shares: list[float] = []
    np.testing.assert_allclose(encoder.encode(TEXTS, on_share=shares.append), expected, atol=1e-5)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.fixture
def two_threads() -> Iterator[None]:
    had = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(had)


def test_many_texts_are_read_side_by_side_with_the_same_result(tiny_model: Path, two_threads: None) -> None:
    encoder, read_by = TextEncoder.load(tiny_model, device="cpu"), set[int]()
    encoder.tokens_a_pass = 64
    texts = [f"ask{number} filler{number % 7} " * (1 + number % 9) for number in range(600)]
    expected = np.concatenate([encoder.encode(texts[start : start + 20]) for start in range(0, 600, 20)])
    encoder.model.register_forward_pre_hook(lambda *_: read_by.add(threading.get_ident()))
    for fast in (False, True):
        np.testing.assert_allclose(encoder.encode(texts, fast=fast), expected, atol=0.02 if fast else 1e-5)
    assert len(read_by) >= 2 and threading.get_ident() not in read_by

    def stop(share: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        encoder.encode(texts, on_share=stop)
    assert torch.get_num_threads() == 2
    config: Any = encoder.model[0].config
    assert config._attn_implementation == "sdpa"


def test_saves_a_stock_folder_without_any_network(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    encoder = TextEncoder.load(tiny_model, device="cpu", max_tokens=9)
    encoder.save(tmp_path / "saved")
    reopened = SentenceTransformer(str(tmp_path / "saved"), device="cpu", local_files_only=True)
    assert isinstance(reopened[2], Normalize)
    assert reopened.max_seq_length == encoder.max_tokens == 9
    np.testing.assert_allclose(reopened.encode(TEXTS), encoder.encode(TEXTS), atol=1e-6)
    assert not list((tmp_path / "saved").glob("**/*.bin"))


def test_can_be_stopped(tiny_model: Path) -> None:
    def stop(share: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        TextEncoder.load(tiny_model, device="cpu").encode(TEXTS, on_share=stop)


def test_halves_the_batch_when_memory_is_short(tiny_model: Path) -> None:
    encoder = TextEncoder.load(tiny_model, device="cpu")
    expected = encoder.encode(TEXTS)
    room = 3

    def guard(module: torch.nn.Module, inputs: tuple[dict[str, Any]]) -> None:
        if texts_in(inputs[0]) > room:
            raise torch.OutOfMemoryError("no room")

    encoder.model.register_forward_pre_hook(guard)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-5)
    room = 0
    with pytest.raises(ResourceError, match="memory"):
        encoder.encode(TEXTS)
