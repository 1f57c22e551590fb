"""The life of a piece of work: queued → claimed → beating → done, failed or cancelled.

Every write of a worker is conditional on (pk, attempt, RUNNING). A worker that was taken for dead, and whose row was
given to another attempt, can therefore write nothing any more (fencing).
"""

import logging
import time
from functools import partial
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from webapp.queue.doorbell import doorbell_id, ring, unring
from webapp.queue.models import QueuedWork, WorkStatus
from webapp.queue.process import process_name

logger = logging.getLogger("tailor.queue")

MAX_RECOVERIES = 3
PAUSES = (1, 4, 15, 60)  # seconds between tries to end a piece of work while the database is away
Work = TypeVar("Work", bound=QueuedWork)


def work_enqueue(*, work: QueuedWork) -> None:
    """Ring for a saved, QUEUED row once its transaction commits. Where Redis is down the row waits."""
    work.job_id = doorbell_id(work)
    _rows(work).update(job_id=work.job_id)
    transaction.on_commit(partial(ring, work))


def work_cancel(*, work: QueuedWork) -> None:
    """End waiting work at once; ask running work to stop, which it does within seconds. Finished work stays."""
    # Asked for first: whichever way the row goes meanwhile, claimed or handed back, the wish is not lost.
    _rows(work).filter(status__in=(WorkStatus.QUEUED, WorkStatus.RUNNING)).update(cancel_requested=True)
    waiting = _rows(work).filter(status=WorkStatus.QUEUED)
    ended = waiting.update(status=WorkStatus.CANCELLED, finished_at=timezone.now())
    work.refresh_from_db()
    if ended:
        transaction.on_commit(partial(unring, work))


def work_retry(*, work: QueuedWork, **fields: Any) -> bool:
    """Queue failed or cancelled work again as its next attempt, with `fields` reset. False when it is neither."""
    ended = _rows(work).filter(status__in=(WorkStatus.FAILED, WorkStatus.CANCELLED))
    again = ended.update(
        status=WorkStatus.QUEUED,
        attempt=F("attempt") + 1,
        recoveries=0,
        cancel_requested=False,
        queued_at=timezone.now(),
        error={},
        **_BLANK,
        **fields,
    )
    work.refresh_from_db()
    if again:
        work_enqueue(work=work)
    return bool(again)


def work_claim(*, model: type[Work], pk: int, attempt: int) -> Work | None:
    """Take a waiting row for this process. None when it is gone, finished, cancelled or another's."""
    now = timezone.now()
    claimed = model._default_manager.filter(pk=pk, attempt=attempt, status=WorkStatus.QUEUED).update(
        status=WorkStatus.RUNNING, started_at=now, heartbeat_at=now, worker=process_name(), error={}
    )
    if not claimed:
        logger.info("%s %s, attempt %s: nothing to do.", model._meta.label, pk, attempt)
        return None
    return model._default_manager.filter(pk=pk, attempt=attempt).first()


def work_heartbeat(*, work: QueuedWork, **fields: Any) -> bool:
    """Say that this process still works on the row, and set `fields`. False: stop, it was cancelled or lost."""
    if not _mine(work).update(heartbeat_at=timezone.now(), **fields):
        return False
    return _mine(work).filter(cancel_requested=False).exists()


def work_finish(*, work: QueuedWork, **fields: Any) -> bool:
    """DONE, with `fields` set in the same write. False when the row is another's by now: throw the results away."""
    return _end(work, WorkStatus.DONE, fields)


def work_fail(*, work: QueuedWork, error: dict[str, Any]) -> bool:
    """FAILED with `error` {"title", "cause", "remedy", "detail"}. False when the row is another's by now."""
    failed = _end(work, WorkStatus.FAILED, {"error": error})
    if failed:
        logger.warning("%s failed: %s", doorbell_id(work), error.get("cause"))
    return failed


def work_stopped(*, work: QueuedWork) -> bool:
    """CANCELLED, when its person asked for that. False otherwise."""
    return _end(work, WorkStatus.CANCELLED, {}, cancel_requested=True)


def work_hand_back(*, work: QueuedWork) -> bool:
    """Queue the row again because its worker is being stopped; the next start goes on where this one ended."""
    return work_stopped(work=work) or _requeue(work, recoveries=0)


def work_recover(*, work: QueuedWork, error: dict[str, Any]) -> bool:
    """Queue the row again because its worker died; FAILED with `error` where that happened too often. False when the
    row is no longer this attempt's."""
    if work_stopped(work=work):
        return True
    if work.recoveries >= MAX_RECOVERIES:
        return work_fail(work=work, error=error)
    return _requeue(work, recoveries=1)


_BLANK: dict[str, Any] = {"worker": "", "started_at": None, "heartbeat_at": None, "finished_at": None}


def _requeue(work: QueuedWork, recoveries: int) -> bool:
    again = _mine(work).update(
        status=WorkStatus.QUEUED,
        attempt=F("attempt") + 1,
        recoveries=F("recoveries") + recoveries,
        **_BLANK,
    )
    if not again:
        return False
    work.refresh_from_db()
    logger.warning("%s: queued again.", doorbell_id(work))
    _rows(work).update(job_id=doorbell_id(work))
    transaction.on_commit(partial(ring, work, first=True))
    return True


def _end(work: QueuedWork, status: WorkStatus, fields: dict[str, Any], **condition: Any) -> bool:
    rows = _mine(work).filter(**condition)
    was_cut_off = False
    for pause in () if connection.in_atomic_block else PAUSES:
        try:
            ended = rows.update(status=status, finished_at=timezone.now(), **fields)
            return bool(ended) or (was_cut_off and _rows(work).filter(attempt=work.attempt, status=status).exists())
        except (OperationalError, InterfaceError) as error:  # locked or restarting: hours of work deserve another try
            logger.warning("%s cannot be ended yet: %s", doorbell_id(work), error)
            connection.close()
            was_cut_off = True  # perhaps after the write, which then must not count as another's
            time.sleep(pause)
    return bool(rows.update(status=status, finished_at=timezone.now(), **fields))


def _rows(work: QueuedWork) -> Any:
    return type(work)._default_manager.filter(pk=work.pk)


def _mine(work: QueuedWork) -> Any:
    """The row, as long as it runs and belongs to this attempt."""
    return _rows(work).filter(attempt=work.attempt, status=WorkStatus.RUNNING)
