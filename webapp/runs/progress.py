"""Where a run stands, for its page and for the script that asks again and again."""

from typing import Any

from redis.exceptions import RedisError

from webapp.queue.models import WorkStatus
from webapp.queue.selectors import queue_position, workers_alive
from webapp.runs.models import Run, RunEvent
from webapp.runs.selectors import run_events
from webapp.runs.words import position_words, time_left_words

STAGES = (
    ("load", "Open the base model"),
    ("before", "Judge the base model"),
    ("fit", "Learn from your examples"),
    ("choose", "Choose the best version"),
    ("after", "Judge your model"),
    ("save", "Pack it for you"),
)
EVENTS_AT_ONCE = 2_000


def worker_problem(*, queue: str = "train") -> str:
    """One sentence when nothing would pick up new work now; else empty."""
    try:
        if workers_alive().get(queue):
            return ""
    except RedisError:
        return "The queue does not answer. What you start will wait until it is back."
    return "No training worker is running at the moment. What you start will wait until one is back."


def run_state(*, run: Run) -> dict[str, Any]:
    """Everything that changes on the run's page, in words and numbers; JSON-safe."""
    position = queue_position(work=run)
    return {
        "status": run.status,
        "percent": round(100 * run.fraction),
        "headline": _headline(run, position),
        "time_left": _time_left(run),
        "waiting_for": worker_problem() if run.status == WorkStatus.QUEUED else "",
        "stages": _stages(run),
    }


def _time_left(run: Run) -> str:
    is_learning = run.status == WorkStatus.RUNNING and not run.cancel_requested
    return time_left_words(run.seconds_left) if is_learning else ""


def _headline(run: Run, position: int) -> str:
    if run.cancel_requested and not run.is_finished:
        return "Stopping…"
    if run.status == WorkStatus.QUEUED:
        return position_words(position)
    if run.status == WorkStatus.RUNNING:
        return dict(STAGES).get(run.stage, "Starting")
    return str(WorkStatus(run.status).label)


def _stages(run: Run) -> list[dict[str, str]]:
    """Each stage with its state: done, current, waiting; or stopped, where a run ended early."""
    names = [name for name, _ in STAGES]
    reached = names.index(run.stage) if run.stage in names else -1
    states = []
    for at, (name, label) in enumerate(STAGES):
        if run.status == WorkStatus.DONE or at < reached:
            state = "done"
        elif at == reached:
            state = "current" if run.status == WorkStatus.RUNNING else "stopped" if run.is_finished else "waiting"
        else:
            state = "waiting"
        states.append({"name": name, "label": label, "state": state})
    return states


def events_since(*, run: Run, after: int) -> tuple[list[dict[str, Any]], int]:
    """The events since the one numbered `after`, oldest first, at most EVENTS_AT_ONCE; and the last one's number."""
    events = list(run_events(run, after)[:EVENTS_AT_ONCE])
    found = [{"kind": event.kind, **event.data} for event in events]
    return found, events[-1].pk if events else after


def log_lines(*, run: Run) -> list[str]:
    """The log for the curious, oldest first: "10:31:07 The base model was opened."."""
    events = run_events(run).filter(kind__in=(RunEvent.Kind.LOG, RunEvent.Kind.STAGE))
    return [f"{event.at:%H:%M:%S} {_log_words(event)}" for event in events]


def _log_words(event: RunEvent) -> str:
    if event.kind == RunEvent.Kind.STAGE:
        return dict(STAGES).get(str(event.data.get("stage")), "Next stage")
    return str(event.data.get("message", ""))
