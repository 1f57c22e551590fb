"""The workers: RQ's, made to lose nothing.

What differs from RQ's own: the row in the database is settled whenever a work-horse ends, however it ends; SIGTERM and
Ctrl-C end a worker at once, and its row waits for the next start; Redis may vanish in the middle of a job; a work-horse
dies with its worker; only allow-listed jobs run; and no thread runs beside the loop, so that forking is safe.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.db import DatabaseError, connections
from redis.exceptions import RedisError
from rq.exceptions import DequeueTimeout, StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker, Worker
from rq.worker.base import BaseWorker, WorkerStatus

from webapp.queue.doorbell import redis_connection
from webapp.queue.failures import lost_in_words
from webapp.queue.jobs import TailorJob
from webapp.queue.models import WorkStatus
from webapp.queue.process import die_with_parent, process_name
from webapp.queue.reconcile import EVERY_SECONDS, reconcile
from webapp.queue.selectors import sign_of_life_key, work_of_job
from webapp.queue.services import work_hand_back, work_recover

LIFE_SECONDS = 1  # between two signs of life; a search must not wait for one each time
LISTEN_SECONDS = 1  # how long one blocking read waits; the longest that an idle worker takes to end
CHORE_SECONDS = 300
WORKER_OPTIONS: dict[str, Any] = {
    "job_class": TailorJob,
    "serializer": JSONSerializer,
    "job_monitoring_interval": 5,
    "maintenance_interval": EVERY_SECONDS,
    "worker_ttl": 25,
}

Chore = Callable[[], None]


class _Worker(BaseWorker):
    """What both kinds of worker share."""

    def __init__(self, queue_name: str, chores: tuple[Chore, ...] = ()) -> None:
        self._chores = chores
        self._mended_at = self._swept_at = self._shown_at = float("-inf")
        super().__init__([queue_name], name=_worker_name(), connection=redis_connection(), **WORKER_OPTIONS)

    # RQ's pub/sub thread takes commands from Redis. We need none, and a process that forks should have one thread.
    def subscribe(self) -> None:
        """Listen to no commands."""

    def unsubscribe(self) -> None:
        """There is nothing to end."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """SIGTERM, Ctrl-C: end soon. Touches neither Redis nor locks, for it may interrupt whatever holds them."""
        self._stop_requested = True

    def run_maintenance_tasks(self) -> None:
        """Mend what is out of step, instead of RQ's own clean-up, which fails abandoned jobs and can leak its lock."""
        self.mend()

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Every ten seconds."""
        return time.monotonic() - self._mended_at > EVERY_SECONDS

    def mend(self, *, at_once: bool = False) -> None:
        """Reconcile rows with jobs and do the housekeeping. A database or Redis that is away is met again next time."""
        self._mended_at = time.monotonic()
        try:
            reconcile(at_once=at_once)
            if at_once or time.monotonic() - self._swept_at > CHORE_SECONDS:
                self._swept_at = time.monotonic()
                for chore in self._chores:
                    chore()
        except (DatabaseError, OSError):
            self.log.exception("Mending failed; it is tried again in %d s", EVERY_SECONDS)
        finally:
            connections.close_all()

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Wait for a job that is ours. Raises StopRequested once the worker is asked to end."""
        self.set_state(WorkerStatus.IDLE)
        while not self._stop_requested:
            try:
                if time.monotonic() - self._shown_at > LIFE_SECONDS:
                    self.show_life()
                if self.should_run_maintenance_tasks:
                    self.mend()
                found = self._listen(None if timeout is None else LISTEN_SECONDS)
                if found is not None or timeout is None:
                    return found
            except RedisError as error:
                self.log.warning("Redis cannot be reached: %s", error)
                self._shown_at = float("-inf")  # it may come back without anything that it knew
                time.sleep(1)
        raise StopRequested

    def _listen(self, seconds: int | None) -> tuple[Job, Queue] | None:
        """The next job of ours within `seconds`; a job of anyone else is refused, logged and removed."""
        try:
            found = self.queue_class.dequeue_any(
                self._ordered_queues,
                seconds,
                connection=self.connection,
                job_class=self.job_class,
                serializer=self.serializer,
                death_penalty_class=self.death_penalty_class,
            )
        except DequeueTimeout:
            return None
        except RedisError:
            raise
        except Exception:  # whatever stands in Redis, it must not end the worker
            self.log.exception("Refused a job that cannot be read")
            return None
        if found is None:
            return None
        job, queue = found
        reason = job.refusal() if isinstance(job, TailorJob) else "it is of an unknown class"
        if reason:
            self.log.error("Refused job %s: %s.", job.id, reason)
            queue.connection.lrem(queue.intermediate_queue_key, 0, job.id)
            job.delete()
            return None
        job.redis_server_version = self.get_redis_server_version()
        return found

    def show_life(self) -> None:
        """A sign of life for the health page, and RQ's own heartbeat. Registers anew where Redis lost its data."""
        if not self.connection.exists(self.key):
            self.register_birth()
        for queue in self.queues:
            key = sign_of_life_key(queue.name)
            self.connection.zadd(key, {self.name: time.time()})
            self.connection.zremrangebyscore(key, 0, time.time() - 3600)
        self.heartbeat()
        self._shown_at = time.monotonic()

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """RQ's own heartbeat; never worth an exception."""
        with contextlib.suppress(RedisError):
            super().heartbeat(timeout, pipeline)

    def set_state(self, state: str, pipeline: Any = None) -> None:
        """RQ's note of what the worker does; never worth an exception."""
        with contextlib.suppress(RedisError):
            super().set_state(state, pipeline)

    def check_for_suspension(self, burst: bool) -> None:
        """Our workers cannot be suspended."""

    def teardown(self) -> None:
        """Sign off, if Redis is there to hear it."""
        if self.is_horse:
            return
        with contextlib.suppress(RedisError):
            for queue in self.queues:
                self.connection.zrem(sign_of_life_key(queue.name), self.name)
            self.register_death()


class TailorWorker(_Worker, Worker):
    """Runs each job in a forked work-horse."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End soon, and the work-horse now: it saved checkpoints, and its row goes on at the next start."""
        super().request_stop(signum, frame)
        if self.horse_pid:
            self.kill_horse()

    def kill_horse(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """Kill the work-horse and its children, never the worker, whose group it shares just after the fork."""
        with contextlib.suppress(ProcessLookupError):
            group = os.getpgid(self.horse_pid)
            if group == os.getpgrp():
                os.kill(self.horse_pid, sig)
            else:
                os.killpg(group, sig)

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Fork, with no database connection to share."""
        connections.close_all()
        super().fork_work_horse(job, queue)
        if self._stop_requested:  # the signal came while there was no work-horse to end yet
            self.kill_horse()

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Die with the worker, rather than train on as an orphan."""
        die_with_parent(self.pid or 0)
        super().main_work_horse(job, queue)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job, then settle its row, even where Redis or the work-horse died in between."""
        horse = _Horse()
        self._horse = horse
        try:
            super().execute_job(job, queue)
        except RedisError as error:
            self.log.warning("Redis cannot be reached: %s", error)
        finally:
            if self.horse_pid:  # whatever was raised, the work-horse needs no Redis: let it finish
                self.wait_for_horse()
                self._horse_pid = 0
            self.executions.clear()
            self.settle(job, horse)

    def wait_for_horse(self) -> Any:
        """Wait, and remember how it ended."""
        ended = super().wait_for_horse()
        pid, status, _ = ended
        if pid:
            self._horse.pid, self._horse.end = pid, status
        return ended

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        """Every few seconds beside a working horse. Redis may be away; the work goes on."""
        try:
            self.show_life()
            super().maintain_heartbeats(job, execution)
            if self.should_run_maintenance_tasks:
                self.mend()
        except RedisError as error:
            self.log.warning("Redis cannot be reached: %s", error)

    def settle(self, job: Job, horse: "_Horse") -> None:
        """The work-horse is gone. Whatever it left RUNNING waits for the next attempt."""
        if horse.pid:
            with contextlib.suppress(OSError):
                os.killpg(horse.pid, signal.SIGKILL)  # children of its own that it left behind
        try:
            work = work_of_job(job.id)
            if work is None or work.status != WorkStatus.RUNNING:
                return
            if self._stop_requested:
                work_hand_back(work=work)
            else:
                work_recover(work=work, error=lost_in_words(f"the work-horse ended with {horse.words()}"))
        except DatabaseError:
            self.log.exception("The row of %s could not be settled; the reconciler will", job.id)
        finally:
            connections.close_all()


class SearchWorker(_Worker, SimpleWorker):
    """Runs jobs in its own process, where models stay warm."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End after the search at hand; loading a model may take longer than anyone waits."""
        super().request_stop(signum, frame)
        limit = threading.Timer(4, os._exit, (0,))
        limit.daemon = True
        limit.start()

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job; Redis may go away while it runs, for then nobody waits for the answer."""
        try:
            super().execute_job(job, queue)
        except RedisError as error:
            self.log.warning("Redis cannot be reached: %s", error)
        finally:
            self.executions.clear()  # the database stays connected until the next mending: a search should be quick


class _Horse:
    """The process id and the wait status of one work-horse, once it ended."""

    pid: int = 0
    end: int | None = None

    def words(self) -> str:
        if self.end is None:
            return "an unknown status"
        if os.WIFSIGNALED(self.end):
            return f"signal {os.WTERMSIG(self.end)}"
        return f"exit status {os.WEXITSTATUS(self.end)}"


def _worker_name() -> str:
    """Unique for all time: RQ refuses a name that a killed worker still holds."""
    return process_name().replace("/", "-") + f"-{int(time.time())}"
