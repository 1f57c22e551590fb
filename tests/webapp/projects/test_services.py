"""Deleting a project with all that belongs to it."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion, Upload
from webapp.projects.models import Project
from webapp.projects.services import project_create, project_delete, project_rename
from webapp.runs.models import Run


def full_project(owner: Person) -> tuple[Project, list[str]]:
    """A project with a file, a data version and a run, and the names of their stored files."""
    project = project_create(owner=owner, name="Help desk")
    upload = Upload(project=project, name="t.csv", size=3, status="done")
    upload.file.save("t.csv", ContentFile(b"a,b"))
    version = DatasetVersion(project=project, number=1, examples=upload, status="done")
    version.frozen.save("v.gz", ContentFile(b"frozen"))
    run = Run(project=project, number=1, dataset=version, base_model="minilm-l6", status="running")
    run.model.save("model.zip", ContentFile(b"zip"))
    return project, [str(upload.file.name), str(version.frozen.name), str(run.model.name)]


@pytest.mark.django_db(transaction=True)
def test_deleting_removes_rows_and_files_of_this_project_only(owner: Person) -> None:
    project, names = full_project(owner)
    other, kept = full_project(owner)
    project_delete(project=project)
    assert list(Project.objects.all()) == [other]
    assert not any(default_storage.exists(name) for name in names)
    assert all(default_storage.exists(name) for name in kept)
    assert Upload.objects.count() == DatasetVersion.objects.count() == Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_files_stay_when_the_rows_stay(owner: Person) -> None:
    project, names = full_project(owner)
    with pytest.raises(RuntimeError), transaction.atomic():
        project_delete(project=project)
        raise RuntimeError("the transaction fails")
    assert Project.objects.filter(name="Help desk").exists()
    assert all(default_storage.exists(name) for name in names)


def test_renaming_writes_the_name_alone(owner: Person) -> None:
    project = project_create(owner=owner, name="Help desk")
    Project.objects.filter(pk=project.pk).update(is_sample=True)
    project_rename(project=project, name="Desk")
    project.refresh_from_db()
    assert (project.name, project.is_sample) == ("Desk", True)
