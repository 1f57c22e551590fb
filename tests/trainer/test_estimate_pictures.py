"""How long a run about pictures may take: plausible, and longer where there is more to do."""

from typing import Any

import pytest

from trainer.config import Preset, Task
from trainer.encoders.catalogue import base_models
from trainer.estimate_pictures import UNKNOWN, cost_of, estimate_picture_seconds

PICTURE_TASKS = (Task.TEXT_IMAGE, Task.IMAGE_IMAGE)


def guess(task: Task = Task.IMAGE_IMAGE, preset: Preset = Preset.BALANCED, **facts: Any) -> float:
    sizes: dict[str, Any] = {"n_train": 300, "n_documents": 1_000, "cores": 2, "base_model": "efficientnet-lite0"}
    low, high = estimate_picture_seconds(task=task, preset=preset, **(sizes | facts))
    assert 0 < low < high
    return (low + high) / 2


@pytest.mark.parametrize("task", PICTURE_TASKS)
def test_more_work_takes_longer(task: Task) -> None:
    assert guess(task, Preset.QUICK) < guess(task) < guess(task, Preset.THOROUGH)
    assert guess(task) < guess(task, n_documents=20_000)
    assert guess(task) < guess(task, n_train=3_000)
    assert guess(task, cores=8) < guess(task)


def test_queries_that_are_pictures_are_read_longer_than_texts() -> None:
    assert guess(Task.TEXT_IMAGE) < guess(Task.IMAGE_IMAGE)


def test_a_few_hundred_pictures_take_minutes_on_two_cores() -> None:
    assert 20 < guess() < 300


def test_a_clip_model_is_quick_to_tune_on_top_and_its_layers_take_longer() -> None:
    """CLIP ViT-B/32, 300 pairs and 600 pictures on two cores: each picture takes 0.1 s of a core once, each text 0.08;
    a pass over a pair from the cut up 0.3 (measured with random weights)."""
    clip: dict[str, Any] = {"base_model": "clip-vit-b-32", "n_documents": 600}
    quick = guess(Task.TEXT_IMAGE, Preset.QUICK, **clip)
    assert 60 < quick < 200
    assert 5 < guess(Task.TEXT_IMAGE, Preset.BALANCED, **clip) / quick < 30
    assert guess(Task.TEXT_IMAGE, Preset.QUICK, base_model="clip-vit-l-14", n_documents=600) > 5 * quick


def test_every_model_of_pictures_has_a_cost_of_its_own() -> None:
    names = {info.name for task in PICTURE_TASKS for info in base_models(task)}
    assert {name for name in names if cost_of(name) is UNKNOWN} <= {"clip-vit-b-16"}
    assert cost_of("/models/mine") is UNKNOWN


def test_a_race_that_ends_after_one_turn_is_counted_so() -> None:
    """300 emoji took 90 to 185 s of a core without the race, and a few for the matrix alone."""
    words: dict[str, Any] = {"base_model": "minilm-effnet", "n_documents": 600}
    assert guess(Task.TEXT_IMAGE, **words) < 180
