"""Every loss that labelled pictures can be learned by brings them together, in a tiny real model."""

from pathlib import Path

import pytest

from tests.trainer.pictures.problems import captioned, labelled
from tests.trainer.tiny_pictures import make_tiny_timm
from trainer.config import FinetuneConfig, Loss
from trainer.encoders.picture import PictureEncoder
from trainer.errors import DataError
from trainer.loss_choice import LABEL_SENTENCES
from trainer.pictures.stages import PictureStages
from trainer.progress import Event, LogEvent, Stage
from trainer.timeline import Timeline


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_timm(tmp_path_factory.mktemp("timm") / "model")


@pytest.mark.parametrize("loss", sorted(LABEL_SENTENCES))
def test_pictures_of_one_label_come_together(loss: Loss, model: Path, tmp_path: Path) -> None:
    split, store = labelled(tmp_path, test=4, catalogue=4)
    encoder, told = PictureEncoder.load(model, pictures=store, device="cpu"), list[Event]()
    timeline = Timeline(dict.fromkeys(Stage, 1.0), told.append)
    config = FinetuneConfig.for_preset("quick", loss=loss)
    stages = PictureStages(split, config, encoder, timeline, told.append, lambda: False)
    turns = stages.fit(stages.embed_once(tmp_path / "before.safetensors", "x"), tmp_path, "x")
    base, *tried = turns.candidates()
    assert max(candidate.score for candidate in tried) > base.score + 0.05
    assert LABEL_SENTENCES[loss] in [event.message for event in told if isinstance(event, LogEvent)]


def test_what_the_data_do_not_carry_is_said_before_anything_is_read(model: Path, tmp_path: Path) -> None:
    for problem, loss in ((labelled, Loss.COSENT), (captioned, Loss.ARC_FACE)):
        (tmp_path / loss).mkdir()
        split, store = problem(tmp_path / loss)
        encoder = PictureEncoder.load(model, pictures=store, device="cpu")
        timeline = Timeline(dict.fromkeys(Stage, 1.0), lambda event: None)
        config = FinetuneConfig.for_preset("quick", loss=loss)
        with pytest.raises(DataError) as caught:
            PictureStages(split, config, encoder, timeline, lambda event: None, lambda: False)
        assert "automatic" in caught.value.remedy
