"""Read the report of a finished run."""

from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from django.core.files.storage import default_storage

from webapp.bridge import read_report
from webapp.queue.models import WorkStatus
from webapp.runs.models import Run

Report = dict[str, Any]


def report_of(*, run: Run) -> Report | None:
    """The run's report; None while it has none. Kept for the next page that asks, for a report never changes."""
    if run.status != WorkStatus.DONE or not run.report:
        return None
    name = str(run.report.name)
    return _read(name, default_storage.get_modified_time(name))


@lru_cache(maxsize=8)
def _read(name: str, modified: datetime) -> Report:
    with default_storage.open(name) as file:
        return cast("dict[str, Any]", read_report(file.read()))
