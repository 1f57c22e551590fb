"""The sample project, made in one click."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from webapp.accounts.models import Person
from webapp.datasets.jobs import freeze_version, read_upload
from webapp.projects.models import Project, Task

ClientOf = Callable[[Person], Client]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("task", Task.values)
def test_one_click_makes_a_project_that_is_ready_to_start(task: str, client_of: ClientOf, owner: Person) -> None:
    answer = client_of(owner).post(reverse("project_sample"), {"task": task})
    project = Project.objects.get()
    version = project.versions.get()
    assert (project.owner, project.is_sample, project.task) == (owner, True, task)
    assert answer["Location"] == reverse("version_detail", args=(project.pk, 1)) + "?then=start"
    for upload in project.uploads.all():
        read_upload(upload.pk, upload.attempt)
    freeze_version(version.pk, version.attempt)
    version.refresh_from_db()
    assert version.status == "done", version.error
    assert version.receipt["n_train"] >= 100
    assert version.receipt["n_test"] >= 30
    assert version.receipt["near_duplicates_kept_together"] <= 0.05 * version.receipt["n_queries"]
    assert version.rejected == []
    assert {upload.status for upload in project.uploads.all()} == {"done"}


def test_texts_are_the_sample_where_nothing_else_is_asked_for(client_of: ClientOf, owner: Person) -> None:
    client_of(owner).post(reverse("project_sample"), {"task": "no task"})
    assert Project.objects.get().task == "text-text"


def test_the_sample_is_not_made_by_a_link(client_of: ClientOf, owner: Person) -> None:
    assert client_of(owner).get(reverse("project_sample")).status_code == 405
    assert not Project.objects.exists()
