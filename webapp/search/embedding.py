"""The work behind a catalogue's job: from a stored file to an index that the live search can search."""

import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from webapp.bridge import Cancelled, EncodingQuestion, TableQuestion
from webapp.bridge.items import embed_catalogue, read_items
from webapp.datasets.execution import as_question
from webapp.projects.models import Task
from webapp.queue.heart import Heart, working
from webapp.queue.services import work_finish, work_heartbeat
from webapp.runs.models import Run
from webapp.search.catalogues import FOLDER, can_be_read_otherwise
from webapp.search.models import Catalogue
from webapp.search.models_cache import unpack_model

READING_SHARE = 0.05
"""Of the progress bar."""


class _Progress:
    """The share of the work that is done, written with each heartbeat."""

    fraction = 0.0

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def beat(self) -> bool:
        return work_heartbeat(work=self._catalogue, fraction=self.fraction)


def execute_catalogue(catalogue: Catalogue) -> None:
    """Embed a claimed catalogue and store what came of it."""
    catalogue.run = Run.objects.select_related("project").get(pk=catalogue.run_id)
    progress = _Progress(catalogue)
    with working(catalogue, beat=progress.beat) as heart, tempfile.TemporaryDirectory(prefix="tailor-") as name:
        folder = Path(name)
        pictures = folder / "pictures.zip" if catalogue.run.project.task != Task.TEXT_TEXT else None
        try:
            items, facts = read_items(
                path=_copy(catalogue, folder),
                name=catalogue.name,
                task=catalogue.run.project.task,
                pictures=pictures,
                **_reading(catalogue),
                should_stop=heart.should_stop,
            )
        except (EncodingQuestion, TableQuestion) as question:
            work_finish(work=catalogue, fraction=0.0, question=as_question(question))
            return
        progress.fraction = READING_SHARE

        def on_share(share: float) -> None:
            heart.check()
            progress.fraction = READING_SHARE + (1 - READING_SHARE) * share

        heart.check()
        embed_catalogue(
            items,
            model_folder=unpack_model(catalogue.run, folder / "model"),
            base_model=catalogue.run.base_model,
            task=catalogue.run.project.task,
            pictures=pictures,
            output=folder / "index",
            allow_hub=settings.ALLOW_HUB,
            on_share=on_share,
        )
        _store(catalogue, folder / "index", pictures, facts, heart)


def _reading(catalogue: Catalogue) -> dict[str, Any]:
    """How the person said the file is to be read; None lets the reader find out."""
    return {
        "encoding": catalogue.encoding or None,
        "sheet": catalogue.sheet or None,
        "has_header": catalogue.has_header,
        "column": catalogue.column or None,
    }


def _copy(catalogue: Catalogue, folder: Path) -> Path:
    """The file on this machine's disk; storage may be on another machine."""
    path = folder / f"items{PurePosixPath(catalogue.name).suffix.lower()}"
    with catalogue.file.open("rb") as stored, path.open("wb") as copy:
        shutil.copyfileobj(stored, copy)
    return path


def _store(catalogue: Catalogue, index: Path, pictures: Path | None, facts: dict[str, Any], heart: Heart) -> None:
    """Store index and pictures, and finish; nothing is left where another attempt took over or the row is gone."""
    packed = index.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(index.iterdir()):
            archive.write(path, path.name)
    files = {"index": packed} | ({"pictures": pictures} if pictures else {})
    names: dict[str, str] = {}
    finished = False
    earlier = [str(field.name) for field in (catalogue.index, catalogue.pictures) if field]
    kept: dict[str, Any] = {}
    if not can_be_read_otherwise(facts["choices"]):
        earlier.append(str(catalogue.file.name))
        kept = {"file": ""}
    try:
        for field, path in files.items():
            with path.open("rb") as file:
                names[field] = default_storage.save(f"{FOLDER}/{catalogue.run_id}/{uuid4().hex}.zip", File(file))
        heart.stop()
        finished = work_finish(work=catalogue, fraction=1.0, facts=facts, question={}, **kept, **names)
    finally:
        for name in earlier if finished else names.values():
            default_storage.delete(name)
    if not finished:
        raise Cancelled
