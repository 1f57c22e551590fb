import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from tests.trainer.tiny_pictures import draw, make_store, make_tiny_timm
from trainer.data.picture_store import PictureStore
from trainer.encoders.base import Side
from trainer.encoders.dual import DualEncoder, Joint
from trainer.encoders.picture import PictureEncoder
from trainer.encoders.text import TextEncoder
from trainer.encoders.timm_models import open_network
from trainer.errors import ModelError

PICTURES = [draw(number) for number in range(9)]
TEXTS = ["ask1 filler2", "name3"]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PictureStore, list[str]]]:
    store, keys = make_store(tmp_path_factory.mktemp("store") / "pictures.zip", PICTURES)
    with store:
        yield store, keys


@pytest.fixture
def encoder(
    tiny_model: Path, stored: tuple[PictureStore, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> DualEncoder:
    """Tiny towers; what each of seven classes is called is made up."""
    image_folder = make_tiny_timm(tmp_path_factory.mktemp("image") / "model")
    text = TextEncoder.load(tiny_model, device="cpu")
    image = PictureEncoder(open_network(image_folder), "cpu", stored[0])
    gloss = torch.from_numpy(text.encode([f"name{number}" for number in range(7)]))
    return DualEncoder(text, image, Joint.untrained(gloss, sum(image.stage_sizes)))


def train(encoder: DualEncoder) -> None:
    random = np.random.default_rng(0)
    size = encoder.feature_size
    matrix = random.normal(size=(size, encoder.embedding_size)).astype(np.float32) / size
    mean, std = random.normal(size=size).astype(np.float32), np.full(size, 0.5, np.float32)
    encoder.set_joint(matrix=matrix, mean=mean, std=std, gloss=encoder.joint.gloss + 0.01)


def test_at_first_a_picture_lies_where_its_classes_do(encoder: DualEncoder, stored: tuple[object, list[str]]) -> None:
    found = encoder.encode(stored[1], side=Side.DOCUMENT)
    with torch.no_grad():
        logits = encoder.image.model(encoder.pixels(PICTURES)).numpy()
    weights = np.exp(logits / 2)
    expected = weights / weights.sum(axis=1, keepdims=True) @ encoder.joint.gloss.numpy()
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_array_equal(encoder.encode_pictures(PICTURES), found)
    np.testing.assert_array_equal(encoder.encode(TEXTS, side=Side.QUERY), encoder.text.encode(TEXTS))


def test_cached_features_give_the_same_with_a_learned_part(encoder: DualEncoder) -> None:
    features = encoder.features(PICTURES)
    assert features.shape == (len(PICTURES), encoder.feature_size)
    assert encoder.feature_size > encoder.image.feature_size  # features of earlier stages as well
    before = encoder.encode_pictures(PICTURES)
    train(encoder)
    joint = encoder.joint
    own = (features - joint.mean.numpy()) / joint.std.numpy() @ joint.matrix.detach().numpy()
    with torch.no_grad():
        expected = encoder.likely(torch.from_numpy(features)).numpy() @ joint.gloss.numpy() + own
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    with torch.no_grad():
        projected = encoder.project(torch.from_numpy(features)).numpy()
    np.testing.assert_allclose(projected, expected, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_pictures(PICTURES), expected, atol=1e-5)
    assert np.abs(expected - before).max() > 0.01


def test_its_parameters_have_the_names_of_the_model(encoder: DualEncoder) -> None:
    known = dict(encoder.model.named_parameters())
    assert all(known[name] is value for name, value in encoder.upper_parameters().items())
    assert "joint.matrix" in known


def test_the_saved_folder_loads_with_its_own_loader_in_a_fresh_process(encoder: DualEncoder, tmp_path: Path) -> None:
    train(encoder)
    encoder.save(tmp_path / "model")
    PICTURES[0].save(tmp_path / "0.png")
    program = (
        "import sys; sys.path.insert(0, 'model')\n"
        "import numpy as np\n"
        "from PIL import Image\n"
        "from load_model import load_model\n"
        "model = load_model('model')\n"
        "pictures = model.encode_pictures([Image.open('0.png')])\n"
        "np.savez('vectors.npz', texts=model.encode_texts(['name3']), pictures=pictures)\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'trainer']"
    )
    subprocess.run([sys.executable, "-P", "-c", program], cwd=tmp_path, check=True, timeout=120)
    found = np.load(tmp_path / "vectors.npz")
    np.testing.assert_allclose(found["pictures"], encoder.encode_pictures(PICTURES[:1]), atol=1e-5)
    np.testing.assert_allclose(found["texts"], encoder.encode(["name3"]), atol=1e-5)
    again = DualEncoder.load(tmp_path / "model", device="cpu")
    np.testing.assert_allclose(again.encode_pictures(PICTURES), encoder.encode_pictures(PICTURES), atol=1e-6)


def test_parts_that_do_not_fit_are_said(encoder: DualEncoder, tmp_path: Path) -> None:
    encoder.joint.matrix = torch.nn.Parameter(torch.zeros(3, 4))
    encoder.save(tmp_path / "model")
    with pytest.raises(ModelError, match="do not fit each other"):
        DualEncoder.load(tmp_path / "model", device="cpu")


@pytest.mark.model
def test_the_base_model_finds_drawn_things_by_their_words() -> None:
    """Zero-shot, on drawings that hardly look like photographs: better than chance is all that is asked."""
    encoder = DualEncoder.load(None, device="cpu")
    assert encoder.embedding_size == 384
    things = ["a traffic light", "a crossword puzzle", "an analog wall clock", "an umbrella"]
    found = encoder.encode(things, side=Side.QUERY) @ encoder.encode_pictures([draw_thing(t) for t in things]).T
    ranks = [(row > row[place]).sum() for place, row in enumerate(found)]
    assert np.mean(ranks) <= 0.75  # 1.5 by chance


def draw_thing(name: str) -> Image.Image:
    picture = Image.new("RGB", (256, 256), "white")
    pen = ImageDraw.Draw(picture)
    if "light" in name:
        pen.rectangle((95, 20, 160, 210), fill="black")
        for y, colour in ((30, "red"), (90, "orange"), (150, "green")):
            pen.ellipse((103, y, 152, y + 50), fill=colour)
        pen.rectangle((122, 210, 134, 256), fill="gray")
    elif "puzzle" in name:
        for x in range(0, 256, 26):
            for y in range(0, 256, 26):
                pen.rectangle((x, y, x + 26, y + 26), outline="black", fill="black" if x * y % 7 == 3 else "white")
    elif "clock" in name:
        pen.ellipse((20, 20, 236, 236), outline="black", width=10, fill="ivory")
        for hour in range(12):
            angle = np.pi * hour / 6
            x, y = 128 + 88 * np.sin(angle), 128 - 88 * np.cos(angle)
            pen.text((x - 6, y - 8), str(hour or 12), fill="black", font_size=20)
        pen.line((128, 128, 128, 60), fill="black", width=8)
        pen.line((128, 128, 180, 150), fill="black", width=8)
    else:
        pen.pieslice((30, 40, 226, 236), 180, 360, fill="red", outline="black", width=3)
        pen.line((128, 138, 128, 230), fill="black", width=6)
        pen.arc((100, 215, 130, 245), 0, 180, fill="black", width=6)
    return picture
