"""Brings rows and doorbell together again after anything died: a work-horse, a worker, Redis, the whole machine.

Every worker calls this every ten seconds and once at its start. All of it is conditional updates and harmless rings, so
it does not matter how many do it at once; the lock only spares the work.
"""

import logging
from datetime import timedelta

from django.utils import timezone
from redis.exceptions import RedisError

from webapp.queue.doorbell import doorbell_id, drop, known_ids, redis_connection, ring, waiting_ids
from webapp.queue.failures import lost_in_words
from webapp.queue.models import QueuedWork, WorkStatus
from webapp.queue.process import is_dead
from webapp.queue.selectors import job_parts, work_models, work_of_job
from webapp.queue.services import work_recover

logger = logging.getLogger("tailor.queue")

EVERY_SECONDS = 10
SILENT_SECONDS = 20
GRACE_SECONDS = 2  # between the commit of a row and its ring
_LOCK = "tailor:reconcile"


def reconcile(*, at_once: bool = False) -> bool:
    """Mend what is out of step. False when another worker has just done it, or when Redis cannot be reached."""
    try:
        # The lock is never released: it expires in time for the next round, also when its taker dies.
        free = redis_connection().set(_LOCK, 1, nx=True, px=EVERY_SECONDS * 1000 - 1500)
        if not (free or at_once):
            return False
        for model in work_models():
            _recover_lost(model)
            _ring_for_unheard(model)
        _drop_orphans()
    except RedisError as error:
        logger.warning("Redis cannot be reached: %s", error)
        return False
    return True


def _recover_lost(model: type[QueuedWork]) -> None:
    """Rows whose process is dead or silent wait for the next attempt, or fail when that happened too often."""
    silent_since = timezone.now() - timedelta(seconds=SILENT_SECONDS)
    for work in model._default_manager.filter(status=WorkStatus.RUNNING):
        if work.heartbeat_at is None or work.heartbeat_at < silent_since or is_dead(work.worker):
            logger.warning("%s: its worker %s is gone.", doorbell_id(work), work.worker)
            work_recover(work=work, error=lost_in_words(f"last sign of life {work.heartbeat_at} from {work.worker}"))


def _ring_for_unheard(model: type[QueuedWork]) -> None:
    """Rows that wait although no doorbell rings for them: Redis was down, was lost, or a worker died with the job."""
    settled = timezone.now() - timedelta(seconds=GRACE_SECONDS)
    waiting = model._default_manager.filter(queued_at__lt=settled, status=WorkStatus.QUEUED).order_by("queued_at")
    if not waiting:
        return
    rung = set(waiting_ids(model.queue_name))
    for work in waiting:
        if doorbell_id(work) not in rung:
            logger.info("%s: rung for again.", doorbell_id(work))
            ring(work)


def _drop_orphans() -> None:
    """Jobs that no row waits for: in line, or left half-way by a worker that died. Jobs that are none of ours stay for
    the worker to refuse."""
    for name in {model.queue_name for model in work_models()}:
        for job_id in known_ids(name):
            if job_parts(job_id) is None:
                continue
            work = work_of_job(job_id)
            if work is None or work.is_finished:
                logger.info("%s: no row waits for it; dropped.", job_id)
                drop(name, job_id)
