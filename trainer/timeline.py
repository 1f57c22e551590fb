"""Where a run is: which part of its expected work is done, and how long the rest will take."""

import time
from collections.abc import Mapping

from trainer.progress import OnEvent, Stage, StageEvent

SECONDS_BETWEEN_EVENTS = 0.5
SECONDS_BEFORE_A_GUESS = 3.0


class Timeline:
    """Turns shares of stages into StageEvents. The expected seconds set the proportions; the run's own pace so far then
    says how long the rest takes."""

    def __init__(self, expected: Mapping[Stage, float], on_event: OnEvent) -> None:
        self._on_event = on_event
        self._expected = dict(expected)
        self._began = time.monotonic()
        self._spent: dict[Stage, float] = {}
        self._stage = Stage.LOAD
        self._stage_began = self._began
        self._share = 0.0
        self._spoken = 0.0
        self._fraction = 0.0

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of each stage so far, and "total"."""
        now = time.monotonic()
        running = {self._stage: self._spent.get(self._stage, 0.0) + now - self._stage_began}
        stages = {**self._spent, **running}
        return {stage.value: round(seconds, 2) for stage, seconds in stages.items()} | {
            "total": round(now - self._began, 2)
        }

    def expect(self, expected: Mapping[Stage, float]) -> None:
        """Better knowledge of what is to come."""
        self._expected.update(expected)

    def start(self, stage: Stage) -> None:
        """The next stage begins."""
        now = time.monotonic()
        self._spent[self._stage] = self._spent.get(self._stage, 0.0) + now - self._stage_began
        self._stage, self._stage_began, self._share = stage, now, 0.0
        self._speak(now)

    def advance(self, share: float) -> None:
        """`share` (0…1) of the current stage is done."""
        self._share = share
        now = time.monotonic()
        if now - self._spoken >= SECONDS_BETWEEN_EVENTS:
            self._speak(now)

    def finish(self) -> None:
        """All done."""
        self._fraction = 1.0
        self._on_event(StageEvent(self._stage, 1.0, 0.0))

    def _speak(self, now: float) -> None:
        order = list(Stage)
        before = sum(self._expected[stage] for stage in order[: order.index(self._stage)])
        left = sum(self._expected[stage] for stage in order[order.index(self._stage) + 1 :])
        current = self._expected[self._stage]
        done, rest = before + self._share * current, (1 - self._share) * current + left
        self._spoken = now
        self._fraction = max(self._fraction, min(done / (done + rest), 0.99))  # a bar that goes back is no help
        elapsed = now - self._began
        known = elapsed >= SECONDS_BEFORE_A_GUESS and self._stage is not Stage.LOAD
        # The pace of what is done corrects the expectation, but not wildly while little is done.
        pace = (elapsed + 5) / (done + 5)
        self._on_event(StageEvent(self._stage, self._fraction, rest * pace if known else None))
