import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from timm.data import create_transform, resolve_data_config

from tests.trainer.tiny_pictures import draw, make_store, make_tiny_timm
from trainer.config import Precision
from trainer.data.picture_store import PictureStore
from trainer.encoders.packaged import LITE0_FILE, LITE0_PACKAGE, package_folder
from trainer.encoders.picture import PictureEncoder
from trainer.encoders.timm_models import open_network
from trainer.errors import DataError, ModelError, ResourceError

PICTURES = [draw(number) for number in range(37)]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PictureStore, list[str]]]:
    store, keys = make_store(tmp_path_factory.mktemp("store") / "pictures.zip", PICTURES)
    with store:
        yield store, keys


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_timm(tmp_path_factory.mktemp("timm") / "model")


@pytest.fixture
def encoder(folder: Path, stored: tuple[PictureStore, list[str]]) -> PictureEncoder:
    return PictureEncoder.load(folder, pictures=stored[0], device="cpu")


def stock(folder: Path, pictures: list[Image.Image], **options: Any) -> np.ndarray:
    """What timm alone gives, of length 1."""
    model = timm.create_model(f"local-dir:{folder}", pretrained=True, **options).eval()
    transform = create_transform(**resolve_data_config({}, model=model))
    with torch.inference_mode():
        vectors = model(torch.stack([transform(picture) for picture in pictures]))
    return torch.nn.functional.normalize(vectors, dim=1).numpy()


def test_embeddings_are_those_of_timm_without_its_classifier(
    encoder: PictureEncoder, folder: Path, stored: tuple[PictureStore, list[str]]
) -> None:
    found = encoder.encode(stored[1])
    assert found.dtype == np.float32
    assert found.shape == (len(PICTURES), encoder.embedding_size)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(found, stock(folder, PICTURES, num_classes=0), atol=1e-5)
    np.testing.assert_array_equal(encoder.encode_pictures(PICTURES), found)
    assert len(np.unique(found.round(4), axis=0)) > 30


def test_no_picture_gives_no_rows(encoder: PictureEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.embedding_size)


def test_a_picture_that_is_not_there_is_said(encoder: PictureEncoder) -> None:
    with pytest.raises(DataError, match="missing or damaged"):
        encoder.encode(["none.png"])


@pytest.mark.parametrize("name", ["test_efficientnet", "test_vit", "test_convnext"])
def test_its_parts_give_the_whole(name: str, tmp_path: Path) -> None:
    encoder = PictureEncoder.load(make_tiny_timm(tmp_path / "model", name), device="cpu")
    features = encoder.features(PICTURES)
    weight = np.random.default_rng(0).normal(size=(5, encoder.feature_size)).astype(np.float32)
    encoder.set_head(weight, np.arange(5, dtype=np.float32))
    with torch.no_grad():
        of_features = encoder.project(torch.from_numpy(features))
        by_parts = encoder.project(encoder.upper(encoder.lower(encoder.pixels(PICTURES))))
    expected = features @ weight.T + np.arange(5)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    for found in (encoder.encode_pictures(PICTURES), of_features.numpy(), by_parts.numpy()):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_efficientnet_is_cut_below_its_last_stages(encoder: PictureEncoder) -> None:
    encoder.set_head(torch.eye(encoder.feature_size))
    activations = encoder.lower(encoder.pixels(PICTURES[:2]))
    encoder.project(encoder.upper(activations.detach())).sum().backward()
    learned = {name for name, value in encoder.model.named_parameters() if value.grad is not None}
    assert learned == {*encoder.upper_parameters(), "classifier.weight", "classifier.bias"}
    assert "conv_stem.weight" not in learned
    assert "conv_head.weight" in learned


def test_the_saved_folder_is_stock_timm_in_a_fresh_process(encoder: PictureEncoder, tmp_path: Path) -> None:
    encoder.set_head(np.random.default_rng(0).normal(size=(8, encoder.feature_size)).astype(np.float32))
    expected = encoder.encode_pictures(PICTURES[:3])
    encoder.save(tmp_path / "model")
    for number, picture in enumerate(PICTURES[:3]):
        picture.save(tmp_path / f"{number}.png")
    program = (
        "import sys, timm, torch, numpy as np\n"
        "from PIL import Image\n"
        "from timm.data import create_transform, resolve_data_config\n"
        "model = timm.create_model('local-dir:model', pretrained=True).eval()\n"
        "transform = create_transform(**resolve_data_config({}, model=model))\n"
        "pixels = torch.stack([transform(Image.open(f'{number}.png')) for number in range(3)])\n"
        "with torch.inference_mode(): vectors = torch.nn.functional.normalize(model(pixels)).numpy()\n"
        "np.save('vectors.npy', vectors)"
    )
    subprocess.run([sys.executable, "-P", "-c", program], cwd=tmp_path, check=True, timeout=120)
    np.testing.assert_allclose(np.load(tmp_path / "vectors.npy"), expected, atol=1e-5)
    again = PictureEncoder.load(tmp_path / "model", device="cpu")
    np.testing.assert_allclose(again.encode_pictures(PICTURES[:3]), expected, atol=1e-6)
    assert again.embedding_size == 8


def test_a_batch_is_halved_when_memory_is_short(encoder: PictureEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, whole = encoder.encode_pictures(PICTURES), encoder.embed
    room = 5

    def embed(pixels: torch.Tensor) -> torch.Tensor:
        if len(pixels) > room:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return whole(pixels)

    monkeypatch.setattr(encoder, "embed", embed)
    np.testing.assert_allclose(encoder.encode_pictures(PICTURES), expected, atol=1e-5)
    room = 0
    with pytest.raises(ResourceError, match="one picture"):
        encoder.encode_pictures(PICTURES)


def test_the_share_is_told_and_can_stop(encoder: PictureEncoder) -> None:
    shares: list[float] = []
    encoder.encode_pictures(PICTURES, on_share=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encoder.encode_pictures(PICTURES, on_share=stop)


def test_a_folder_of_another_architecture_is_said(folder: Path, tmp_path: Path) -> None:
    other = make_tiny_timm(tmp_path / "other", "test_vit")
    (other / "config.json").write_bytes((folder / "config.json").read_bytes())
    with pytest.raises(ModelError, match="cannot be opened"):
        PictureEncoder.load(other, device="cpu")


@pytest.mark.model
def test_the_packaged_weights_are_opened_and_no_other_file(tmp_path: Path) -> None:
    encoder = PictureEncoder.load(package_folder(LITE0_PACKAGE, "Lite0"), device="cpu")
    assert encoder.embedding_size == 1280
    blurred = [picture.resize((40, 40)).resize((160, 160)) for picture in PICTURES[:12]]
    found = encoder.encode_pictures(blurred) @ encoder.encode_pictures(PICTURES[:12]).T
    assert (found.argmax(axis=1) == np.arange(12)).mean() > 0.8
    (tmp_path / LITE0_FILE).write_bytes(b"another file")
    with pytest.raises(ModelError, match="is not the one"):
        open_network(tmp_path)


def test_reading_fast_is_nearly_the_same(tmp_path: Path) -> None:
    folder = make_tiny_timm(tmp_path / "model", "test_vit")
    encoder = PictureEncoder.load(folder, device="cpu", precision=Precision.BFLOAT16)
    exact, fast = encoder.encode_pictures(PICTURES), encoder.encode_pictures(PICTURES, fast=True)
    assert 0 < np.abs(exact - fast).max() < 0.02
    np.testing.assert_array_equal(encoder.encode_pictures(PICTURES), exact)
