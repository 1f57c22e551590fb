"""Finished runs of the tasks with pictures that a real search worker can answer from: tiny models, real indexes."""

import zipfile
from pathlib import Path

import numpy as np
from django.core.files import File

from tests.trainer.tiny_pictures import make_tiny_clip, make_tiny_timm
from tests.webapp.reports.factory import N_DOCUMENTS, realistic_ranks
from tests.webapp.reports.pictures import draw_picture, make_picture_run
from trainer.encoders.clip import ClipEncoder
from trainer.encoders.picture import PictureEncoder
from trainer.index import write_index
from webapp.accounts.models import Person
from webapp.runs.models import Run
from webapp.runs.reports import report_of


def make_searchable_run(owner: Person, task: str, scratch: Path, *, queries: int = 20) -> Run:
    """A finished run whose tuned model is its base model; the tuned index has its rows the other way round."""
    scratch.mkdir(parents=True, exist_ok=True)
    by_label = task == "image-image"
    run = make_picture_run(owner, task, scratch, realistic_ranks(queries), by_label=by_label)
    base = (make_tiny_timm if by_label else make_tiny_clip)(scratch / "base")
    encoder = (PictureEncoder if by_label else ClipEncoder).load(base, device="cpu")
    vectors = encoder.encode_pictures([draw_picture(number) for number in range(N_DOCUMENTS)])
    _write_index(run, scratch / "index", vectors)
    encoder.save(scratch / "model" / "tuned")
    run.base_model = str(base)
    for name in ("model", "index"):
        _store(run, name, scratch)
    run.save()
    return run


def _write_index(run: Run, folder: Path, vectors: np.ndarray) -> None:
    report = report_of(run=run)
    assert report is not None
    documents = report["documents"]
    others = np.ascontiguousarray(vectors[::-1])
    write_index(
        folder,
        list(documents),
        list(documents.values()),
        vectors,
        others,
        captions=report["captions"],
        labels=report.get("labels", {}),
    )


def _store(run: Run, name: str, scratch: Path) -> None:
    archive = scratch / f"{name}.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted((scratch / name).rglob("*")):
            file.write(path, path.relative_to(scratch / name))
    with archive.open("rb") as stream:
        getattr(run, name).save(f"{run.pk}-{name}.zip", File(stream), save=False)
