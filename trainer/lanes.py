"""Trainings side by side: on a CPU two trainings with half of the threads each are faster than one after the other.

What lies between the matrix products of a small model keeps one thread busy, so that a second one hardly helps: two
trainings of minilm-l6 side by side get through 1.6 times as many examples a second on two cores (docs/benchmarks.md).
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import torch

from trainer.encoders.text import TextEncoder
from trainer.errors import Cancelled
from trainer.memory import machine_memory
from trainer.progress import Event, LogEvent, OnEvent, ShouldStop

Result = TypeVar("Result")

Work = Callable[[OnEvent, ShouldStop], Result]
"""A training: tells what happens, and raises Cancelled soon after it is told to stop."""

LARGEST = 60_000_000
"""Parameters that each token passes, up to which it pays: the products of larger models keep all threads busy."""

BYTES_A_PARAMETER = 16
"""What a training keeps for each: the weight, its gradient, and two means of the optimiser."""

SHARE_OF_MEMORY = 1 / 8
"""Of the machine's memory, for all further trainings together."""

SECONDS_BETWEEN_QUESTIONS = 0.5
"""Whether to stop is also asked while the first training waits for the others."""


def count_lanes(encoder: TextEncoder, trainings: int) -> int:
    """How many of so many trainings of this encoder go side by side. By machine and model alone, not by how busy they
    are, so that a run gives the same numbers again."""
    if encoder.device != "cpu" or encoder.working_parameters > LARGEST:
        return 1
    parameters = sum(weight.numel() for weight in encoder.model.parameters())
    more = int(SHARE_OF_MEMORY * machine_memory() / (BYTES_A_PARAMETER * parameters))
    return max(1, min(trainings, torch.get_num_threads(), 1 + more))


def abreast(trainings: Sequence[Work[Result]], on_event: OnEvent, should_stop: ShouldStop) -> list[Result]:
    """What the trainings give, in their order, all at work at the same time.

    The first one is at work in the caller's thread, and speaks for all: of the others only log lines are told, once all
    have ended. Each gets an equal part of the threads. When one fails or is cancelled, the others stop as well; raises
    what was raised first in their order, a failure before a cancellation.
    """
    if len(trainings) == 1:
        return [trainings[0](on_event, should_stop)]
    first, *others = trainings
    stopped, heard = threading.Event(), [list[Event]() for _ in others]
    had = torch.get_num_threads()
    each = max(1, had // len(trainings))

    def beside(training: Work[Result], tell: OnEvent) -> Result:
        torch.set_num_threads(each)
        try:
            return training(tell, stopped.is_set)
        except BaseException:
            stopped.set()
            raise

    try:
        with ThreadPoolExecutor(len(others)) as pool:
            futures = [pool.submit(beside, training, told.append) for training, told in zip(others, heard, strict=True)]
            failures: list[BaseException] = []
            try:
                torch.set_num_threads(each)
                results = [first(on_event, lambda: stopped.is_set() or should_stop())]
                while wait(futures, timeout=SECONDS_BETWEEN_QUESTIONS).not_done and not stopped.is_set():
                    if should_stop():
                        raise Cancelled
            except BaseException as error:  # Ctrl-C as well: nobody must go on training
                stopped.set()
                failures.append(error)
            failures += [error for error in (future.exception() for future in futures) if error is not None]
    finally:
        torch.set_num_threads(had)
    for event in (event for told in heard for event in told if isinstance(event, LogEvent)):
        on_event(event)
    if failures:
        raise next((error for error in failures if not isinstance(error, Cancelled)), failures[0])
    return results + [future.result() for future in futures]
