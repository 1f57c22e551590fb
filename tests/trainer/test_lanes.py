"""Trainings side by side, and a cross-fit that is the same with them as without."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.trainer.test_trainings import CONFIG, CrossFitting, few_folds
from trainer import lanes as lanes_module
from trainer import trainings as trainings_module
from trainer.config import FinetuneConfig
from trainer.encoders import room
from trainer.encoders.text import TextEncoder
from trainer.errors import Cancelled
from trainer.lanes import Work, abreast, count_lanes
from trainer.progress import Event, LogEvent, OnEvent, ShouldStop, StepEvent, ignore, never


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Also where a test is run alone, on all processors: with other threads sums are rounded otherwise."""
    had = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(had)


def test_all_are_at_work_at_once_and_one_speaks() -> None:
    together, heard = threading.Barrier(3, timeout=20), list[Event]()
    threads: list[int] = []
    had = torch.get_num_threads()
    torch.set_num_threads(6)

    def training(number: int) -> Work[int]:
        def train(tell: OnEvent, should_stop: ShouldStop) -> int:
            together.wait()
            threads.append(torch.get_num_threads())
            tell(StepEvent(1, 1, 1.0, float(number), 0.1))
            tell(LogEvent(f"said by {number}"))
            together.wait()
            return number

        return train

    try:
        assert abreast([training(number) for number in range(3)], heard.append, never) == [0, 1, 2]
        assert threads == [2, 2, 2] and torch.get_num_threads() == 6
    finally:
        torch.set_num_threads(had)
    assert [event.loss for event in heard if isinstance(event, StepEvent)] == [0.0]
    assert [event.message for event in heard if isinstance(event, LogEvent)] == [f"said by {n}" for n in range(3)]


def waiting(tell: OnEvent, should_stop: ShouldStop) -> int:
    began = time.monotonic()
    while not should_stop():
        assert time.monotonic() - began < 20, "nobody stopped it"
        time.sleep(0.001)
    raise Cancelled


def failing(tell: OnEvent, should_stop: ShouldStop) -> int:
    raise ValueError("no number")


@pytest.mark.parametrize("trainings", [[failing, waiting], [waiting, failing], [waiting, waiting, failing]])
def test_a_failure_stops_the_others_and_is_the_caller_s(trainings: list[Work[int]]) -> None:
    had = torch.get_num_threads()
    with pytest.raises(ValueError, match="no number"):
        abreast(trainings, ignore, never)
    assert torch.get_num_threads() == had


def test_who_cancels_stops_all() -> None:
    asked = threading.Event()
    threading.Timer(0.05, asked.set).start()
    with pytest.raises(Cancelled):
        abreast([waiting, waiting], ignore, asked.is_set)


def test_who_cancels_stops_what_takes_longer_than_the_first() -> None:
    """Asked in the caller's thread, where a run also shows that it is alive."""
    asked_in = set[threading.Thread]()

    def ask() -> bool:
        asked_in.add(threading.current_thread())
        return True

    with pytest.raises(Cancelled):
        abreast([lambda tell, should_stop: 1, waiting], ignore, ask)
    assert asked_in == {threading.current_thread()}


def test_ctrl_c_stops_all() -> None:
    def interrupted(tell: OnEvent, should_stop: ShouldStop) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        abreast([interrupted, waiting], ignore, never)


def test_lanes_are_counted_by_machine_and_model(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = TextEncoder.load(tiny_model, device="cpu")
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    assert [count_lanes(encoder, trainings) for trainings in (1, 2, 8)] == [1, 2, 3]
    weights = sum(weight.numel() for weight in encoder.model.parameters())
    monkeypatch.setattr(lanes_module, "machine_memory", lambda: 16 * 8 * weights * 1.5)
    assert count_lanes(encoder, 8) == 2
    monkeypatch.setattr(lanes_module, "LARGEST", encoder.working_parameters - 1)
    assert count_lanes(encoder, 8) == 1
    monkeypatch.setattr(lanes_module, "LARGEST", encoder.working_parameters)
    encoder.device = "cuda"
    assert count_lanes(encoder, 8) == 1


def test_what_a_step_keeps_depends_on_the_model_s_size_and_the_machine(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model: Any = TextEncoder.load(tiny_model, device="cpu").model
    kept = room.tokens_kept(model, "cpu")
    monkeypatch.setattr(model[0].config, "num_hidden_layers", 2 * model[0].config.num_hidden_layers)
    assert room.tokens_kept(model, "cpu") == pytest.approx(kept / 2, abs=1)
    monkeypatch.setattr(room, "machine_memory", lambda: 2_000_000_000)
    assert room.tokens_kept(model, "cpu") == pytest.approx(kept / 2 * 250e6 / room.MOST_BYTES, rel=0.01)


def run(model: Path, folder: Path, config: FinetuneConfig, lanes: int, patch: pytest.MonkeyPatch) -> CrossFitting:
    with patch.context() as within:
        within.setattr(trainings_module, "count_lanes", lambda encoder, trainings: min(lanes, trainings))
        return CrossFitting(model, folder, config, few_folds()).run(patch)


@pytest.mark.parametrize(
    ("config", "ahead", "trainings"),
    [
        (CONFIG, 2.5, 6),  # every recipe in every turn
        (replace(CONFIG, race=True, mine_anew=False, try_mean=False, folds=3), np.inf, 2 + 2 + 1),
        (replace(CONFIG, race=True, mine_anew=False, try_mean=False), 2.0, 2),  # the first way wins at once
    ],
    ids=["all", "race", "won"],
)
def test_side_by_side_changes_nothing_but_the_time(
    tiny_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    config: FinetuneConfig,
    ahead: float,
    trainings: int,
) -> None:
    monkeypatch.setattr(trainings_module, "CLEARLY_AHEAD", ahead)
    alone, beside = (run(tiny_model, tmp_path / str(lanes), config, lanes, monkeypatch) for lanes in (1, 2))
    assert len(beside.fits) == trainings
    ours, theirs = beside.fitting.candidates(), alone.fitting.candidates()
    assert [(one.name, one.dropped) for one in ours] == [(one.name, one.dropped) for one in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert one.scores.own == pytest.approx(other.scores.own, abs=1e-4)
        assert one.scores.by_chance == pytest.approx(other.scores.by_chance, abs=1e-4)
    for mean, expected in zip(beside.fitting.trained.averages, alone.fitting.trained.averages, strict=True):
        assert set(mean.weights) == set(expected.weights)
        for name, weight in mean.weights.items():
            torch.testing.assert_close(weight, expected.weights[name], atol=1e-4, rtol=1e-3)
    steps = [event.step for event in beside.told(StepEvent)]
    assert steps == sorted(steps)
    if len(beside.fits) > 2:  # else what would still have come is not needed
        assert steps[-1] == beside.told(StepEvent)[-1].total_steps
    assert [step for step, _ in beside.fitting.trained.losses] == sorted(
        {step for step, _ in beside.fitting.trained.losses}
    )
    assert beside.fitting.trained.losses[-1][0] == steps[-1]
