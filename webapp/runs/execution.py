"""One attempt at one run: from the frozen data set to the stored report, model and index."""

import contextlib
import fcntl
import math
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from webapp.bridge import (
    Cancelled,
    Report,
    ResourceError,
    TrainingError,
    check_settings,
    finetune,
    verdict_words,
)
from webapp.queue.heart import Heart, working
from webapp.queue.models import WorkStatus
from webapp.queue.services import work_finish
from webapp.runs.artefacts import artefacts_delete, artefacts_store, scratch_root
from webapp.runs.listener import RunListener
from webapp.runs.models import Run

LOCK_SECONDS = 60


def execute_run(run: Run) -> None:
    """Train a claimed run, resuming from the checkpoint of an earlier attempt on this machine where there is one."""
    listener = RunListener(run)
    with working(run, beat=listener.flush) as heart, _working_folder(run, heart) as folder:
        output = folder / "output"
        report = finetune(
            _frozen(run),
            base_model=run.base_model,
            config=check_settings(preset=run.preset, seed=run.seed, settings=run.settings),
            output=output,
            work_folder=folder / "checkpoint",
            on_event=listener,
            should_stop=heart.should_stop,
            allow_hub=settings.ALLOW_HUB,
            pictures=_pictures(run, folder),
        )
        _check_report(report)
        heart.check()
        names = artefacts_store(run, output)
        heart.stop()
        with contextlib.suppress(DatabaseError):
            listener.flush()
        if not work_finish(work=run, fraction=1.0, seconds_left=0.0, summary=run_summary(report), **names):
            artefacts_delete(names)
            raise Cancelled


def run_summary(report: Report) -> dict[str, Any]:
    """What lists show of a run: {"verdict", "before", "after", "difference", "headline", "detail", "advice"}."""
    before, after = (_flat(report[side]) for side in ("before", "after"))
    words = verdict_words(dict(report))
    return {
        "verdict": report["verdict"],
        "before": before,
        "after": after,
        "difference": report["difference"],
        "headline": words.headline,
        "detail": words.detail,
        "advice": words.advice,
    }


def _flat(result: dict[str, Any]) -> dict[str, float]:
    """The metrics of all test queries, without the two groups'."""
    return {name: value for name, value in result.items() if isinstance(value, int | float)}


def _check_report(report: Report) -> None:
    """Never publish a model whose figures are not numbers."""
    if not all(math.isfinite(value) for side in ("before", "after") for value in _flat(report[side]).values()):
        raise TrainingError(
            "Training gave results that are not numbers, so the model was thrown away.",
            "Start again with a lower learning rate, or with the Quick preset.",
        )


def _frozen(run: Run) -> bytes:
    with run.dataset.frozen.open("rb") as file:
        return bytes(file.read())


def _pictures(run: Run, folder: Path) -> Path | None:
    """The data set's pictures on this machine's disk, copied once for all attempts; None where there are none."""
    stored = run.dataset.pictures
    if not stored:
        return None
    path = folder / "pictures.zip"
    if not path.exists():
        half = path.with_suffix(".half")
        with stored.open("rb") as source, half.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        half.replace(path)
    return path


@contextlib.contextmanager
def _working_folder(run: Run, heart: Heart) -> Iterator[Path]:
    """The run's own folder, locked against an earlier attempt that does not know yet that it was given up. It stays for
    the next attempt, unless the run is done, cancelled or deleted, or its training led nowhere."""
    root = scratch_root()
    root.mkdir(parents=True, exist_ok=True)
    folder = root / str(run.pk)
    with (root / f"{run.pk}.lock").open("w") as lock:
        _take(lock.fileno(), heart)
        folder.mkdir(exist_ok=True)
        try:
            yield folder
        except TrainingError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        except Cancelled:
            if not _goes_on(run):
                shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


def _take(handle: int, heart: Heart) -> None:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            heart.check()
        if time.monotonic() > deadline:
            raise ResourceError("An earlier attempt at this run is still being stopped.", "Try again in a minute.")
        time.sleep(0.2)


def _goes_on(run: Run) -> bool:
    """Whether another attempt has the run, or will have it."""
    live = (WorkStatus.QUEUED, WorkStatus.RUNNING)
    return Run.objects.filter(pk=run.pk, status__in=live, cancel_requested=False).exists()
