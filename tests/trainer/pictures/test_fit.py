"""One training of a tiny CLIP model, really interrupted: what is kept of it, and what comes of going on."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.trainer.pictures.problems import captioned
from tests.trainer.tiny_pictures import make_tiny_clip
from trainer.config import FinetuneConfig
from trainer.encoders.base import Side
from trainer.encoders.clip import ClipEncoder
from trainer.errors import Cancelled
from trainer.pictures.clip_network import ClipNetwork
from trainer.pictures.fit import Learned, Settings, fit_pictures
from trainer.pictures.lessons import LearningPart, PairLesson
from trainer.pictures.seen import Seen
from trainer.pictures.state import State, read_state, write_state
from trainer.pictures.weights import MATRIX

SETTINGS = Settings("upper layers", True, 4, 16, matrix_rate=1e-2, layers_rate=1e-2, flips=True, looks=(1, 2, 9))
EVERY_STEP = 0.0

Train = Callable[..., tuple[Learned, list[int]]]


@pytest.fixture
def train(tmp_path: Path) -> Train:
    split, store = captioned(tmp_path, train=48, test=4)
    model, data = make_tiny_clip(tmp_path / "model"), split.data

    def run(state: Path | None, fingerprint: str = "x", stop_after: int = 10**6) -> tuple[Learned, list[int]]:
        """What was learned by a fresh encoder, and the steps that were taken."""
        encoder = ClipEncoder.load(model, pictures=store, device="cpu")
        network, steps = ClipNetwork(encoder), list[int]()
        seen = Seen.read(network, list(data.documents.values()), tmp_path / "seen.f16", lambda share: None)
        words = dict(zip(data.queries, encoder.encode(list(data.queries.values()), side=Side.QUERY), strict=True))
        part = LearningPart(split.train, data)
        lesson = PairLesson(data, part.examples(), FinetuneConfig(), words)
        start = torch.zeros(network.matrix_shape)
        learned = fit_pictures(
            seen,
            lesson,
            SETTINGS,
            start,
            lambda step, *_: steps.append(step),
            lambda: len(steps) >= stop_after,
            state=state,
            fingerprint=fingerprint,
            seconds_between_saves=EVERY_STEP,
        )
        return learned, steps

    return run


def distance(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    assert set(one) == set(other)
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def test_killed_in_the_middle_and_resumed_it_ends_as_if_it_had_not_been(train: Train, tmp_path: Path) -> None:
    whole, steps = train(None)
    with pytest.raises(Cancelled):
        train(tmp_path / "state", stop_after=len(steps) // 2 + 1)
    assert (tmp_path / "state").stat().st_size > 10_000
    resumed, rest = train(tmp_path / "state")
    assert rest == steps[len(steps) // 2 + 1 :], "what was done is not done again"
    assert resumed.losses == whole.losses
    assert list(resumed.by_epoch) == list(whole.by_epoch) == [1, 2, 4]
    for epoch, weights in whole.by_epoch.items():
        assert distance(weights, resumed.by_epoch[epoch]) < 1e-6
    assert distance(whole.by_epoch[1], whole.by_epoch[4]) > 1e-3


def test_a_state_of_other_data_is_not_gone_on_from(train: Train, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        train(tmp_path / "state", stop_after=3)
    _, steps = train(tmp_path / "state", fingerprint="other", stop_after=10**6)
    assert steps[0] == 1


def test_random_numbers_go_on_where_they_were(tmp_path: Path) -> None:
    """They say which batches are mirrored, which the tiny model's tokens cannot be."""
    learning = [torch.nn.Parameter(torch.ones(3))]
    optimiser = torch.optim.AdamW(learning, fused=True)
    torch.manual_seed(3)
    learning[0].grad = torch.rand(3)
    optimiser.step()
    write_state(tmp_path / "state", "x", State(1, [], {}), learning, optimiser)
    expected = torch.rand(4)
    torch.manual_seed(9)
    assert read_state(tmp_path / "state", "x", learning, optimiser) == State(1, [], {})
    assert torch.equal(torch.rand(4), expected)


def test_both_sides_and_the_upper_layers_move_and_the_lower_ones_stay(train: Train) -> None:
    learned, _ = train(None)
    matrix = learned.weights[MATRIX]
    assert matrix.shape == (48, 16)
    assert min(float(side.abs().max()) for side in matrix.split((32, 16))) > 1e-4
    names = set(learned.weights) - {MATRIX}
    assert any(name.startswith("visual.transformer.resblocks.1.") for name in names)
    assert not any("resblocks.0." in name and name.startswith("visual.") for name in names)
    assert not {"visual.proj", "text_projection"} & names, "the matrix is behind them"
