"""Owner, teammate and outsider at every door of a project's data: only the owner finds anything there."""

from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion, Upload
from webapp.projects.models import Project

ClientOf = Callable[[Person], Client]

GETS = ("data", "upload_detail", "upload_status", "version_detail", "version_status", "version_rejected")
POSTS = (
    "upload_create",
    "upload_detail",
    "upload_reread",
    "upload_delete",
    "version_create",
    "version_retry",
)


@pytest.fixture
def addresses(project: Project) -> dict[str, str]:
    """The address of every page of a project with one file and one data version."""
    upload = Upload(project=project, name="t.csv", size=3, status="done", roles={"a": "query"})
    upload.file.save("t.csv", ContentFile(b"a,b"))
    DatasetVersion.objects.create(project=project, number=1, examples=upload, status="failed")
    return {name: reverse(name, args=(project.pk, *_rest(name, upload))) for name in {*GETS, *POSTS}}


def _rest(name: str, upload: Upload) -> tuple[int, ...]:
    if name in ("data", "upload_create", "version_create"):
        return ()
    return (upload.pk,) if name.startswith("upload") else (1,)


@pytest.mark.parametrize("name", GETS)
def test_only_the_owner_sees_a_page(
    name: str, addresses: dict[str, str], client_of: ClientOf, owner: Person, teammate: Person, outsider: Person
) -> None:
    assert client_of(owner).get(addresses[name]).status_code == 200
    assert client_of(teammate).get(addresses[name]).status_code == 404
    assert client_of(outsider).get(addresses[name]).status_code == 404
    assert Client().get(addresses[name])["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", POSTS)
def test_only_the_owner_changes_anything(
    name: str, addresses: dict[str, str], client_of: ClientOf, owner: Person, teammate: Person, outsider: Person
) -> None:
    before = _everything()
    for stranger in (teammate, outsider):
        answer = client_of(stranger).post(addresses[name], {"purpose": "examples", "file": ContentFile(b"x", "x.csv")})
        assert answer.status_code == 404
    assert Client().post(addresses[name])["Location"].startswith(reverse("login"))
    assert _everything() == before
    assert client_of(owner).post(addresses[name]).status_code in (302, 422)


def test_an_upload_of_another_project_is_not_found_through_ones_own(
    client_of: ClientOf, teammate: Person, addresses: dict[str, str], project: Project
) -> None:
    theirs = Project.objects.create(owner=teammate, name="Mine")
    upload = project.uploads.get()
    assert client_of(teammate).get(reverse("upload_detail", args=(theirs.pk, upload.pk))).status_code == 404
    form = {"examples": upload.pk}
    assert client_of(teammate).post(reverse("version_create", args=(theirs.pk,)), form).status_code == 422
    assert not theirs.versions.exists()


def _everything() -> list[object]:
    uploads = list(Upload.objects.values_list("pk", "status", "attempt", "roles"))
    return [*uploads, *DatasetVersion.objects.values_list("pk", "status", "attempt")]
