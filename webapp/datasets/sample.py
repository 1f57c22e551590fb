"""The sample project: real data, made ready in one click through the same services as a person's own."""

from django.core.files.base import ContentFile
from django.db import transaction

from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion, Purpose, Upload
from webapp.datasets.services import upload_store, version_create
from webapp.projects.models import Project
from webapp.projects.services import project_create

NAME = "Sample: wording → diagnosis"


def sample_project_create(*, owner: Person) -> DatasetVersion:
    """A project with the sample files and its first data version, queued to be frozen."""
    # imported here because it reads a whole catalogue of diagnoses, which no other page needs
    from webapp.projects.samples import sample_catalogue, sample_examples

    examples, catalogue = sample_examples(), sample_catalogue()
    with transaction.atomic():
        project = project_create(owner=owner, name=NAME, is_sample=True)
        return version_create(
            project=project,
            examples=_store(
                project, Purpose.EXAMPLES, "examples.csv", examples, {"question": "query", "diagnosis": "document"}
            ),
            catalogue=_store(project, Purpose.CATALOGUE, "diagnoses.csv", catalogue, {"diagnosis": "document"}),
        )


def _store(project: Project, purpose: Purpose, name: str, content: bytes, roles: dict[str, str]) -> Upload:
    """The columns are known here, so the version need not wait for anyone to look at them."""
    file = ContentFile(content, name=name)
    upload = upload_store(project=project, user=project.owner, purpose=purpose, file=file)
    upload.roles = roles
    upload.save(update_fields=["roles"])
    return upload
