"""Store uploads, set what their columns are, and make data versions from them."""

from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max, ProtectedError

from webapp import bridge
from webapp.accounts.models import Person
from webapp.arrivals.errors import RefusedError
from webapp.datasets.incoming import zipped
from webapp.datasets.models import DatasetVersion, Purpose, Upload
from webapp.datasets.selectors import is_in_use
from webapp.projects.models import Project, Task
from webapp.queue.failures import DISK_FULL, is_disk_full
from webapp.queue.models import WorkStatus
from webapp.queue.services import work_cancel, work_enqueue, work_retry

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson", ".json")


def accepted_suffixes(task: str) -> tuple[str, ...]:
    """Endings of the files that a project of this task takes, each as one upload."""
    return TABLE_SUFFIXES if task == Task.TEXT_TEXT else (".zip", *TABLE_SUFFIXES)


def upload_store(*, project: Project, user: Person, purpose: Purpose, file: File) -> Upload:
    """Store the file untouched and have it read. Raises RefusedError, leaving everything as it was."""
    name = shown_name(file.name or "")
    size = file.size or 0
    suffix = PurePosixPath(name).suffix.lower()
    check_upload(name=name, size=size, task=project.task)
    upload = Upload(project=project, uploaded_by=user, purpose=purpose, name=name, size=size)
    # the stored name is ours: what a person's computer calls a file may be too long, odd, or taken
    own_name = f"{uuid4().hex}{suffix}"
    stored = upload.file.field.generate_filename(upload, own_name)
    try:
        upload.file.save(own_name, file, save=False)
        with transaction.atomic():
            upload.save()
            work_enqueue(work=upload)
    except Exception as error:
        default_storage.delete(stored)  # a half or an unknown file is of no use to anyone
        if is_disk_full(error):
            raise RefusedError(DISK_FULL["cause"], DISK_FULL["remedy"]) from error
        raise
    return upload


def incoming_file(*, task: str, sent: Sequence[File], arrived: File | None) -> File:
    """What is to be stored of what a browser sent: one file, or a ZIP of several pictures. Raises RefusedError.

    sent: in the one field of a form. arrived: a ZIP that was written as pictures came in.
    """
    pictures = arrived is not None or any(bridge.is_picture_name(file.name or "") for file in sent)
    if pictures and task == Task.TEXT_TEXT:
        raise RefusedError("These are pictures, and this project finds texts.", _what_to_upload(".png", task))
    if arrived is not None:
        return arrived
    if not sent:
        raise RefusedError("No file was chosen.", "Choose one, or drag it onto the field.")
    if pictures:
        return zipped(sent)
    if len(sent) > 1:
        raise RefusedError("Only one file at a time.", "Put all examples into one table, then upload that.")
    return sent[0]


def check_upload(*, name: str, size: int, task: str) -> None:
    """Raise RefusedError for a file that cannot be what is asked for, before anything is stored."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".xls":
        raise RefusedError(
            f"“{name}” is in the old Excel format (.xls).", "Open it in Excel, save it as .xlsx and upload that file."
        )
    if suffix == ".zip" and task == Task.TEXT_TEXT:
        raise RefusedError(
            f"“{name}” is a ZIP, and this project reads tables.",
            "If a table is in it, unpack it and upload the table. For pictures, make a project that finds pictures.",
        )
    if suffix not in accepted_suffixes(task):
        raise RefusedError(f"“{name}” is not a kind of file that Tailor reads.", _what_to_upload(suffix, task))
    if size == 0:
        raise RefusedError(f"“{name}” is empty (0 bytes).", "Check that it was saved, then upload it again.")
    limit = settings.MAX_UPLOAD_BYTES
    if size > limit:
        raise RefusedError(
            f"“{name}” is {size / 2**20:,.0f} MB; the limit is {limit / 2**20:,.0f} MB.",
            "Leave out columns that search does not need, or upload part of the rows."
            if task == Task.TEXT_TEXT
            else "Make the pictures smaller (1,000 pixels on the longer side are plenty), or upload part of them.",
        )


def _what_to_upload(suffix: str, task: str) -> str:
    if task != Task.TEXT_TEXT:
        return "Upload a ZIP with the pictures, in folders named by label or with a table; or the pictures themselves."
    if bridge.is_picture_name(f"a{suffix}"):
        return "This project finds texts and reads tables. For pictures, make a project that finds pictures."
    return "Upload a table as .xlsx, .csv, .tsv or .json. In Excel: File, Save as."


def shown_name(name: str) -> str:
    """The last part of the name, without control characters, at most 255 characters with its ending kept."""
    last = PureWindowsPath(name.replace("/", "\\")).name
    clean = "".join(character for character in last if character.isprintable()) or "file"
    suffix = PurePosixPath(clean).suffix[:20]
    return clean if len(clean) <= 255 else clean[: 255 - len(suffix)] + suffix


def upload_set_roles(*, upload: Upload, roles: dict[str, str]) -> None:
    """What each column is, as the person says. Raises RefusedError when the columns do not suffice for the purpose."""
    check_roles(upload=upload, roles=roles)
    upload.roles = roles
    upload.save(update_fields=["roles"])


def check_roles(*, upload: Upload, roles: dict[str, str]) -> None:
    """Raise RefusedError unless these roles suffice for the file's purpose."""
    try:
        bridge.check_columns(columns=tuple(roles), roles=roles, purpose=upload.purpose, task=upload.project.task)
    except bridge.TailorError as error:
        raise RefusedError(error.cause, error.remedy) from error


def upload_reread(*, upload: Upload, **reading: Any) -> None:
    """Read the stored file again with another `encoding`, `sheet` or `has_header`; the columns are guessed anew.

    A frozen data version made from this file earlier keeps what it froze.
    """
    with transaction.atomic():
        # only failed or cancelled work can be queued again; while a worker reads the file it cannot
        Upload.objects.filter(pk=upload.pk, status=WorkStatus.DONE).update(status=WorkStatus.CANCELLED)
        work_retry(work=upload, **reading, roles={}, question={}, preview={})


def upload_delete(*, upload: Upload) -> None:
    """Delete the file, its stored bytes once the row is gone. Raises RefusedError while a data version rests on it."""
    if is_in_use(upload=upload):
        raise _in_use(upload)
    if not upload.is_finished:
        work_cancel(work=upload)
    name = str(upload.file.name)
    try:
        with transaction.atomic():
            upload.delete()
            transaction.on_commit(lambda: default_storage.delete(name))
    except ProtectedError as error:  # a data version was made from it a moment ago
        raise _in_use(upload) from error


def _in_use(upload: Upload) -> RefusedError:
    return RefusedError(
        f"“{upload.name}” belongs to a data version, which must stay traceable to its files.",
        "Leave it out of the next data version instead; it is deleted with the project.",
    )


def version_create(
    *,
    project: Project,
    examples: Upload,
    questions: Upload | None = None,
    catalogue: Upload | None = None,
    split_kind: str = "",
    seed: int = 0,
    mended_from: DatasetVersion | None = None,
    added: Upload | None = None,
) -> DatasetVersion:
    """The project's next data version, queued to be checked and frozen.

    split_kind: "new_questions", "new_items", or empty to let the data decide. mended_from: the version that it is, but
    for the corrections that the caller saves with it and the examples of the file `added`. Raises RefusedError when a
    file was not read or its columns do not suffice.
    """
    files = (added,) if mended_from else (examples, questions, catalogue)  # what is mended is read from what was frozen
    for upload in filter(None, files):
        _check_ready(upload)
    with transaction.atomic():
        # Two who check data at once wait for each other here, so that each gets a number of its own.
        Project.objects.select_for_update().get(pk=project.pk)
        newest = project.versions.aggregate(newest=Max("number"))["newest"] or 0
        version = DatasetVersion.objects.create(
            project=project,
            number=newest + 1,
            examples=examples,
            questions=questions,
            catalogue=catalogue,
            split_kind="" if questions else split_kind,  # own test questions settle what is judged
            seed=seed,
            mended_from=mended_from,
            added=added,
        )
        work_enqueue(work=version)
    return version


def _check_ready(upload: Upload) -> None:
    if upload.status == WorkStatus.FAILED or upload.question:
        raise RefusedError(f"“{upload.name}” could not be read yet.", "Open the file's page and settle what it asks.")
    if not upload.roles:
        raise RefusedError(
            f"Tailor does not know yet what the columns of “{upload.name}” are.", "Open the file's page first."
        )
    check_roles(upload=upload, roles=upload.roles)


def version_retry(*, version: DatasetVersion) -> None:
    """Check a failed version's data once more."""
    if version.status in (WorkStatus.FAILED, WorkStatus.CANCELLED):
        work_retry(work=version)


def version_again(*, version: DatasetVersion) -> DatasetVersion:
    """The project's next data version, from the same file as it is read now. Raises RefusedError."""
    return version_create(
        project=version.project, examples=version.examples, split_kind=version.split_kind, seed=version.seed
    )
