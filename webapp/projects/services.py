"""Make, rename and delete projects."""

from django.core.files.storage import default_storage
from django.db import transaction

from webapp.accounts.models import Person
from webapp.projects.models import Project, Task
from webapp.queue.services import work_cancel


def project_create(*, owner: Person, name: str, task: Task = Task.TEXT_TEXT, is_sample: bool = False) -> Project:
    """A new, empty project."""
    return Project.objects.create(owner=owner, name=name, task=task, is_sample=is_sample)


def project_rename(*, project: Project, name: str) -> None:
    """Give the project another name."""
    project.name = name
    project.save(update_fields=["name"])


def project_delete(*, project: Project) -> None:
    """Delete the project with its files, data versions, runs and models. Work under way stops by itself.

    The stored files go once the rows are gone for good: a file without its row is waste, a row without its file a loss.
    """
    for work in (*project.runs.all(), *project.versions.all(), *project.uploads.all()):
        if not work.is_finished:
            work_cancel(work=work)
    with transaction.atomic():
        names = _stored_files(project)
        # in this order because a run protects its data version, and a version its files
        project.runs.all().delete()
        project.versions.all().delete()
        project.uploads.all().delete()
        project.delete()
        transaction.on_commit(lambda: _remove(names))


def _stored_files(project: Project) -> list[str]:
    """The storage names of everything that belongs to the project."""
    uploads = project.uploads.values_list("file", flat=True)
    versions = project.versions.values_list("frozen", "pictures")
    runs = project.runs.values_list("report", "model", "index")
    return [name for name in (*uploads, *(name for row in (*versions, *runs) for name in row)) if name]


def _remove(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)
