"""The life of a row: every transition, and the fence around each."""

import errno
from datetime import timedelta

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils import timezone

from tests.webapp.runs.making import make_project, make_run, make_version
from trainer.errors import DataError, Place
from webapp.bridge import Cancelled
from webapp.queue import services
from webapp.queue.failures import error_in_words
from webapp.queue.heart import working
from webapp.queue.models import WorkStatus
from webapp.queue.selectors import queue_position
from webapp.runs.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run() -> Run:
    return make_run(make_version(make_project()))


def claimed(run: Run) -> Run:
    work = services.work_claim(model=Run, pk=run.pk, attempt=run.attempt)
    assert work is not None
    return work


def status_of(run: Run) -> str:
    return Run.objects.get(pk=run.pk).status


def test_only_one_of_two_workers_claims_a_row(run: Run) -> None:
    assert claimed(run).status == WorkStatus.RUNNING
    assert services.work_claim(model=Run, pk=run.pk, attempt=1) is None


def test_a_doorbell_of_an_earlier_attempt_claims_nothing(run: Run) -> None:
    Run.objects.update(attempt=2)
    assert services.work_claim(model=Run, pk=run.pk, attempt=1) is None
    assert status_of(run) == WorkStatus.QUEUED


def test_a_stale_attempt_can_write_nothing(run: Run) -> None:
    stale = claimed(run)
    assert services.work_recover(work=claimed_copy(run), error={})
    fresh = services.work_claim(model=Run, pk=run.pk, attempt=2)
    assert fresh is not None
    assert not services.work_heartbeat(work=stale, fraction=0.9)
    assert not services.work_finish(work=stale, fraction=1.0)
    assert not services.work_fail(work=stale, error={"cause": "late"})
    assert not services.work_hand_back(work=stale)
    now = Run.objects.get(pk=run.pk)
    assert (now.status, now.attempt, now.fraction, now.error) == (WorkStatus.RUNNING, 2, 0.0, {})
    assert services.work_finish(work=fresh, fraction=1.0)
    assert status_of(run) == WorkStatus.DONE


def claimed_copy(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def test_a_write_that_was_cut_off_after_it_was_done_counts(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    work, mine = claimed(run), services._mine
    broken: list[int] = []
    monkeypatch.setattr(services.time, "sleep", lambda seconds: None)

    class Breaking:
        def filter(self, **condition: object) -> "Breaking":
            return self

        def update(self, **fields: object) -> int:
            done = mine(work).update(**fields)
            if not broken:
                broken.append(done)
                raise OperationalError("server closed the connection unexpectedly")
            return done

    monkeypatch.setattr(services, "_mine", lambda of: Breaking())
    assert services.work_finish(work=work), "else the results would be thrown away"
    assert status_of(run) == WorkStatus.DONE


def test_cancelling_waiting_work_ends_it_at_once(run: Run) -> None:
    services.work_cancel(work=run)
    assert run.status == WorkStatus.CANCELLED
    assert services.work_claim(model=Run, pk=run.pk, attempt=1) is None


def test_cancelling_running_work_is_seen_by_its_heartbeat(run: Run) -> None:
    work = claimed(run)
    assert services.work_heartbeat(work=work)
    services.work_cancel(work=run)
    assert status_of(run) == WorkStatus.RUNNING
    assert not services.work_heartbeat(work=work)


def test_a_cancellation_is_not_lost_while_the_row_is_handed_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    work = claimed(run)
    rows, looks = services._rows, []

    def rows_while_handed_back(of: Run) -> object:
        looks.append(of)
        if len(looks) == 2:  # between the first and the second look at the row
            Run.objects.filter(pk=work.pk).update(status=WorkStatus.QUEUED, attempt=2)
        return rows(of)

    monkeypatch.setattr(services, "_rows", rows_while_handed_back)
    services.work_cancel(work=run)
    assert status_of(run) == WorkStatus.CANCELLED


def test_cancelling_finished_work_changes_nothing(run: Run) -> None:
    services.work_finish(work=claimed(run))
    services.work_cancel(work=run)
    assert (run.status, run.cancel_requested) == (WorkStatus.DONE, False)


def test_retry_is_the_next_attempt_with_a_clean_slate(run: Run) -> None:
    services.work_fail(work=claimed(run), error={"cause": "No memory"})
    Run.objects.update(recoveries=3)
    assert services.work_retry(work=run)
    assert (run.status, run.attempt, run.recoveries, run.error, run.worker) == (WorkStatus.QUEUED, 2, 0, {}, "")
    assert not services.work_retry(work=run), "it waits already"


def test_work_whose_worker_dies_again_and_again_fails_in_words(run: Run) -> None:
    for expected in (2, 3, 4):
        claimed(run)
        run.refresh_from_db()
        assert services.work_recover(work=run, error={"cause": "died"})
        assert (run.status, run.attempt) == (WorkStatus.QUEUED, expected)
    claimed(run)
    run.refresh_from_db()
    services.work_recover(work=run, error={"cause": "died"})
    run.refresh_from_db()
    assert (run.status, run.error) == (WorkStatus.FAILED, {"cause": "died"})


def test_lost_work_that_was_to_be_cancelled_is_cancelled(run: Run) -> None:
    work = claimed(run)
    services.work_cancel(work=run)
    services.work_recover(work=work, error={})
    assert status_of(run) == WorkStatus.CANCELLED


def test_handing_back_does_not_count_as_a_recovery(run: Run) -> None:
    work = claimed(run)
    assert services.work_hand_back(work=work)
    assert (work.status, work.attempt, work.recoveries) == (WorkStatus.QUEUED, 2, 0)


def test_position_counts_all_kinds_of_work_of_the_queue(run: Run) -> None:
    second = make_run(run.dataset)
    Run.objects.filter(pk=second.pk).update(queued_at=run.queued_at + timedelta(seconds=1))
    second.refresh_from_db()
    assert (queue_position(work=run), queue_position(work=second)) == (1, 2)
    version = run.dataset
    type(version).objects.filter(pk=version.pk).update(status=WorkStatus.QUEUED, queued_at=timezone.now())
    upload = version.examples
    type(upload).objects.filter(pk=upload.pk).update(
        status=WorkStatus.QUEUED, queued_at=timezone.now() - timedelta(hours=1)
    )
    version.refresh_from_db()
    assert queue_position(work=version) == 2
    claimed(run)
    run.refresh_from_db()
    assert queue_position(work=run) == 0


def test_launching_without_redis_leaves_the_row_waiting(run: Run) -> None:
    services.work_enqueue(work=run)
    assert status_of(run) == WorkStatus.QUEUED
    assert run.job_id == f"runs_run-{run.pk}-1"


def test_what_a_job_raises_becomes_words(run: Run) -> None:
    work = claimed(run)
    with working(work):
        raise DataError("The column is empty.", "Fill it.", Place("a.csv", row=3))
    run.refresh_from_db()
    assert run.status == WorkStatus.FAILED
    assert (run.error["cause"], run.error["remedy"]) == ("a.csv, row 3: The column is empty.", "Fill it.")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "machine ran out of memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "graphics card ran out of memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (DatabaseError("database or disk is full"), "disk is full"),
        (RuntimeError("SafetensorError: I/O error: No space left on device (os error 28)"), "disk is full"),
        (FileNotFoundError(errno.ENOENT, "No such file"), "is missing"),
        (KeyError("x"), "unexpected"),
    ],
)
def test_every_exception_has_a_cause_and_a_remedy_without_code(error: Exception, words: str) -> None:
    said = error_in_words(error)
    assert words in said["cause"]
    assert said["remedy"]
    assert "Error" not in said["title"] + said["cause"] + said["remedy"]


def test_a_cancelled_job_ends_cancelled(run: Run) -> None:
    work = claimed(run)
    services.work_cancel(work=run)
    with working(work):
        raise Cancelled
    assert status_of(run) == WorkStatus.CANCELLED


def test_a_job_of_a_lost_attempt_leaves_the_row_alone(run: Run) -> None:
    work = claimed(run)
    services.work_recover(work=claimed_copy(run), error={})
    with working(work):
        raise Cancelled
    assert status_of(run) == WorkStatus.QUEUED


def test_a_job_that_forgets_to_finish_fails(run: Run) -> None:
    with working(claimed(run)):
        pass
    assert status_of(run) == WorkStatus.FAILED


def test_finished_work_is_not_logged_as_failed(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    work = claimed(run)
    with working(work):
        services.work_finish(work=work)
    assert status_of(run) == WorkStatus.DONE
    assert "failed" not in caplog.text


def test_a_closed_connection_costs_beats_and_not_the_work(run: Run) -> None:
    work = claimed(run)
    answers = iter([InterfaceError("connection already closed"), True, False])

    def beat() -> bool:
        answer = next(answers)
        if isinstance(answer, InterfaceError):
            raise answer
        return bool(answer)

    with working(work, beat) as heart:
        assert heart._stop_work.wait(8), "the heart went on after the error"
        services.work_finish(work=work)
    assert status_of(run) == WorkStatus.DONE


def test_the_heart_beats_and_tells_of_cancelling(run: Run) -> None:
    work = claimed(run)
    Run.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    with working(work) as heart:
        services.work_cancel(work=run)
        assert heart._stop_work.wait(5)
        raise Cancelled
    assert Run.objects.get().heartbeat_at > timezone.now() - timedelta(seconds=10)
