"""Reading and freezing, executed for real: the job, the child process, the storage."""

import errno
import time
from typing import TypeVar

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests.webapp.datasets.making import (
    csv_bytes,
    frozen_version,
    read,
    rows_of_examples,
    store,
    stored_and_read,
    workbook_bytes,
)
from trainer.data.frozen import thaw
from webapp.datasets import execution
from webapp.datasets.jobs import freeze_version, read_upload
from webapp.datasets.models import DatasetVersion, Purpose, Upload
from webapp.datasets.services import (
    RefusedError,
    upload_delete,
    upload_reread,
    upload_set_roles,
    version_create,
    version_retry,
)
from webapp.projects.models import Project
from webapp.projects.services import project_delete

Work = TypeVar("Work", Upload, DatasetVersion)
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_read_file_has_first_rows_and_guessed_columns(project: Project) -> None:
    upload = stored_and_read(project)
    assert upload.status == "done", upload.error
    assert upload.roles == {"question": "query", "answer": "document"}
    assert upload.preview["n_rows"] == 60
    assert tuple(upload.preview["rows"][0]) == rows_of_examples()[0]


def test_a_file_that_cannot_be_read_says_why_and_keeps_the_others(project: Project) -> None:
    good = stored_and_read(project)
    bad = stored_and_read(project, b"PK\x03\x04 this is no workbook", "broken.xlsx")
    assert bad.status == "failed"
    assert "broken.xlsx" in bad.error["cause"]
    assert bad.error["remedy"]
    assert "Traceback" not in bad.error["cause"] + bad.error["remedy"]
    good.refresh_from_db()
    assert good.status == "done"
    assert good.roles


def test_a_question_about_the_encoding_is_asked_and_answered(project: Project) -> None:
    content = csv_bytes([(f"Grüße aus Köln {n}", f"Straße {n}") for n in range(30)]).decode().encode("cp1252")
    upload = stored_and_read(project, content)
    assert upload.status == "done"
    assert upload.preview == {}
    assert "cp1252" in [codec for codec, _ in upload.question["candidates"]]
    upload_reread(upload=upload, encoding="cp1252")
    upload.refresh_from_db()
    read(upload)
    assert upload.question == {}
    assert upload.preview["rows"][0] == ["Grüße aus Köln 0", "Straße 0"]


def test_of_several_sheets_that_could_be_it_one_is_asked_for_and_frozen(project: Project) -> None:
    rows = rows_of_examples(100)
    header = ("question", "answer")
    sheets: dict[str, list[tuple[str, ...]]] = {
        "2025": [header, *rows[:40]],
        "Cover": [("Help desk",)],
        " 2026": [header, *rows[40:]],
    }
    upload = stored_and_read(project, workbook_bytes(sheets), "book.xlsx")
    assert (upload.status, upload.preview, upload.roles) == ("done", {}, {})
    assert [(each["name"], each["n_rows"]) for each in upload.question["tables"]] == [("2025", 40), (" 2026", 60)]
    assert upload.question["tables"][1]["rows"][0] == list(rows[40])
    with pytest.raises(RefusedError, match="could not be read yet"):
        version_create(project=project, examples=upload)
    upload_reread(upload=upload, sheet=" 2026")
    upload.refresh_from_db()
    read(upload)
    assert upload.question == {} and upload.preview["sheets"] == ["2025", "Cover", " 2026"]
    version = version_create(project=project, examples=upload)
    freeze_version(version.pk, version.attempt)
    version.refresh_from_db()
    with version.frozen.open("rb") as file:
        asked = thaw(file.read())[0].data.queries.values()
    assert set(asked) == {question for question, _ in rows[40:]}


def test_the_first_row_can_be_taken_as_data(project: Project) -> None:
    upload = stored_and_read(project)
    upload_reread(upload=upload, has_header=False)
    upload.refresh_from_db()
    read(upload)
    assert upload.preview["rows"][0] == ["question", "answer"]
    assert upload.preview["n_rows"] == 61


def test_reading_does_not_undo_confirmed_roles(project: Project) -> None:
    upload = store(project)
    upload.roles = {"question": "document", "answer": "query"}
    upload.save(update_fields=["roles"])
    read(upload)
    assert upload.roles == {"question": "document", "answer": "query"}


def test_a_stale_doorbell_does_nothing(project: Project) -> None:
    upload = stored_and_read(project)
    upload_reread(upload=upload, has_header=True)
    upload.refresh_from_db()
    read_upload(upload.pk, upload.attempt - 1)
    upload.refresh_from_db()
    assert upload.status == "queued"


def test_a_version_is_frozen_with_receipt_and_findings(project: Project) -> None:
    version = frozen_version(project)
    assert version.status == "done", version.error
    with version.frozen.open() as file:
        split, rejected = thaw(file.read())
    assert len(split.train) == version.receipt["n_train"] > 0
    assert len(split.test) == version.receipt["n_test"] > 0
    assert version.receipt["shared_queries"] == 0
    assert rejected == []
    assert all({"severity", "title", "why", "examples", "remedy"} <= set(finding) for finding in version.findings)


def test_rejected_rows_name_file_row_and_reason(project: Project) -> None:
    rows = [*rows_of_examples(), ("", "Order a badge")]
    version = version_create(project=project, examples=stored_and_read(project, csv_bytes(rows)))
    freeze_version(version.pk, version.attempt)
    version.refresh_from_db()
    assert [(row["file"], row["row"]) for row in version.rejected] == [("tickets.csv", 62)]
    assert version.rejected[0]["reason"]


def test_own_questions_and_a_catalogue_are_used(project: Project) -> None:
    questions = [
        (f"{place} printer jams again", "Repair a printer") for place in ("hall", "attic", "lobby", "shop", "bar")
    ]
    catalogue = [(f"Thing number {n}",) for n in range(30)]
    version = version_create(
        project=project,
        examples=stored_and_read(project),
        questions=stored_and_read(project, csv_bytes(questions), "own.csv", Purpose.QUESTIONS),
        catalogue=stored_and_read(project, csv_bytes(catalogue, ("item",)), "items.csv", Purpose.CATALOGUE),
    )
    freeze_version(version.pk, version.attempt)
    version.refresh_from_db()
    assert version.status == "done", version.error
    assert version.receipt["kind"] == "own_test"
    assert version.receipt["n_test"] == 5
    with version.frozen.open() as file:
        documents = thaw(file.read())[0].data.documents
    assert "Thing number 29" in documents.values()


def test_the_chosen_kind_of_split_is_kept(project: Project) -> None:
    assert frozen_version(project, "new_items").receipt["kind"] == "new_items"
    assert frozen_version(project, "new_questions").receipt["kind"] == "new_questions"


def test_too_little_data_fails_in_words_and_can_be_tried_again(project: Project) -> None:
    version = version_create(project=project, examples=stored_and_read(project, csv_bytes(rows_of_examples(3))))
    freeze_version(version.pk, version.attempt)
    version.refresh_from_db()
    assert version.status == "failed"
    assert "at least" in version.error["cause"]
    assert not version.frozen
    version_retry(version=version)
    version.refresh_from_db()
    assert (version.status, version.attempt) == ("queued", 2)


def test_a_result_of_a_deleted_project_leaves_no_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    version = version_create(project=project, examples=stored_and_read(project))
    prepare = execution.bridge.prepare_data

    def prepare_while_deleted(**arguments: object) -> object:
        prepared = prepare(**arguments)  # type: ignore[arg-type]
        project_delete(project=Project.objects.get(pk=project.pk))
        return prepared

    before = set(_files("datasets"))
    monkeypatch.setattr(execution.bridge, "prepare_data", prepare_while_deleted)
    freeze_version(version.pk, version.attempt)
    assert not DatasetVersion.objects.exists()
    assert set(_files("datasets")) == before


def test_work_on_a_deleted_file_ends_soon(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.queue.heart.BEAT_SECONDS", 0.1)
    upload = store(project, b"question,answer\n" + b'"a,b\n' * 150_000, "slow.csv")
    read_preview = execution.bridge.read_preview

    def read_while_deleted(**arguments: object) -> object:
        upload_delete(upload=Upload.objects.get(pk=upload.pk))
        return read_preview(**arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(execution.bridge, "read_preview", read_while_deleted)
    started = time.monotonic()
    read_upload(upload.pk, upload.attempt)
    assert time.monotonic() - started < 8, "the reader went on for nobody"
    assert not Upload.objects.exists()


def test_a_full_disk_leaves_no_half_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    version = version_create(project=project, examples=stored_and_read(project))
    before = set(_files("datasets"))
    storage = type(default_storage._wrapped)  # type: ignore[attr-defined]
    save = storage._save

    def save_half(self: object, name: str, content: ContentFile) -> str:
        save(self, name, ContentFile(b"half"))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "_save", save_half)
    freeze_version(version.pk, version.attempt)
    version.refresh_from_db()
    assert (version.status, version.error["cause"]) == ("failed", "The disk is full.")
    assert set(_files("datasets")) == before


@pytest.mark.worker
def test_a_real_worker_reads_and_freezes(prepare_worker: None, project: Project) -> None:
    upload = _when_finished(store(project))
    assert upload.status == "done", upload.error
    upload_set_roles(upload=upload, roles=upload.roles)
    version = _when_finished(version_create(project=project, examples=upload))
    assert version.status == "done", version.error
    assert version.receipt["n_train"] > 0


def _files(folder: str) -> list[str]:
    return default_storage.listdir(folder)[1] if default_storage.exists(folder) else []


def _when_finished(work: Work) -> Work:
    deadline = time.monotonic() + 45
    while not work.is_finished:
        assert time.monotonic() < deadline, "the worker did not finish the work"
        time.sleep(0.1)
        work.refresh_from_db()
    return work
