"""Rows and doorbell are brought together again, whichever of them was lost."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from tests.webapp.runs.making import make_project, make_run, make_version
from webapp.queue.doorbell import doorbell_id, queue_named, redis_connection, ring, waiting_ids
from webapp.queue.models import WorkStatus
from webapp.queue.process import is_dead, process_name
from webapp.queue.reconcile import reconcile
from webapp.queue.services import work_cancel, work_claim, work_enqueue
from webapp.runs.models import Run

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def run() -> Run:
    """Queued a while ago, and nobody rang."""
    run = make_run(make_version(make_project()))
    Run.objects.update(queued_at=timezone.now() - timedelta(minutes=1))
    run.refresh_from_db()
    return run


def test_a_row_that_nobody_rang_for_is_rung_for_once(run: Run) -> None:
    assert reconcile(at_once=True)
    assert reconcile(at_once=True)
    assert waiting_ids("train") == [doorbell_id(run)]


def test_a_row_that_was_just_made_is_left_to_its_own_ring(run: Run) -> None:
    Run.objects.update(queued_at=timezone.now())
    reconcile(at_once=True)
    assert waiting_ids("train") == []


def test_silent_work_goes_to_the_next_attempt_in_front_of_the_line(run: Run) -> None:
    work_claim(model=Run, pk=run.pk, attempt=1)
    waiting = make_run(run.dataset)
    work_enqueue(work=waiting)
    Run.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=21))
    reconcile(at_once=True)
    run.refresh_from_db()
    assert (run.status, run.attempt, run.recoveries) == (WorkStatus.QUEUED, 2, 1)
    assert waiting_ids("train") == [doorbell_id(run), doorbell_id(waiting)]


def test_work_with_a_heartbeat_is_left_alone(run: Run) -> None:
    work_claim(model=Run, pk=run.pk, attempt=1)
    Run.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=15))
    reconcile(at_once=True)
    run.refresh_from_db()
    assert (run.status, run.attempt) == (WorkStatus.RUNNING, 1)


def test_work_of_a_dead_process_does_not_wait_for_its_silence(run: Run) -> None:
    work_claim(model=Run, pk=run.pk, attempt=1)
    program = "from webapp.queue.process import process_name; print(process_name())"
    name = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert is_dead(name)
    Run.objects.update(worker=name)
    reconcile(at_once=True)
    run.refresh_from_db()
    assert run.attempt == 2


def test_processes_elsewhere_are_never_called_dead() -> None:
    host, place, _ = process_name().rsplit("/", 2)
    assert not is_dead(process_name())
    assert not is_dead(f"{host}/another.machine/999999")
    assert not is_dead(f"{host}/{place}/1"), "not ours, but there"
    assert not is_dead("")
    assert not is_dead("nonsense")
    assert os.getpid() > 1


def test_jobs_without_a_row_are_dropped_and_those_of_others_left_for_the_worker(run: Run) -> None:
    ring(run)
    queue_named("train").enqueue_call("os.getcwd", job_id="not-ours")
    gone = make_run(run.dataset)
    ring(gone)
    gone.delete()
    done = make_run(run.dataset, number=9, status=WorkStatus.DONE)
    ring(done)
    reconcile(at_once=True)
    assert waiting_ids("train") == [doorbell_id(run), "not-ours"]
    assert redis_connection().keys("rq:job:runs_run*") == [f"rq:job:{doorbell_id(run)}".encode()]


def test_a_job_lost_between_line_and_worker_is_rung_for_again(run: Run) -> None:
    ring(run)
    queue = queue_named("train")
    queue.connection.lmove(queue.key, queue.intermediate_queue_key)  # as a worker does that dies before it forks
    reconcile(at_once=True)
    assert waiting_ids("train") == [doorbell_id(run)]
    work_cancel(work=run)
    assert waiting_ids("train") == []
    assert queue.connection.lrange(queue.intermediate_queue_key, 0, -1) == []


def test_only_one_worker_reconciles_in_a_while(run: Run, redis_server: "redis.Redis") -> None:
    assert reconcile()
    assert not reconcile()
    assert 7_000 < redis_server.pttl("tailor:reconcile") <= 8_500, "the lock would outlive its taker"


def test_ringing_twice_leaves_one_job_hash(run: Run) -> None:
    ring(run)
    ring(run)
    assert len(redis_connection().keys("rq:job:*")) == 1
