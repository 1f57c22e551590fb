"""What a running fine-tune tells its caller. Events are plain data, cheap, and safe to drop."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The stages of one run, in order."""

    LOAD = "load"  # load the base model
    BEFORE = "before"  # encode the catalogue and judge the base model
    FIT = "fit"  # train every recipe, each training judged by questions that it does not learn from
    CHOOSE = "choose"  # choose recipe and blend by those judgements
    AFTER = "after"  # judge the chosen model once on the test split
    SAVE = "save"  # write the model, ONNX, report and archive


@dataclass(frozen=True)
class StageEvent:
    """`fraction` 0…1 of the whole run is done; `seconds_left` is the trainer's own estimate, None when unknown."""

    stage: Stage
    fraction: float
    seconds_left: float | None = None


@dataclass(frozen=True)
class StepEvent:
    """One optimiser step of training: `step` counts from 1 to `total_steps`."""

    step: int
    total_steps: int
    epoch: float
    loss: float
    learning_rate: float


@dataclass(frozen=True)
class ValidationEvent:
    """nDCG@10 after `epoch`, counted through all trainings, by the questions that judge the training under way.

    Epoch 0 is the base model. Taking turns, each training is judged by other questions, which may be harder.
    """

    epoch: int
    score: float


@dataclass(frozen=True)
class LogEvent:
    """A line for the curious, in plain words."""

    message: str


Event = StageEvent | StepEvent | ValidationEvent | LogEvent
OnEvent = Callable[[Event], None]
ShouldStop = Callable[[], bool]


def ignore(event: Event) -> None:
    """The default listener."""


def never() -> bool:
    """The default answer to `should_stop`."""
    return False
