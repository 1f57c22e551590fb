from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.trainer.tiny_pictures import CLIP_MODELS, draw, make_store, make_tiny_clip
from trainer.config import Task
from trainer.data.picture_store import PictureStore
from trainer.encoders.base import Side
from trainer.encoders.clip import ClipEncoder
from trainer.errors import ModelError
from trainer.export.verify import load_towers

PICTURES = [draw(number) for number in range(21)]
TEXTS = ["a red shoe", "two blue discs on white paper", "", "überlang " * 50] * 20


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PictureStore, list[str]]]:
    store, keys = make_store(tmp_path_factory.mktemp("store") / "pictures.zip", PICTURES)
    with store:
        yield store, keys


@pytest.fixture(scope="module", params=CLIP_MODELS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_clip(tmp_path_factory.mktemp("clip") / "model", request.param)


def embeddings_of_open_clip(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Of TEXTS and PICTURES, as verify.py finds them: without our code."""
    towers = load_towers("open_clip", folder)
    return towers["texts"].embed(TEXTS), towers["pictures"].embed(PICTURES)


@pytest.fixture
def encoder(folder: Path, stored: tuple[PictureStore, list[str]]) -> ClipEncoder:
    return ClipEncoder.load(folder, pictures=stored[0], device="cpu")


def test_embeddings_are_those_of_open_clip(
    encoder: ClipEncoder, folder: Path, stored: tuple[object, list[str]]
) -> None:
    texts, pictures = embeddings_of_open_clip(folder)
    np.testing.assert_allclose(encoder.encode(TEXTS, side=Side.QUERY), texts, atol=1e-5)
    np.testing.assert_allclose(encoder.encode(stored[1], side=Side.DOCUMENT), pictures, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_pictures(PICTURES), pictures, atol=1e-5)
    assert texts.shape[1] == pictures.shape[1] == encoder.embedding_size
    nothing = (0, encoder.embedding_size)
    assert encoder.encode([], side=Side.QUERY).shape == encoder.encode([], side=Side.DOCUMENT).shape == nothing
    assert encoder.max_tokens == 16


def test_searching_by_a_picture_both_sides_are_pictures(folder: Path, stored: tuple[PictureStore, list[str]]) -> None:
    store, keys = stored
    encoder = ClipEncoder.load(folder, task=Task.IMAGE_IMAGE, pictures=store, device="cpu")
    np.testing.assert_array_equal(encoder.encode(keys, side=Side.QUERY), encoder.encode(keys, side=Side.DOCUMENT))


def test_both_towers_can_learn_and_are_saved_as_a_stock_folder(encoder: ClipEncoder, tmp_path: Path) -> None:
    optimizer = torch.optim.SGD(encoder.model.parameters(), 1.0)
    pictures, texts = encoder.embed(encoder.pixels(PICTURES[:4])), encoder.embed_texts(encoder.tokenise(TEXTS[:4]))
    before = encoder.encode(TEXTS), encoder.encode_pictures(PICTURES)
    (pictures * texts).sum().backward()
    optimizer.step()
    after = encoder.encode(TEXTS), encoder.encode_pictures(PICTURES)
    assert all(np.abs(one - other).max() > 1e-3 for one, other in zip(before, after, strict=True))

    encoder.save(tmp_path / "model")
    for found, expected in zip(embeddings_of_open_clip(tmp_path / "model"), after, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_texts_are_halved_when_memory_is_short(encoder: ClipEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, whole = encoder.encode(TEXTS), encoder.embed_texts

    def embed_texts(tokens: torch.Tensor) -> torch.Tensor:
        if len(tokens) > 5:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return whole(tokens)

    monkeypatch.setattr(encoder, "embed_texts", embed_texts)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-5)


def test_a_broken_configuration_is_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "open_clip_config.json").write_text('{"model_cfg": {"embed_dim": 4}}')
    with pytest.raises(ModelError, match="cannot be opened"):
        ClipEncoder.load(tmp_path, device="cpu")
