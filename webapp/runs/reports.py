"""Read the report of a finished run."""

import logging
import threading
from collections import OrderedDict
from typing import Any

from django.core.files.storage import default_storage

from webapp.bridge import DataError, read_report
from webapp.queue.models import WorkStatus
from webapp.runs.models import Run

logger = logging.getLogger("tailor.runs")

Report = dict[str, Any]
MOST_BYTES_KEPT = 24_000_000
"""Of report.json files whose contents are kept; in memory they take some five times as much."""


class _Kept:
    """The latest reports, as many as fit. One is read at a time: pages ask for the same one again and again."""

    def __init__(self) -> None:
        self._reports: OrderedDict[tuple[str, Any], tuple[int, Report]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> Report:
        """The report of this name in storage. Raises OSError or DataError."""
        with self._lock:
            key = (name, default_storage.get_modified_time(name))
            if key not in self._reports:
                with default_storage.open(name) as file:
                    content = bytes(file.read())
                self._reports[key] = (len(content), read_report(content))
            self._reports.move_to_end(key)
            while len(self._reports) > 1 and sum(size for size, _ in self._reports.values()) > MOST_BYTES_KEPT:
                self._reports.popitem(last=False)
            return self._reports[key][1]


_kept = _Kept()


def report_of(*, run: Run) -> Report | None:
    """The run's report; None while it has none, and where its file is gone or damaged (`no_report_words` says which).
    Kept for the next page that asks, for a report never changes."""
    if run.status != WorkStatus.DONE or not run.report:
        return None
    try:
        return _kept.get(str(run.report.name))
    except (OSError, DataError) as error:
        logger.error("The report of run %s cannot be read: %s", run.pk, error)
        return None


def no_report_words(*, run: Run) -> str:
    """Why a run has no report to show, and what to do."""
    if run.status != WorkStatus.DONE:
        return f"Run {run.number} has no report yet. This page says where it stands."
    return (
        f"The report of run {run.number} is missing or damaged on the server’s disk. "
        "Run it again with the same settings, or ask your administrator to bring it back from a backup."
    )
