"""Taking, refusing, and deleting files."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.webapp.datasets.making import csv_bytes, rows_of_examples, store
from webapp.accounts.models import Person
from webapp.datasets import services
from webapp.datasets.models import DatasetVersion, Purpose, Upload
from webapp.datasets.services import RefusedError, upload_delete, upload_set_roles, upload_store
from webapp.projects.models import Project

ClientOf = Callable[[Person], Client]
JSON = {"headers": {"accept": "application/json"}}


def send(client: Client, project: Project, name: str, content: bytes, **more: object) -> object:
    """Upload as the page's script does."""
    file = SimpleUploadedFile(name, content)
    url = reverse("upload_create", args=(project.pk,))
    return client.post(url, {"purpose": "examples", "file": file}, **more)  # type: ignore[arg-type]


def test_a_file_is_stored_untouched(client_of: ClientOf, owner: Person, project: Project) -> None:
    content = b"\xef\xbb\xbfquestion;answer\r\n\x00odd\xff;bytes\r"
    answer = send(client_of(owner), project, "tickets.csv", content, **JSON)
    upload = project.uploads.get()
    assert answer.status_code == 201  # type: ignore[attr-defined]
    assert answer.json() == {"url": reverse("upload_detail", args=(project.pk, upload.pk))}  # type: ignore[attr-defined]
    assert upload.file.read() == content
    assert (upload.name, upload.size, upload.status) == ("tickets.csv", len(content), "queued")
    assert "tickets" not in str(upload.file.name)  # stored under a name of our own


def test_a_plain_form_works_without_the_script(client_of: ClientOf, owner: Person, project: Project) -> None:
    answer = send(client_of(owner), project, "tickets.csv", b"a,b\n")
    assert answer.status_code == 302  # type: ignore[attr-defined]
    refused = send(client_of(owner), project, "letter.docx", b"x")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "not a kind of file" in refused.content.decode()  # type: ignore[attr-defined]


def test_a_full_disk_is_said_and_leaves_no_half_file(
    client_of: ClientOf, owner: Person, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _stored()
    storage = type(default_storage._wrapped)  # type: ignore[attr-defined]
    save = storage._save

    def save_half(self: object, name: str, content: ContentFile) -> str:
        save(self, name, ContentFile(b"half"))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "_save", save_half)
    answer = send(client_of(owner), project, "tickets.csv", b"a,b\n", **JSON)
    assert (answer.status_code, answer.json()["cause"]) == (422, "The disk is full.")  # type: ignore[attr-defined]
    assert answer.json()["remedy"]  # type: ignore[attr-defined]
    assert not project.uploads.exists()
    assert _stored() == before


def test_a_file_whose_row_cannot_be_written_is_not_left_behind(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _stored()

    def locked(**_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(services, "work_enqueue", locked)
    with pytest.raises(OperationalError):
        store(project)
    assert not project.uploads.exists()
    assert _stored() == before


def _stored() -> set[Path]:
    return {path for path in Path(default_storage.path("")).rglob("*") if path.is_file()}


def test_a_file_that_was_just_used_is_not_deleted(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = store(project)
    DatasetVersion.objects.create(project=project, number=1, examples=upload)
    monkeypatch.setattr(services, "is_in_use", lambda *, upload: False)  # as it was a moment before
    with pytest.raises(RefusedError, match="belongs to a data version"):
        upload_delete(upload=upload)
    assert default_storage.exists(str(upload.file.name))


def test_lists_read_neither_first_rows_nor_rejected_rows(
    client_of: ClientOf, owner: Person, project: Project, django_assert_max_num_queries: Any
) -> None:
    for number in range(1, 13):
        DatasetVersion.objects.create(project=project, number=number, examples=store(project), status="done")
    with CaptureQueriesContext(connection) as one:
        client_of(owner).get(reverse("project_list"))
    said = " ".join(query["sql"] for query in one.captured_queries)
    assert '"rejected"' not in said
    assert '"preview"' not in said
    client = client_of(owner)
    with django_assert_max_num_queries(30):
        client.get(reverse("data", args=(project.pk,)))


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("empty.csv", b"", "is empty (0 bytes)"),
        ("letter.docx", b"PK", "is not a kind of file that Tailor reads"),
        ("export.zip", b"PK", "is a ZIP, and this project reads tables"),
        ("old.xls", b"\xd0\xcf", "old Excel format"),
        ("noending", b"a,b", "is not a kind of file that Tailor reads"),
        ("big.csv", b"x" * 2001, "the limit is"),
    ],
)
def test_a_refused_file_changes_nothing(
    name: str, content: bytes, cause: str, client_of: ClientOf, owner: Person, project: Project, settings: Settings
) -> None:
    store(project)
    settings.MAX_UPLOAD_BYTES = 2000
    before = list(Upload.objects.values()), _stored_files()
    answer = send(client_of(owner), project, name, content, **JSON)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    said = answer.json()  # type: ignore[attr-defined]
    assert cause in said["cause"]
    assert name in said["cause"]
    assert said["remedy"]
    assert (list(Upload.objects.values()), _stored_files()) == before


def test_a_missing_file_is_asked_for(client_of: ClientOf, owner: Person, project: Project) -> None:
    url = reverse("upload_create", args=(project.pk,))
    answer = client_of(owner).post(url, {"purpose": "examples"}, **JSON)  # type: ignore[arg-type]
    assert "No file was chosen" in answer.json()["cause"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\ada\\tickets.csv", "tickets.csv"),
        ("../../etc/tickets.csv", "tickets.csv"),
        ("tick\x00\x1b[31mets\u202e.csv", "tick[31mets.csv"),
        ("n" * 400 + ".csv", "n" * 251 + ".csv"),
    ],
)
def test_odd_names_are_made_showable(given: str, kept: str, owner: Person, project: Project) -> None:
    file = ContentFile(b"a,b", name="x.csv")
    file.name = given
    assert upload_store(project=project, user=owner, purpose=Purpose.EXAMPLES, file=file).name == kept


def test_roles_that_do_not_suffice_are_refused_and_the_old_ones_stay(project: Project) -> None:
    upload = store(project, csv_bytes(rows_of_examples(5)))
    good = {"question": "query", "answer": "document"}
    upload_set_roles(upload=upload, roles=good)
    with pytest.raises(RefusedError) as refused:
        upload_set_roles(upload=upload, roles={"question": "ignore", "answer": "document"})
    assert refused.value.cause
    assert refused.value.remedy
    upload.refresh_from_db()
    assert upload.roles == good


def test_a_file_of_a_data_version_cannot_be_deleted(project: Project) -> None:
    upload = store(project)
    DatasetVersion.objects.create(project=project, number=1, examples=store(project), catalogue=upload)
    with pytest.raises(RefusedError, match="belongs to a data version"):
        upload_delete(upload=upload)
    assert default_storage.exists(str(upload.file.name))


@pytest.mark.django_db(transaction=True)
def test_a_deleted_file_is_gone_from_storage(project: Project) -> None:
    upload = store(project)
    upload_delete(upload=upload)
    assert not Upload.objects.exists()
    assert not default_storage.exists(str(upload.file.name))


def _stored_files() -> list[str]:
    found, folders = [], ["uploads"]
    while folders:
        folder = folders.pop()
        if default_storage.exists(folder):
            inner, files = default_storage.listdir(folder)
            folders += [f"{folder}/{name}" for name in inner]
            found += [f"{folder}/{name}" for name in files]
    return sorted(found)
