"""From the trainer's events to rows that pages read, at most once a second and never in the training loop."""

import math
from collections import deque
from typing import Any

from django.db import DatabaseError, transaction

from webapp.bridge import Event, LogEvent, StageEvent, StepEvent, ValidationEvent
from webapp.queue.services import work_heartbeat
from webapp.runs.models import Run, RunEvent

MOST_EVENTS = 200  # in one write


class RunListener:
    """Called by the trainer in its loop, where it only notes; `flush` writes, called by the heartbeat's thread."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._noted: deque[tuple[RunEvent.Kind, dict[str, Any]]] = deque()
        self._step: StepEvent | None = None
        self._stage: StageEvent | None = None

    def __call__(self, event: Event) -> None:
        """Note an event. Of the steps between two writes only the last is kept."""
        match event:
            case StepEvent():
                self._step = event
            case StageEvent():
                if self._stage is None or self._stage.stage != event.stage:
                    self._noted.append((RunEvent.Kind.STAGE, {"stage": str(event.stage)}))
                self._stage = event
            case ValidationEvent():
                self._noted.append((RunEvent.Kind.VALIDATION, {"epoch": event.epoch, "score": _number(event.score)}))
            case LogEvent():
                self._noted.append((RunEvent.Kind.LOG, {"message": event.message}))

    def flush(self) -> bool:
        """Beat, and write what was noted since. False: stop. Raises DatabaseError, and then keeps its notes."""
        step, self._step = self._step, None
        noted = [self._noted.popleft() for _ in range(min(len(self._noted), MOST_EVENTS))]
        rows = [*noted, *([(RunEvent.Kind.LOSS, _step_data(step))] if step else [])]
        run = self._run
        try:
            with transaction.atomic():
                if not work_heartbeat(work=run, **self._progress()):
                    return False
                RunEvent.objects.bulk_create(
                    RunEvent(run_id=run.pk, attempt=run.attempt, kind=kind, data=data) for kind, data in rows
                )
        except DatabaseError:
            self._noted.extendleft(reversed(noted))
            raise
        return True

    def _progress(self) -> dict[str, Any]:
        stage = self._stage
        if stage is None:
            return {}
        return {
            "stage": str(stage.stage),
            "fraction": min(max(_number(stage.fraction) or 0.0, 0.0), 1.0),
            "seconds_left": None if stage.seconds_left is None else _number(stage.seconds_left),
        }


def _step_data(step: StepEvent) -> dict[str, Any]:
    return {"step": step.step, "total_steps": step.total_steps, "epoch": step.epoch, "loss": _number(step.loss)}


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return float(value) if math.isfinite(value) else None
