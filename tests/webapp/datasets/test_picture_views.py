"""Pictures of a data version as pages ask for them: who may, what comes, what does not."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files import File
from django.test import Client
from django.urls import reverse
from PIL import Image

from trainer.data.picture_store import PictureWriter
from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion, Upload
from webapp.projects.models import Project
from webapp.projects.services import project_delete

ClientOf = Callable[[Person], Client]


@pytest.fixture
def keys(tmp_path: Path) -> list[str]:
    """Keys of a small and of a large picture, stored in `tmp_path`."""
    with PictureWriter(tmp_path / "pictures.zip") as writer:
        return [writer.add(Image.new("RGB", size, "teal")) for size in ((40, 30), (600, 300))]


@pytest.fixture
def version(project: Project, keys: list[str], tmp_path: Path) -> DatasetVersion:
    """A data version with these pictures."""
    upload = Upload.objects.create(project=project, name="p.zip", size=3)
    version = DatasetVersion.objects.create(project=project, number=1, examples=upload, status="done")
    with (tmp_path / "pictures.zip").open("rb") as file:
        version.pictures.save("p.zip", File(file))
    return version


def test_the_owner_gets_pictures_and_thumbnails(
    client_of: ClientOf, owner: Person, version: DatasetVersion, keys: list[str]
) -> None:
    client = client_of(owner)
    small, large = (client.get(reverse("datasets:picture", args=(version.pk, key))) for key in keys)
    assert (small["Content-Type"], large["Content-Type"]) == ("image/png", "image/jpeg")
    assert Image.open(io.BytesIO(small.content)).size == (40, 30)
    thumbnail = client.get(reverse("datasets:thumbnail", args=(version.pk, keys[1])))
    assert (thumbnail["Content-Type"], Image.open(io.BytesIO(thumbnail.content)).size) == ("image/webp", (192, 96))
    for answer in (small, large, thumbnail):
        assert answer["Cache-Control"].startswith("private, max-age=") and "immutable" in answer["Cache-Control"]
        assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["datasets:picture", "datasets:thumbnail"])
def test_strangers_and_unknown_names_are_both_not_found(
    name: str,
    client_of: ClientOf,
    owner: Person,
    teammate: Person,
    outsider: Person,
    version: DatasetVersion,
    keys: list[str],
) -> None:
    address = reverse(name, args=(version.pk, keys[0]))
    assert client_of(owner).get(address).status_code == 200
    assert client_of(teammate).get(address).status_code == client_of(outsider).get(address).status_code == 404
    assert Client().get(address)["Location"].startswith(reverse("login"))
    for missing in (reverse(name, args=(version.pk, "0" * 24 + ".png")), reverse(name, args=(987, keys[0]))):
        assert client_of(owner).get(missing).status_code == 404


def test_a_version_of_texts_has_no_pictures(client_of: ClientOf, owner: Person, version: DatasetVersion) -> None:
    DatasetVersion.objects.update(pictures="")
    assert client_of(owner).get(reverse("datasets:picture", args=(version.pk, "a.png"))).status_code == 404


def test_pictures_that_are_gone_are_not_found(
    client_of: ClientOf, owner: Person, version: DatasetVersion, keys: list[str]
) -> None:
    version.pictures.storage.delete(str(version.pictures.name))
    assert client_of(owner).get(reverse("datasets:picture", args=(version.pk, keys[0]))).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_pictures_are_deleted_with_the_project(version: DatasetVersion, project: Project) -> None:
    project_delete(project=project)
    assert not version.pictures.storage.exists(str(version.pictures.name))
