"""How long a run about pictures may take: plausible, and longer where there is more to do."""

from typing import Any

import pytest

from trainer.config import Preset, Task
from trainer.estimate_pictures import estimate_picture_seconds

PICTURE_TASKS = (Task.TEXT_IMAGE, Task.IMAGE_IMAGE)


def guess(task: Task = Task.IMAGE_IMAGE, preset: Preset = Preset.BALANCED, **facts: int) -> float:
    sizes: dict[str, Any] = {"n_train": 300, "n_documents": 1_000, "cores": 2, **facts}
    low, high = estimate_picture_seconds(task=task, preset=preset, base_model="efficientnet-lite0", **sizes)
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
