"""Small, real parts of runs for tests: a tiny base model, a frozen data set, a project with a run."""

import hashlib
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile

from tests.webapp.runs.tiny_model import WORDS
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion, Upload
from webapp.projects.models import Project
from webapp.queue.models import WorkStatus
from webapp.runs.models import Run


def small_split(n_queries: int = 60, n_documents: int = 20) -> SplitDataset:
    """Questions of three words about items of three words, drawn from the tiny model's vocabulary."""
    documents = {f"d{i}": _text("item", i) for i in range(n_documents)}
    queries = {f"q{i}": _text("question", i) for i in range(n_queries)}
    relevance = {query: {f"d{i % n_documents}": 1.0} for i, query in enumerate(queries)}
    names = tuple(queries)
    cut, end = n_queries * 6 // 10, n_queries * 8 // 10
    receipt: dict[str, int | str] = {
        "kind": "new_questions",
        "n_train": cut,
        "n_validation": end - cut,
        "n_test": n_queries - end,
        "n_known_items": n_queries - end,
        "n_new_items": 0,
        "shared_queries": 0,
        "near_duplicates_kept_together": 0,
    }
    return SplitDataset(
        data=PairDataset(queries, documents, relevance),
        train=names[:cut],
        validation=names[cut:end],
        test=names[end:],
        kind=SplitKind.NEW_QUESTIONS,
        seed=0,
        known_items=frozenset(names[end:]),
        receipt=receipt,
    )


def make_person(email: str = "maker@example.com") -> Person:
    """Somebody who owns projects."""
    return Person.objects.create_person(email=email, password="a good long password")


def make_project(owner: Person | None = None) -> Project:
    """An empty project."""
    return Project.objects.create(owner=owner or make_person(), name="Help desk")


def make_version(project: Project, split: SplitDataset | None = None) -> DatasetVersion:
    """A data version that is ready, with a frozen data set in storage when `split` is given."""
    upload = Upload.objects.create(
        project=project, name="help.csv", file="uploads/help.csv", size=10, status=WorkStatus.DONE
    )
    number = project.versions.count() + 1
    version = DatasetVersion(project=project, number=number, examples=upload, status=WorkStatus.DONE)
    if split is not None:
        from trainer.data.frozen import freeze

        version.frozen.save(f"{project.pk}-{number}.json", ContentFile(freeze(split, [])), save=False)
    version.save()
    return version


def make_run(version: DatasetVersion, **fields: Any) -> Run:
    """A run of the version, QUEUED unless `fields` say otherwise, without ringing for it."""
    project = version.project
    fields = {"number": project.runs.count() + 1, "base_model": "minilm-l6", "preset": "quick", **fields}
    return Run.objects.create(project=project, dataset=version, **fields)


def launchable(folder: Path, epochs: int) -> dict[str, Any]:
    """Arguments of run_launch for a real run on the tiny model in `folder`, whose whole model is trained once."""
    settings = {"epochs": epochs, "batch_size": 4, "try_without": False}
    return {"base_model": str(folder), "preset": "balanced", "settings": settings}


def _text(kind: str, number: int) -> str:
    digest = hashlib.sha256(f"{kind} {number}".encode()).digest()
    return " ".join(WORDS[byte % len(WORDS)] for byte in digest[:3])
