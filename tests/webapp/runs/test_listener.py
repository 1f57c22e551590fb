"""From the trainer's events to rows."""

import math
from typing import Any

import pytest
from django.db import DatabaseError

from tests.webapp.runs.making import make_project, make_run, make_version
from trainer.progress import LogEvent, Stage, StageEvent, StepEvent, ValidationEvent
from webapp.queue.models import WorkStatus
from webapp.queue.services import work_cancel, work_claim
from webapp.runs.listener import RunListener
from webapp.runs.models import Run, RunEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run() -> Run:
    run = make_run(make_version(make_project()))
    claimed = work_claim(model=Run, pk=run.pk, attempt=1)
    assert claimed is not None
    return claimed


def step(number: int, loss: float = 0.5) -> StepEvent:
    return StepEvent(step=number, total_steps=100, epoch=number / 10, loss=loss, learning_rate=1e-4)


def rows() -> list[tuple[str, dict[str, Any]]]:
    return list(RunEvent.objects.order_by("pk").values_list("kind", "data"))


def test_of_many_steps_only_the_last_is_written(run: Run) -> None:
    listener = RunListener(run)
    for number in range(1, 50):
        listener(step(number))
    assert listener.flush()
    assert listener.flush()
    assert rows() == [("loss", {"step": 49, "total_steps": 100, "epoch": 4.9, "loss": 0.5})]


def test_stages_scores_and_words_are_all_written(run: Run) -> None:
    listener = RunListener(run)
    listener(StageEvent(Stage.LOAD, 0.0))
    listener(StageEvent(Stage.FIT, 0.25, 60.0))
    listener(StageEvent(Stage.FIT, 0.5, 40.0))
    listener(ValidationEvent(0, 0.4))
    listener(LogEvent("Hello"))
    listener.flush()
    assert rows() == [
        ("stage", {"stage": "load"}),
        ("stage", {"stage": "fit"}),
        ("validation", {"epoch": 0, "score": 0.4}),
        ("log", {"message": "Hello"}),
    ]
    run.refresh_from_db()
    assert (run.stage, run.fraction, run.seconds_left) == ("fit", 0.5, 40.0)


def test_a_loss_that_is_no_number_does_not_break_the_writing(run: Run) -> None:
    listener = RunListener(run)
    listener(step(1, math.nan))
    assert listener.flush()
    assert rows()[0][1]["loss"] is None


def test_a_lost_attempt_writes_nothing(run: Run) -> None:
    listener = RunListener(run)
    Run.objects.update(attempt=2)
    listener(LogEvent("late"))
    assert not listener.flush()
    assert rows() == []


def test_cancelling_reaches_the_listener(run: Run) -> None:
    work_cancel(work=run)
    assert not RunListener(run).flush()
    run.refresh_from_db()
    assert run.status == WorkStatus.RUNNING


def test_what_could_not_be_written_is_written_later(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = RunListener(run)
    listener(LogEvent("first"))
    listener(LogEvent("second"))
    with monkeypatch.context() as patch:

        def refuse(*_: Any, **__: Any) -> None:
            raise DatabaseError("database is locked")

        patch.setattr(RunEvent.objects, "bulk_create", refuse)
        with pytest.raises(DatabaseError):
            listener.flush()
    listener.flush()
    assert [data["message"] for _, data in rows()] == ["first", "second"]
