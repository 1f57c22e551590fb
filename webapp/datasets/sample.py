"""The sample projects: made ready in one click through the same services as a person's own data."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.db import transaction

from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion, Purpose, Upload
from webapp.datasets.services import upload_store, version_create
from webapp.projects.models import Project, Task
from webapp.projects.services import project_create


@dataclass(frozen=True)
class _File:
    """One file of a sample. roles: of its columns."""

    name: str
    content: bytes
    roles: dict[str, str]


def sample_project_create(*, owner: Person, task: Task) -> DatasetVersion:
    """A project with the sample files of a task and its first data version, queued to be frozen."""
    name, make = _SAMPLES[task]
    files = make()  # before the transaction: to draw pictures takes seconds, and nobody else could write meanwhile
    with transaction.atomic():
        project = project_create(owner=owner, name=name, task=task, is_sample=True)
        uploads = {purpose.value: _store(project, purpose, file) for purpose, file in files.items()}
        return version_create(project=project, examples=uploads["examples"], catalogue=uploads.get("catalogue"))


# Each is imported where it is made, because it reads or draws what no other page needs.


def _texts() -> dict[Purpose, _File]:
    from webapp.projects.samples import sample_catalogue, sample_examples

    examples = {"question": "query", "diagnosis": "document"}
    return {
        Purpose.EXAMPLES: _File("examples.csv", sample_examples(), examples),
        Purpose.CATALOGUE: _File("diagnoses.csv", sample_catalogue(), {"diagnosis": "document"}),
    }


def _pictures_from_words() -> dict[Purpose, _File]:
    from webapp.projects.picture_samples import pictures_and_words

    roles = {"words": "query", "picture": "document"}
    return {Purpose.EXAMPLES: _File("shop.zip", pictures_and_words(), roles)}


def _similar_pictures() -> dict[Purpose, _File]:
    from webapp.projects.picture_samples import similar_pictures

    roles = {"picture": "query", "label": "label"}
    return {Purpose.EXAMPLES: _File("designs.zip", similar_pictures(), roles)}


_SAMPLES: dict[Task, tuple[str, Callable[[], dict[Purpose, _File]]]] = {
    Task.TEXT_TEXT: ("Sample: wording → diagnosis", _texts),
    Task.TEXT_IMAGE: ("Sample: words → article of a shop", _pictures_from_words),
    Task.IMAGE_IMAGE: ("Sample: same design, any article", _similar_pictures),
}
"""{task: (name of the project, what makes its files)}."""


def _store(project: Project, purpose: Purpose, sample: _File) -> Upload:
    """The columns are known here, so the version need not wait for anyone to look at them."""
    file = ContentFile(sample.content, name=sample.name)
    upload = upload_store(project=project, user=project.owner, purpose=purpose, file=file)
    upload.roles = sample.roles
    upload.save(update_fields=["roles"])
    return upload
