"""Rows that the pages of runs, reports and search need: a project with ready data, runs with or without a report."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from trainer.report import Report
from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion, Upload
from webapp.projects.models import Project
from webapp.runs.models import Run

RECEIPT = {
    "n_train": 300,
    "n_validation": 40,
    "n_test": 80,
    "n_known_items": 50,
    "n_new_items": 30,
    "n_documents": 60,
    "n_rejected": 0,
    "kind": "new_questions",
    "why": "Items occur in both parts.",
    "sentence": "300 examples to learn from, 80 questions to judge.",
}


def make_version(owner: Person, name: str = "Help desk → articles") -> DatasetVersion:
    """A ready data version in a project of its own."""
    project = Project.objects.create(owner=owner, name=name)
    upload = Upload.objects.create(
        project=project,
        name="faq.csv",
        file=ContentFile(b"question,article\n", name="faq.csv"),
        size=17,
        status="done",
        roles={"question": "query", "article": "document"},
        preview={"columns": [{"name": "question"}, {"name": "article"}], "rows": [["How?", "So."]], "n_rows": 420},
    )
    return DatasetVersion.objects.create(project=project, number=1, examples=upload, status="done", receipt=RECEIPT)


def make_run(version: DatasetVersion, report: Report | None = None, **fields: Any) -> Run:
    """A run on the data; with a report it is done, and has a small model.zip."""
    now = timezone.now()
    number = version.project.runs.count() + 1
    facts: dict[str, Any] = {"base_model": "minilm-l6", "preset": "quick", "launched_by": version.project.owner}
    if report is not None:
        facts |= {"status": "done", "started_at": now - timedelta(seconds=41), "finished_at": now, "fraction": 1.0}
    run = Run.objects.create(project=version.project, dataset=version, number=number, **{**facts, **fields})
    if report is not None:
        run.report.save(f"{run.pk}/report.json", ContentFile(json.dumps(report).encode()), save=False)
        run.model.save(f"{run.pk}/model.zip", ContentFile(small_zip(version.project.task)), save=False)
        run.save()
    return run


def small_zip(task: str = "text-text") -> bytes:
    """As the trainer writes it, without the weight of real weights; of pictures as of a timm model."""
    names = ["README.md", "model.safetensors", "report.json", "verify.py", "onnx/model.onnx", "SHA256SUMS"]
    names.append("modules.json" if task == "text-text" else "golden/1.png")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(f"help-desk/{name}", name)
    return stream.getvalue()
