"""How long a run will take here: the trainer's estimate, corrected by how long earlier runs on this machine took."""

import os
from collections.abc import Iterable
from math import sqrt
from pathlib import Path
from statistics import fmean, median
from typing import Any

from webapp.bridge import estimate_seconds, picture_columns, preset_settings
from webapp.datasets.models import DatasetVersion, Upload
from webapp.queue.models import WorkStatus
from webapp.runs.models import Run
from webapp.runs.words import range_words

TEXTS = "text-text"
RUNS_LOOKED_AT = 15
MOST_CORRECTION = 10.0
TYPICAL_CHARACTERS = 80.0


def time_estimates(*, version: DatasetVersion, base_models: Iterable[str]) -> dict[str, dict[str, str]]:
    """{base model: {preset: "2 to 4 minutes"}} for a run on these data."""
    pace = machine_pace(with_pictures=version.project.task != TEXTS)
    facts = _facts(version)
    return {
        name: {preset: _words(_estimate(name, preset, facts), pace) for preset in preset_settings()}
        for name in base_models
    }


def machine_pace(*, with_pictures: bool = False) -> float:
    """Median of actual ÷ estimated seconds of this machine's latest runs, those about pictures or about texts; 1 while
    there are none."""
    about = Run.objects.exclude(project__task=TEXTS) if with_pictures else Run.objects.filter(project__task=TEXTS)
    runs = about.filter(status=WorkStatus.DONE, attempt=1, recoveries=0, settings={})
    ratios = []
    for run in runs.select_related("dataset__examples", "dataset__catalogue", "dataset__project").order_by("-pk")[
        :RUNS_LOOKED_AT
    ]:
        seconds = seconds_of(run)
        if seconds:
            low, high = _estimate(run.base_model, run.preset, _facts(run.dataset))
            ratios.append(seconds / sqrt(low * high))
    return min(max(median(ratios), 1 / MOST_CORRECTION), MOST_CORRECTION) if ratios else 1.0


def seconds_of(run: Run) -> float | None:
    """From start to finish; None while it is unknown."""
    if run.started_at is None or run.finished_at is None:
        return None
    return (run.finished_at - run.started_at).total_seconds()


def _words(estimate: tuple[float, float], pace: float) -> str:
    return range_words(estimate[0] * pace, estimate[1] * pace)


def _estimate(base_model: str, preset: str, facts: dict[str, Any]) -> tuple[float, float]:
    device = "cuda" if Path("/dev/nvidia0").exists() else "cpu"  # torch could say better, but pages never load it
    return estimate_seconds(base_model=base_model, preset=preset, device=device, cores=os.cpu_count() or 1, **facts)


def _facts(version: DatasetVersion) -> dict[str, Any]:
    """The size of the work. What the receipt does not say is taken from the first rows of the files."""
    uploads = [version.examples, *([version.catalogue] if version.catalogue else [])]
    rows = sum(int(upload.preview.get("n_rows") or 0) for upload in uploads)
    n_train = int(version.receipt.get("n_train") or rows)
    return {
        "task": version.project.task,
        "n_train": n_train,
        "n_documents": int(version.receipt.get("n_documents") or max(rows, n_train)),
        "mean_characters": fmean(_lengths(uploads) or [TYPICAL_CHARACTERS]),
    }


def _lengths(uploads: Iterable[Upload]) -> list[int]:
    """Characters of the first texts that a run would read."""
    lengths = []
    for upload in uploads:
        columns = [column["name"] for column in upload.preview.get("columns", [])]
        pictures = picture_columns(roles=upload.roles, purpose=upload.purpose, task=upload.project.task)
        read = [column for column in columns if upload.roles.get(column) in ("query", "document", "label")]
        used = [column in read and column not in pictures for column in columns]
        for row in upload.preview.get("rows", []):
            lengths += [len(str(cell)) for cell, is_used in zip(row, used, strict=False) if is_used]
    return lengths
