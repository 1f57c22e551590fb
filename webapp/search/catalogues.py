"""Take in, cancel, try again, remove and forget catalogues that people bring to the live search."""

import logging
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from webapp.accounts.models import Person
from webapp.datasets.services import RefusedError, check_upload, shown_name
from webapp.queue.failures import DISK_FULL, is_disk_full
from webapp.queue.models import WorkStatus
from webapp.queue.services import work_cancel, work_enqueue, work_retry
from webapp.runs.models import Run
from webapp.search.models import Catalogue

logger = logging.getLogger("tailor.search")

FOLDER = "catalogues"
MOST = 3
"""Catalogues that one run can have at a time."""

KEPT = timedelta(days=7)
"""How long a catalogue is kept after it was last searched."""

USE_NOTED = timedelta(hours=1)
"""A use is noted so often at most: a search should not wait for a write."""

ARRIVING = timedelta(hours=6)
"""No file is on its way, or embedded, for longer; what no row names and is older is left over."""


def catalogue_store(*, run: Run, user: Person | None, file: File) -> Catalogue:
    """Store the file and have its items embedded. Raises RefusedError, leaving everything as it was."""
    name, size = shown_name(file.name or ""), file.size or 0
    catalogue_check(run=run, name=name, size=size)
    stored = f"{FOLDER}/{run.pk}/{uuid4().hex}{PurePosixPath(name).suffix.lower()}"
    try:
        stored = default_storage.save(stored, file)
        with transaction.atomic():
            # Two who bring one at once wait for each other here, so that each gets a number of its own.
            Run.objects.select_for_update().get(pk=run.pk)
            _check_room(run)
            newest = run.catalogues.aggregate(newest=Max("number"))["newest"] or 0
            catalogue = Catalogue.objects.create(
                run=run, number=newest + 1, brought_by=user, name=name, file=stored, size=size
            )
            work_enqueue(work=catalogue)
    except Exception as error:
        default_storage.delete(stored)
        if is_disk_full(error):
            raise RefusedError(DISK_FULL["cause"], DISK_FULL["remedy"]) from error
        raise
    return catalogue


def catalogue_check(*, run: Run, name: str, size: int) -> None:
    """Raise RefusedError for a file that this run could not take."""
    check_upload(name=name, size=size, task=run.project.task)
    if run.status != WorkStatus.DONE:
        raise RefusedError("This run has no model yet.", "Come back when it is done.")
    _check_room(run)


def _check_room(run: Run) -> None:
    if run.catalogues.count() >= MOST:
        raise RefusedError(f"This run has {MOST} catalogues of your own already.", "Remove one, then add the next.")


def catalogue_cancel(*, catalogue: Catalogue) -> None:
    """Stop the embedding: at once while it waits, within seconds once it runs."""
    work_cancel(work=catalogue)


def catalogue_retry(*, catalogue: Catalogue) -> bool:
    """Embed a failed or cancelled one again. False when it is neither."""
    return work_retry(work=catalogue, fraction=0.0)


def catalogue_reread(*, catalogue: Catalogue, **reading: Any) -> None:
    """Read the stored file again with another `encoding`, `sheet`, `has_header` or `column`, and embed what it gives.

    Until that is done, what it gave before is not searched. Raises RefusedError where the file is no longer kept.
    """
    if not catalogue.file:
        raise RefusedError("The file itself is no longer kept.", "Bring it once more.")
    with transaction.atomic():
        # only failed or cancelled work can be queued again; while a worker reads the file it cannot
        Catalogue.objects.filter(pk=catalogue.pk, status=WorkStatus.DONE).update(status=WorkStatus.CANCELLED)
        work_retry(work=catalogue, fraction=0.0, question={}, **reading)


def can_be_read_otherwise(choices: dict[str, Any]) -> bool:
    """Whether a person could choose anything about the reading: Items.choices."""
    certain = choices["encoding"] in ("", "utf-8", "utf-8-sig")
    several = len(choices["columns"]) > 1 or len(choices["sheets"]) > 1
    return several or choices["has_header"] is not None or not certain


def catalogue_delete(*, catalogue: Catalogue) -> None:
    """Remove it with its files; a worker that is at it stops."""
    if not catalogue.is_finished:
        work_cancel(work=catalogue)
    names = [str(field.name) for field in (catalogue.file, catalogue.index, catalogue.pictures) if field]
    with transaction.atomic():
        catalogue.delete()
        transaction.on_commit(lambda: _delete_files(names))


def catalogue_used(*, catalogue: Catalogue) -> None:
    """Note that somebody searches in it, so that it is kept on."""
    now = timezone.now()
    Catalogue.objects.filter(pk=catalogue.pk, used_at__lt=now - USE_NOTED).update(used_at=now)


def catalogues_sweep() -> None:
    """Forget what nobody searched for long, and remove the files of deleted runs and of lost attempts."""
    for catalogue in Catalogue.objects.filter(used_at__lt=timezone.now() - KEPT):
        if catalogue.is_finished:
            logger.info("Nobody searched in catalogue %s for long; it is removed.", catalogue.pk)
            catalogue_delete(catalogue=catalogue)
    for folder in _listed(FOLDER)[0]:
        _sweep_folder(folder)


def _sweep_folder(run_pk: str) -> None:
    rows = Catalogue.objects.filter(run_id=int(run_pk)) if run_pk.isdecimal() else Catalogue.objects.none()
    named = {name for row in rows.values_list("file", "index", "pictures") for name in row}
    just_now = timezone.now() - ARRIVING
    for file in _listed(f"{FOLDER}/{run_pk}")[1]:
        path = f"{FOLDER}/{run_pk}/{file}"
        try:
            if path not in named and default_storage.get_modified_time(path) < just_now:
                default_storage.delete(path)
        except FileNotFoundError:
            continue  # somebody else removed it


def _delete_files(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return list(folders), list(files)
