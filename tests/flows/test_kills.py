"""Runs are never stuck and never lost: whatever is killed, each run ends well, or fails with a cause and a remedy."""

import json
import os
import signal
import subprocess
import sys
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

pytestmark = [pytest.mark.worker, pytest.mark.timeout(180)]

EPOCHS = 60  # of the tiny model: some seconds of training, time enough to kill something in the middle


def launch(tiny_model: Path, epochs: int = EPOCHS) -> Run:
    project = make_project()
    version = make_version(project, small_split())
    return run_launch(project=project, dataset=version, user=None, **launchable(tiny_model, epochs))


def status(run: Run) -> str:
    run.refresh_from_db()
    return run.status


def in_the_middle(run: Run) -> None:
    """Wait until the run trains and has saved a checkpoint."""
    folder = scratch_root() / str(run.pk)

    def saved() -> bool:
        run.refresh_from_db()
        assert not run.is_finished, run.error
        return run.stage == "fit" and any(folder.rglob("state.safetensors"))

    wait_for(saved, "the run does not train")


def ends_done(run: Run) -> None:
    wait_for(lambda: status(run) != WorkStatus.RUNNING and run.is_finished, "the run does not end")
    assert run.status == WorkStatus.DONE, run.error
    report = json.loads(default_storage.open(run.report.name).read())
    assert report["verdict"] == run.summary["verdict"]
    for file in (run.model, run.index):
        assert zipfile.ZipFile(default_storage.open(file.name)).testzip() is None
    assert not (scratch_root() / str(run.pk)).exists(), "the working folder is left behind"


def resumed(run: Run) -> bool:
    """Whether the last attempt went on from the checkpoint."""
    said = run.events.filter(kind="log", attempt=run.attempt).values_list("data__message", flat=True)
    return any(message.startswith("Training goes on after step") for message in said)


def test_a_killed_work_horse_is_replaced_and_resumes(tailor: Tailor, tiny_model: Path) -> None:
    worker = tailor.worker("train")
    run = launch(tiny_model)
    in_the_middle(run)
    worker.horse().kill()
    wait_for(lambda: status(run) and run.attempt == 2, "the killed work-horse is not noticed", 5)
    ends_done(run)
    assert (run.attempt, run.recoveries) == (2, 1)
    assert resumed(run)


def test_a_killed_worker_takes_its_work_horse_along_and_the_next_resumes(tailor: Tailor, tiny_model: Path) -> None:
    worker = tailor.worker("train")
    run = launch(tiny_model)
    in_the_middle(run)
    horse = worker.horse()
    worker.kill()
    wait_for(lambda: not psutil.pid_exists(horse.pid), "the work-horse trains on as an orphan", 5)
    tailor.worker("train")
    ends_done(run)
    assert (run.attempt, run.recoveries) == (2, 1)
    assert resumed(run)


@pytest.mark.parametrize("lost", [False, True], ids=["restarted with its data", "restarted empty"])
def test_a_run_does_not_need_redis_while_it_trains(
    tailor: Tailor, own_server: Server, tiny_model: Path, lost: bool
) -> None:
    tailor.worker("train")
    run = launch(tiny_model)
    waiting = launch_beside(run, tiny_model)
    in_the_middle(run)
    own_server.kill()
    if lost:
        own_server.forget()
    ends_done(run)
    assert run.attempt == 1, "the run was interrupted"
    own_server.start()
    ends_done(waiting)
    assert workers_alive()["train"] == 1


def launch_beside(run: Run, tiny_model: Path) -> Run:
    """A second, short run that waits behind the first."""
    return run_launch(project=run.project, dataset=run.dataset, user=None, **launchable(tiny_model, 1))


def test_a_run_launched_while_redis_is_down_waits_and_then_runs(
    tailor: Tailor, own_server: Server, tiny_model: Path
) -> None:
    own_server.kill()
    run = launch(tiny_model, epochs=1)
    assert status(run) == WorkStatus.QUEUED
    own_server.start()
    assert waiting_ids("train") == []
    tailor.worker("train")
    ends_done(run)


def test_a_killed_web_server_disturbs_nothing(tailor: Tailor, tiny_model: Path) -> None:
    tailor.worker("train")
    port = "18347"
    web = tailor.start(
        [sys.executable, "-m", "gunicorn", "webapp.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "2"]
    )
    run = launch(tiny_model)
    in_the_middle(run)
    wait_for(lambda: _serves(port), "the web server does not answer")
    for process in (*psutil.Process(web.pid).children(), psutil.Process(web.pid)):
        process.kill()
    ends_done(run)
    assert run.attempt == 1


def _serves(port: str) -> bool:
    try:
        return urlopen(f"http://127.0.0.1:{port}/login/").status == 200
    except OSError:
        return False


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_worker_hands_its_run_back_and_the_next_start_resumes(
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
    ends_done(run)
    assert resumed(run)


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
    run_cancel(run=run)
    wait_for(lambda: status(run) == WorkStatus.CANCELLED, "the run is not cancelled", 5)
    wait_for(lambda: not (scratch_root() / str(run.pk)).exists(), "the working folder is left behind", 5)


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
        wait_for(lambda attempt=attempt: status(run) == WorkStatus.RUNNING and run.attempt == attempt, "not retried")
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
    wait_for(lambda: tailor.words().count("Refused") >= 4, f"only {tailor.words().count('Refused')} refusals logged", 5)
    assert "'os.mkdir' is not on the list of jobs" in tailor.words()
    assert not trace.exists()
    assert worker.process.poll() is None
    assert not Job.exists(job.id, connection)


def test_a_worker_waits_for_a_server_that_starts_late(tailor: Tailor, own_server: Server) -> None:
    own_server.kill()
    worker: Process = tailor.worker("prepare")
    own_server.start()
    wait_for(lambda: workers_alive()["prepare"] == 1, "the worker does not start")
    assert worker.process.poll() is None
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) == 5


def test_unknown_kinds_of_worker_are_refused() -> None:
    ended = subprocess.run([sys.executable, "manage.py", "worker", "mine"], capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "invalid choice" in ended.stderr
