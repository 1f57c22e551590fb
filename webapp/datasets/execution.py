"""The work behind the jobs: from a stored file to a preview, and from files to a frozen data version."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from django.core.files import File
from django.core.files.base import ContentFile

from webapp import bridge
from webapp.bridge import rows
from webapp.datasets.corrections import as_changes
from webapp.datasets.models import DatasetVersion, Upload
from webapp.projects.models import Task
from webapp.queue.heart import Heart
from webapp.queue.services import work_finish


def read(upload: Upload, heart: Heart) -> None:
    """Store the first rows and the guessed roles; or the question which encoding, or which of several tables it is,
    where only a person can tell.

    Raises Cancelled when the work should end.
    """
    with local_copy(upload) as path:
        try:
            preview = bridge.read_preview(
                path=path,
                name=upload.name,
                purpose=upload.purpose,
                **reading(upload),
                should_stop=heart.should_stop,
                task=upload.project.task,
            )
        except (bridge.EncodingQuestion, bridge.TableQuestion) as question:
            work_finish(work=upload, preview={}, question=as_question(question))
            return
    # roles that are already set were confirmed by a person (or are the sample's own): a guess must not undo them
    roles = upload.roles or {column["name"]: column["role"] for column in preview["columns"]}
    work_finish(work=upload, preview=preview, question={}, roles=roles)


def as_question(question: bridge.EncodingQuestion | bridge.TableQuestion) -> dict[str, Any]:
    """A question about a file, in the plain values of `Upload.question`."""
    if isinstance(question, bridge.TableQuestion):
        tables = [candidate.as_dict() for candidate in question.candidates]
        return {"tables": tables, "kind": question.kind, "cause": question.cause}
    return {"candidates": [list(candidate) for candidate in question.candidates], "cause": question.cause}


def freeze(version: DatasetVersion, heart: Heart) -> None:
    """Store the frozen data set with its findings, receipt and rejected rows. Raises Cancelled."""
    with tempfile.TemporaryDirectory(prefix="tailor-") as name:
        folder = Path(name)
        pictures = folder / "pictures.zip" if version.project.task != Task.TEXT_TEXT else None
        make = _mended if version.mended_from else _from_files
        prepared = make(version, folder, pictures, heart)
        heart.check()
        _store(version, prepared, pictures)


def _from_files(version: DatasetVersion, folder: Path, pictures: Path | None, heart: Heart) -> Any:
    sources = {
        purpose: _source(getattr(version, purpose), folder) for purpose in ("examples", "questions", "catalogue")
    }
    return bridge.prepare_data(
        **sources,
        kind=version.split_kind,
        seed=version.seed,
        should_stop=heart.should_stop,
        task=version.project.task,
        pictures=pictures,
    )


def _mended(version: DatasetVersion, folder: Path, pictures: Path | None, heart: Heart) -> Any:
    """The version that it is made from, with its corrections."""
    earlier = version.mended_from
    if earlier is None:
        raise ValueError("this version is made from files")
    return rows.mend_data(
        name=f"Data version {earlier.number}",
        frozen=_stored(earlier.frozen, folder / "earlier.json.gz"),
        corrections=as_changes(list(version.corrections.all())),
        keep_items=earlier.catalogue_id is not None,
        pictures=_stored(earlier.pictures, folder / "earlier.zip") if earlier.pictures else None,
        more=_source(version.added, folder),
        task=version.project.task,
        into=pictures,
        should_stop=heart.should_stop,
    )


def _store(version: DatasetVersion, prepared: Any, pictures: Path | None) -> None:
    """Store the data set and its pictures, and finish; nothing is left when another attempt took over."""
    name = f"datasets/{version.project_id}-{version.number}-{uuid4().hex}"
    names = {"frozen": f"{name}.json.gz"} | ({"pictures": f"{name}.zip"} if pictures else {})
    storage = version.frozen.storage
    finished = False
    try:
        storage.save(names["frozen"], ContentFile(prepared.frozen))
        if pictures:
            with pictures.open("rb") as file:
                storage.save(names["pictures"], File(file))
        finished = work_finish(
            work=version,
            findings=prepared.findings,
            finding_rows=prepared.finding_rows,
            receipt=prepared.receipt,
            rejected=prepared.rejected,
            gallery=prepared.gallery,
            **names,
        )
    finally:
        if not finished:  # the disk is full, another attempt took over, or the project was deleted meanwhile
            for stored in names.values():
                storage.delete(stored)


def reading(upload: Upload) -> dict[str, Any]:
    """How the person said the file is to be read; None lets the reader find out. The sheet that was read stays."""
    return {
        "encoding": upload.encoding or None,
        "sheet": upload.sheet or upload.preview.get("sheet") or None,
        "has_header": upload.has_header,
    }


@contextmanager
def local_copy(upload: Upload) -> Iterator[Path]:
    """The upload as a file on this machine's disk; storage may be on another machine."""
    with tempfile.TemporaryDirectory(prefix="tailor-") as folder:
        yield _copy(upload, Path(folder))


def _copy(upload: Upload, folder: Path) -> Path:
    return _stored(upload.file, folder / f"{upload.purpose}{PurePosixPath(upload.name).suffix.lower()}")


def _stored(file: Any, path: Path) -> Path:
    """A stored file, copied to `path`."""
    with file.open("rb") as stored, path.open("wb") as copy:
        shutil.copyfileobj(stored, copy)
    return path


def _source(upload: Upload | None, folder: Path) -> Any:
    if upload is None:
        return None
    return bridge.data_source(path=_copy(upload, folder), name=upload.name, roles=upload.roles, **reading(upload))
