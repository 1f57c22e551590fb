"""The clocks of a comparison: elapsed time, and processor time over all threads."""

import time
from collections.abc import Collection

from trainer.progress import Event, StageEvent


class Clock:
    """Adds up the time spent in its `with` blocks."""

    def __init__(self) -> None:
        self.seconds = self.processor_seconds = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        elapsed, worked = self._began
        self.seconds += time.perf_counter() - elapsed
        self.processor_seconds += time.process_time() - worked

    def shared_by(self, count: int) -> "Clock":
        """The part of each where `count` pieces of work were done at once."""
        part = Clock()
        part.seconds, part.processor_seconds = self.seconds / count, self.processor_seconds / count
        return part


class StageClock:
    """Listens to a run and adds up the processor time of each of its stages."""

    def __init__(self) -> None:
        self._stage, self._began = "", time.process_time()
        self._spent: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageEvent) and event.stage != self._stage:
            now = time.process_time()
            self._spent[self._stage] = self._spent.get(self._stage, 0.0) + now - self._began
            self._stage, self._began = event.stage, now

    def outside(self, stages: Collection[str]) -> float:
        """Of all finished stages but these."""
        return sum(seconds for stage, seconds in self._spent.items() if stage not in {"", *stages})
