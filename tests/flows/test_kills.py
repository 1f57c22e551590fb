"""Runs are never stuck and never lost: whatever is killed, each run ends well, or fails with a cause and a remedy."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from django.core.files.storage import default_storage
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from tests.flows.processes import Process, Server, Tailor, wait_for
from tests.webapp.runs.making import launchable, make_project, make_version, small_split
from webapp.queue.doorbell import redis_connection, waiting_ids
from webapp.queue.models import WorkStatus
from webapp.queue.selectors import workers_alive
from webapp.runs.artefacts import scratch_root
from webapp.runs.models import Run
from webapp.runs.services import run_cancel, run_launch

pytestmark = [pytest.mark.worker, pytest.mark.timeout(400)]

EPOCHS = 80  # of the tiny model: some seconds of training, time enough to kill something in the middle


def launch(tiny_model: Path, epochs: int = EPOCHS) -> Run:
    project = make_project()
    version = make_version(project, small_split())
    return run_launch(project=project, dataset=version, user=None, **launchable(tiny_model, epochs))


def status(run: Run) -> str:
    run.refresh_from_db()
    return run.status


def in_the_middle(run: Run) -> None:
    """Wait until this attempt at the run trains and has saved a checkpoint."""
    folder = scratch_root() / str(run.pk)

    def saved() -> bool:
        run.refresh_from_db()
        assert not run.is_finished, run.error
        return (
            run.started_at is not None
            and run.stage == "fit"
            and any(path.stat().st_mtime > run.started_at.timestamp() for path in folder.rglob("state.safetensors"))
        )

    wait_for(saved, "the run does not train")


def goes_on(run: Run, attempt: int) -> None:
    """Wait until that attempt trains on from the checkpoint of an earlier one."""

    def resumed() -> bool:
        run.refresh_from_db()
        said = run.events.filter(kind="log", attempt=attempt).values_list("data__message", flat=True)
        if any(message.startswith("Training goes on after step") for message in said):
            return True
        assert not run.is_finished, (run.error, *said)
        return False

    wait_for(resumed, "the run does not go on")
    assert run.attempt == attempt


def ends_done(run: Run) -> None:
    """Wait until the run is done, and look at what it left."""
    wait_for(lambda: status(run) and run.is_finished, "the run does not end")
    assert run.status == WorkStatus.DONE, run.error
    assert json.loads(run.report.read())["verdict"] == run.summary["verdict"]
    for file in (run.model, run.index):
        assert zipfile.ZipFile(file.open()).testzip() is None
    wait_for(lambda: not (scratch_root() / str(run.pk)).exists(), "the working folder is left behind", 5)


def ends_cancelled(run: Run) -> None:
    """Cancel, for the rest of the run would show nothing new."""
    run_cancel(run=run)
    wait_for(lambda: status(run) == WorkStatus.CANCELLED, "the run is not cancelled", 10)
    wait_for(lambda: not (scratch_root() / str(run.pk)).exists(), "the working folder is left behind", 10)


def test_a_killed_work_horse_is_replaced_and_the_run_is_done(tailor: Tailor, tiny_model: Path) -> None:
    worker = tailor.worker("train")
    run = launch(tiny_model)
    in_the_middle(run)
    worker.horse().kill()
    wait_for(lambda: status(run) and run.attempt == 2, "the killed work-horse is not noticed", 10)
    goes_on(run, attempt=2)
    ends_done(run)
    assert (run.attempt, run.recoveries, run.error) == (2, 1, {})


def test_a_killed_worker_takes_its_work_horse_along_and_the_next_goes_on(tailor: Tailor, tiny_model: Path) -> None:
    worker = tailor.worker("train")
    run = launch(tiny_model)
    in_the_middle(run)
    horse = worker.horse()
    worker.kill()
    wait_for(lambda: not psutil.pid_exists(horse.pid), "the work-horse trains on as an orphan", 5)
    tailor.worker("train")
    goes_on(run, attempt=2)
    assert run.recoveries == 1
    ends_cancelled(run)


@pytest.mark.parametrize(
    "signum", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)], ids=["SIGTERM", "Ctrl-C"]
)
def test_a_stopped_worker_hands_its_run_back_and_the_next_start_goes_on(
    tailor: Tailor, tiny_model: Path, signum: signal.Signals
) -> None:
    worker = tailor.worker("train")
    run = launch(tiny_model)
    in_the_middle(run)
    horse = worker.horse()
    assert worker.terminate(signum) < 5
    assert not psutil.pid_exists(horse.pid)
    assert (status(run), run.attempt, run.recoveries) == (WorkStatus.QUEUED, 2, 0)
    tailor.worker("train")
    goes_on(run, attempt=2)
    ends_cancelled(run)


def test_a_run_is_done_without_redis_and_a_lost_queue_is_rung_for_again(
    tailor: Tailor, own_server: Server, tiny_model: Path
) -> None:
    tailor.worker("train")
    run = launch(tiny_model)
    waiting = run_launch(project=run.project, dataset=run.dataset, user=None, **launchable(tiny_model, EPOCHS))
    in_the_middle(run)
    own_server.kill()
    own_server.forget()
    ends_done(run)
    assert run.attempt == 1, "the run was interrupted"
    own_server.start()
    in_the_middle(waiting)
    assert workers_alive()["train"] == 1
    ends_cancelled(waiting)


def test_a_run_launched_while_redis_is_down_waits_and_then_runs(
    tailor: Tailor, own_server: Server, tiny_model: Path
) -> None:
    own_server.kill()
    run = launch(tiny_model)
    assert status(run) == WorkStatus.QUEUED
    own_server.start()
    tailor.worker("train")
    in_the_middle(run)
    ends_cancelled(run)


def test_a_waiting_run_survives_a_killed_server_by_its_append_only_file(
    tailor: Tailor, own_server: Server, tiny_model: Path
) -> None:
    if "train" in tailor.workers:
        tailor.workers["train"].terminate()
    run = launch(tiny_model)
    assert waiting_ids("train") == [f"runs_run-{run.pk}-1"]
    time.sleep(1.1)  # it is synced once a second
    own_server.kill()
    own_server.start()
    assert waiting_ids("train") == [f"runs_run-{run.pk}-1"]
    run_cancel(run=run)
    assert status(run) == WorkStatus.CANCELLED
    assert waiting_ids("train") == []


def test_a_killed_web_server_disturbs_nothing(tailor: Tailor, tiny_model: Path) -> None:
    tailor.worker("train")
    web = tailor.start([sys.executable, "-m", "gunicorn", "webapp.wsgi", "--bind", "127.0.0.1:0", "--threads", "2"])
    run = launch(tiny_model)
    in_the_middle(run)
    wait_for(lambda: _serves(web), "the web server does not answer")
    for process in (*psutil.Process(web.pid).children(), psutil.Process(web.pid)):
        process.kill()
    steps = run.events.filter(kind="loss").count()
    wait_for(lambda: run.events.filter(kind="loss").count() > steps, "the run does not go on")
    assert run.attempt == 1
    ends_cancelled(run)


def _serves(web: Process) -> bool:
    """Whether it answers a request, on whatever port it took."""
    ports = [
        connection.laddr.port
        for process in psutil.Process(web.pid).children()
        for connection in process.net_connections("tcp")
    ]
    return bool(ports) and urlopen(f"http://127.0.0.1:{ports[0]}/login/").status == 200


@pytest.mark.parametrize("kind", ["train", "prepare", "search"])
def test_an_idle_worker_ends_quickly_and_signs_off(tailor: Tailor, kind: str) -> None:
    worker = tailor.worker(kind)
    wait_for(lambda: workers_alive()[kind] == 1, "the worker does not start")
    assert worker.terminate() < 3
    assert workers_alive()[kind] == 0
    assert worker.process.returncode == 0


def test_a_running_run_is_cancelled_within_seconds(tailor: Tailor, tiny_model: Path) -> None:
    tailor.worker("train")
    run = launch(tiny_model)
    in_the_middle(run)
    ends_cancelled(run)
    assert run.attempt == 1


def test_a_run_whose_project_is_deleted_stops_and_leaves_nothing(tailor: Tailor, tiny_model: Path) -> None:
    worker = tailor.worker("train")
    run = launch(tiny_model)
    in_the_middle(run)
    horse = worker.horse()
    Run.objects.filter(pk=run.pk).delete()
    wait_for(lambda: not psutil.pid_exists(horse.pid), "it trains on for nobody", 10)
    assert not (scratch_root() / str(run.pk)).exists()
    assert not default_storage.exists(f"runs/{run.pk}")
    assert worker.process.poll() is None, "the worker ended too"


def test_a_run_that_kills_its_work_horse_every_time_fails_with_a_remedy(tailor: Tailor, tiny_model: Path) -> None:
    worker = tailor.worker("train")
    run = launch(tiny_model)
    for attempt in (1, 2, 3, 4):
        at_work = (WorkStatus.RUNNING, attempt)
        wait_for(lambda: (status(run), run.attempt) == at_work, "it is not tried again")  # noqa: B023  called at once
        worker.horse().kill()
    wait_for(lambda: status(run) == WorkStatus.FAILED, "it does not fail")
    assert "memory" in run.error["cause"]
    assert "smaller" in run.error["remedy"]


def test_jobs_of_others_are_refused_logged_and_removed(tailor: Tailor, own_server: Server, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    connection = redis_connection()
    Queue("train", connection=connection, serializer=JSONSerializer).enqueue_call("os.mkdir", args=(str(trace),))
    Queue("train", connection=connection).enqueue_call("os.mkdir", args=(str(trace),))  # pickled
    callback = Queue("train", connection=connection, serializer=JSONSerializer)
    job = callback.create_job("webapp.runs.jobs.train", args=(0, 0))
    job._failure_callback_name = "os.getcwd"
    callback.enqueue_job(job)
    connection.rpush("rq:queue:train", "no-such-job", b"\xff\xfe")
    connection.hset("rq:job:mad", mapping={"status": "raging", "data": "x"})
    connection.rpush("rq:queue:train", "mad")
    worker = tailor.worker("train")
    wait_for(lambda: workers_alive()["train"] and not waiting_ids("train"), "the jobs are still there")
    wait_for(lambda: tailor.words().count("Refused") >= 4, "they are not all refused in the log", 5)
    assert "'os.mkdir' is not on the list of jobs" in tailor.words()
    assert not trace.exists()
    assert worker.process.poll() is None
    assert not Job.exists(job.id, connection)


def test_a_worker_waits_for_a_server_that_starts_late(tailor: Tailor, own_server: Server) -> None:
    own_server.kill()
    worker = tailor.worker("prepare")
    time.sleep(1)
    own_server.start()
    wait_for(lambda: workers_alive()["prepare"] == 1, "the worker does not start")
    assert worker.process.poll() is None
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) == 2


def test_unknown_kinds_of_worker_are_refused() -> None:
    ended = subprocess.run([sys.executable, "manage.py", "worker", "mine"], capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "invalid choice" in ended.stderr
