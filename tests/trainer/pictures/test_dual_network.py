from pathlib import Path

import numpy as np
import pytest
import torch

from tests.trainer.tiny_pictures import draw, make_tiny_timm
from trainer.encoders.dual import DualEncoder, Joint
from trainer.encoders.picture import PictureEncoder
from trainer.encoders.text import TextEncoder
from trainer.encoders.timm_models import open_network
from trainer.pictures.dual_network import DualNetwork
from trainer.pictures.weights import MATRIX

PICTURES = [draw(number) for number in range(8)]
ROUNDING = 1e-3
"""Features of a network with random weights hardly differ, so that giving them a deviation of 1 magnifies rounding."""
WORDS = [f"name{number} filler{number % 3}" for number in range(8)]


@pytest.fixture
def encoder(tiny_model: Path, tmp_path: Path) -> DualEncoder:
    text = TextEncoder.load(tiny_model, device="cpu")
    image = PictureEncoder(open_network(make_tiny_timm(tmp_path / "image")), "cpu")
    gloss = torch.from_numpy(text.encode([f"name{number}" for number in range(7)]))
    return DualEncoder(text, image, Joint.untrained(gloss, sum(image.stage_sizes)))


def learn(encoder: DualEncoder) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of the pictures as they were learned, and by the encoder that was given what was learned."""
    network, features = DualNetwork(encoder), encoder.features(PICTURES)
    network.prepare(features)
    matrix = network.solve(features, features, encoder.encode(WORDS))
    assert matrix.shape == network.matrix_shape
    with torch.inference_mode():
        seen = torch.from_numpy(features)
        learned = network.join(network.start(seen), seen, lambda x: x @ matrix).numpy()
    network.publish({MATRIX: matrix})
    return learned, encoder.encode_pictures(PICTURES)


def test_the_encoder_gives_what_was_learned_and_learns_again_from_there(encoder: DualEncoder) -> None:
    before = encoder.encode_pictures(PICTURES)
    learned, published = learn(encoder)
    np.testing.assert_allclose(published, learned, atol=ROUNDING)
    assert np.abs(published - before).max() > 0.05
    again, published_again = learn(encoder)
    np.testing.assert_allclose(published_again, again, atol=ROUNDING)


def test_without_a_matrix_it_is_the_base_model(encoder: DualEncoder) -> None:
    network, features = DualNetwork(encoder), encoder.features(PICTURES)
    network.prepare(features)
    with torch.inference_mode():
        seen = torch.from_numpy(features)
        nothing = torch.zeros(network.matrix_shape)
        found = network.join(network.start(seen), seen, lambda x: x @ nothing).numpy()
    np.testing.assert_allclose(found, encoder.encode_pictures(PICTURES), atol=1e-5)
