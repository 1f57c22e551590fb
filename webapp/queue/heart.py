"""The heartbeat of a job, from a thread of its own, and the end of every job in words."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from webapp.bridge import Cancelled
from webapp.queue.failures import error_in_words
from webapp.queue.models import QueuedWork
from webapp.queue.services import work_fail, work_heartbeat, work_stopped

logger = logging.getLogger("tailor.queue")

BEAT_SECONDS = 1.0

Beat = Callable[[], bool]


class Heart:
    """Beats once a second until stopped. `should_stop()` is True once the work was cancelled or given to another.

    A database that cannot be written for a while costs beats, never the work.
    """

    def __init__(self, work: QueuedWork, beat: Beat) -> None:
        self._beat = beat
        self._work = work
        self._stop_work = threading.Event()
        self._quiet = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def should_stop(self) -> bool:
        """Whether the work should end now. Cheap; safe to ask at every step."""
        return self._stop_work.is_set()

    def check(self) -> None:
        """Raise Cancelled when the work should end now."""
        if self.should_stop():
            raise Cancelled

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more; returns when the last beat is written."""
        self._quiet.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=30)

    def _run(self) -> None:
        try:
            while not self._quiet.wait(BEAT_SECONDS):
                self._beat_once()
        finally:
            connection.close()  # the thread's own

    def _beat_once(self) -> None:
        try:
            if not self._beat():
                self._stop_work.set()
        except (DatabaseError, InterfaceError) as error:  # the latter when the server closed the connection
            logger.warning("A heartbeat could not be written: %s", error)
            connection.close()


@contextmanager
def working(work: QueuedWork, beat: Beat | None = None) -> Iterator[Heart]:
    """Beat while the body works on a claimed row, and turn whatever it raises into the row's error in words.

    The body ends with `work_finish` (or `work_fail`), and asks `heart.should_stop()` or `heart.check()` now and then.
    beat: called once a second in the heartbeat's thread instead of plain `work_heartbeat(work=work)`; returns the same.
    """
    heart = Heart(work, beat or (lambda: work_heartbeat(work=work)))
    heart.start()
    try:
        yield heart
    except Cancelled:
        heart.stop()
        _stopped(work)
    except Exception as error:
        heart.stop()
        logger.exception("%s %s failed", work._meta.label, work.pk)
        work_fail(work=work, error=error_in_words(error))
    else:
        heart.stop()
        work_fail(work=work, error=_unfinished())  # writes nothing when the body finished the row


def _stopped(work: QueuedWork) -> None:
    if not work_stopped(work=work):
        logger.info("%s %s, attempt %s: given up, for it is another's now.", work._meta.label, work.pk, work.attempt)


def _unfinished() -> dict[str, Any]:
    return error_in_words(RuntimeError("the job ended without a result"))
