"""What a run leaves in storage, and the removal of what nobody needs any more.

The files of an attempt have names of their own (`runs/<run>/<attempt>/…`), and the row names them only in the write
that makes it DONE. So a file that was written half is never seen, and no late attempt overwrites another's.
"""

import logging
import os
import shutil
import zipfile
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from webapp.queue.models import WorkStatus
from webapp.runs.models import Run

logger = logging.getLogger("tailor.runs")

KEEP_FAILED = timedelta(days=7)
"""How long a failed run can go on from its checkpoint by *Try again*."""


def scratch_root() -> Path:
    """The folder of the working folders of all runs on this machine."""
    return Path(settings.DATA_DIR) / "scratch" / "runs"


def artefacts_store(run: Run, output: Path) -> dict[str, str]:
    """Store report.json, model.zip and index/ (as index.zip) of `output`. {field of Run: name in storage}, on disk for
    sure where the storage is one. Raises OSError when the disk is full."""
    index = output / "index.zip"
    _zip_folder(output / "index", index)
    files = {"report": output / "report.json", "model": output / "model.zip", "index": index}
    return {field: _store(path, f"runs/{run.pk}/{run.attempt}/{path.name}") for field, path in files.items()}


def artefacts_delete(names: dict[str, str]) -> None:
    """Remove what `artefacts_store` stored, when the run turned out to be another's."""
    for name in names.values():
        default_storage.delete(name)


def artefacts_sweep() -> None:
    """Remove what belongs to no run any more: files of deleted runs and of lost attempts, and old working folders."""
    for pk in _folders("runs"):
        run = Run.objects.filter(pk=pk).first() if pk.isdecimal() else None
        for attempt in _folders(f"runs/{pk}"):
            if run is None or _is_left_over(run, attempt):
                _delete_folder(f"runs/{pk}/{attempt}")
        if run is None:
            default_storage.delete(f"runs/{pk}")
    for path in scratch_root().glob("*"):
        if not _may_resume(path.stem):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _zip_folder(folder: Path, target: Path) -> None:
    """Uncompressed: embeddings do not shrink, and a search unpacks it while someone waits."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)


def _store(path: Path, name: str) -> str:
    with path.open("rb") as file:
        stored = default_storage.save(name, File(file))
    with default_storage.open(stored, "rb") as written:
        try:
            os.fsync(written.fileno())
        except (OSError, AttributeError):
            logger.debug("%s is not on a disk of ours", stored)  # a remote storage; it has synced already
    return stored


def _is_left_over(run: Run, attempt: str) -> bool:
    """Of an attempt whose results were not taken, and that does not run any more."""
    if any(str(name).startswith(f"runs/{run.pk}/{attempt}/") for name in (run.report, run.model, run.index)):
        return False
    return run.is_finished or not attempt.isdecimal() or int(attempt) < run.attempt


def _may_resume(pk: str) -> bool:
    """Whether the working folder of this run may still be needed."""
    run = Run.objects.filter(pk=pk).first() if pk.isdecimal() else None
    if run is None or run.status in (WorkStatus.DONE, WorkStatus.CANCELLED):
        return False
    return run.finished_at is None or run.finished_at > timezone.now() - KEEP_FAILED


def _folders(name: str) -> list[str]:
    try:
        return default_storage.listdir(name)[0]
    except FileNotFoundError:
        return []


def _delete_folder(name: str) -> None:
    logger.info("Removing %s, which belongs to no run.", name)
    for file in default_storage.listdir(name)[1]:
        default_storage.delete(f"{name}/{file}")
    default_storage.delete(name)
