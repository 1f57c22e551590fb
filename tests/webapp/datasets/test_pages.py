"""The data pages as a person meets them, without a browser."""

import io
from collections.abc import Callable

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.datasets.making import (
    csv_bytes,
    frozen_version,
    read,
    rows_of_examples,
    store,
    stored_and_read,
    workbook_bytes,
)
from webapp.accounts.models import Person
from webapp.datasets.examples import EXAMPLE_FILES
from webapp.datasets.jobs import freeze_version
from webapp.datasets.models import DatasetVersion, Purpose, Upload
from webapp.datasets.services import version_create
from webapp.projects.models import Project

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Person], Client]


@pytest.fixture
def client(client_of: ClientOf, owner: Person) -> Client:
    """Signed in as the owner."""
    return client_of(owner)


def url_of(upload: Upload, name: str = "upload_detail") -> str:
    """An address of this file."""
    return reverse(name, args=(upload.project_id, upload.pk))


def test_a_file_being_read_polls_and_then_shows_its_columns(client: Client, project: Project) -> None:
    upload = store(project)
    page = client.get(url_of(upload)).content.decode()
    assert "Reading your file" in page
    polled = f"{url_of(upload, 'upload_status')}?seen=queued-1-1"
    assert f'hx-get="{polled}"' in page
    assert client.get(polled).status_code == 204  # nothing new: nothing to read out again
    read(upload)
    fragment = client.get(polled).content.decode()
    assert "hx-get" not in fragment
    assert "The heading “question” says so." in fragment
    assert rows_of_examples()[0][0] in fragment
    assert "<html" not in fragment


def test_check_my_data_saves_the_menus_and_makes_a_version(client: Client, project: Project) -> None:
    upload = stored_and_read(project, csv_bytes(rows_of_examples(), ("answer", "question")))
    answer = client.post(url_of(upload), {"role-0": "query", "role-1": "document", "then": "check"})
    version = project.versions.get()
    assert answer["Location"] == reverse("version_detail", args=(project.pk, 1))
    assert version.examples.roles == {"answer": "query", "question": "document"}


def test_menus_that_do_not_suffice_keep_what_was_chosen(client: Client, project: Project) -> None:
    upload = stored_and_read(project)
    answer = client.post(url_of(upload), {"role-0": "segment", "role-1": "document", "then": "check"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "No column holds the question." in page
    assert '<option value="segment" selected>' in page
    assert not project.versions.exists()
    upload.refresh_from_db()
    assert upload.roles["question"] == "query"


def test_a_failed_file_shows_cause_and_remedy_and_can_be_tried_again(client: Client, project: Project) -> None:
    upload = stored_and_read(project, b"question,answer\n")
    page = client.get(url_of(upload)).content.decode()
    assert "This file could not be read" in page
    assert "Upload a corrected file" in page
    assert "Traceback" not in page
    client.post(url_of(upload, "upload_reread"))
    upload.refresh_from_db()
    assert (upload.status, upload.attempt) == ("queued", 2)


def test_a_version_shows_receipt_findings_and_next_step(client: Client, project: Project) -> None:
    version = frozen_version(project)
    page = client.get(reverse("version_detail", args=(project.pk, 1))).content.decode()
    assert version.receipt["sentence"] in page
    assert "no question shared between" in page
    for finding in version.findings:
        assert finding["title"] in page
    assert f"{reverse('run_create', args=(project.pk,))}?data=1" in page
    assert "<style" not in page
    assert "style=" not in page


def test_changing_the_kind_of_split_makes_the_next_version(client: Client, project: Project) -> None:
    version = frozen_version(project, "new_questions")
    form = {"examples": version.examples_id, "catalogue": "", "split_kind": "new_items"}
    answer = client.post(reverse("version_create", args=(project.pk,)), form)
    assert answer["Location"] == reverse("version_detail", args=(project.pk, 2))
    version.refresh_from_db()
    assert version.receipt["kind"] == "new_questions"
    assert project.versions.get(number=2).split_kind == "new_items"


def test_versions_cannot_be_made_from_a_file_that_was_not_read(client: Client, project: Project) -> None:
    upload = store(project)
    answer = client.post(reverse("version_create", args=(project.pk,)), {"examples": upload.pk})
    assert answer.status_code == 422
    assert "No file of examples is ready." in answer.content.decode()
    assert not DatasetVersion.objects.exists()


def test_a_failed_version_explains_itself(client: Client, project: Project) -> None:
    version = version_create(project=project, examples=stored_and_read(project, csv_bytes(rows_of_examples(3))))
    freeze_version(version.pk, version.attempt)
    page = client.get(reverse("version_detail", args=(project.pk, 1))).content.decode()
    assert "This data cannot be used yet" in page
    assert "There are only 3 different questions" in page
    client.post(reverse("version_retry", args=(project.pk, 1)))
    assert project.versions.get().status == "queued"


def test_left_out_rows_come_as_a_workbook(client: Client, project: Project) -> None:
    rows = [*rows_of_examples(), ("", "=HYPERLINK(1)")]
    version = version_create(project=project, examples=stored_and_read(project, csv_bytes(rows)))
    freeze_version(version.pk, version.attempt)
    answer = client.get(reverse("version_rejected", args=(project.pk, 1)))
    assert "attachment" in answer["Content-Disposition"]
    cells = list(openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].values)
    assert cells[0][:3] == ("File", "Row", "Why it was left out")
    assert cells[1][:2] == ("tickets.csv", 62)
    assert "'=HYPERLINK(1)" in cells[1]


def test_a_sample_that_becomes_ready_leads_to_the_start_page(client: Client, project: Project) -> None:
    frozen_version(project)
    start = f"{reverse('run_create', args=(project.pk,))}?data=1"
    assert client.get(reverse("version_detail", args=(project.pk, 1)) + "?then=start")["Location"] == start
    assert client.get(reverse("version_status", args=(project.pk, 1)) + "?then=start")["HX-Redirect"] == start


def test_the_templates_can_be_uploaded_again(client: Client, project: Project) -> None:
    for name, (purpose, _) in EXAMPLE_FILES.items():
        content = client.get(reverse("template_file", args=(name,))).content
        upload = stored_and_read(project, content, name, purpose)
        assert upload.status == "done", upload.error
        assert "document" in upload.roles.values()


def test_an_unknown_template_is_not_found(client: Client) -> None:
    assert client.get("/templates/settings.csv").status_code == 404


def test_of_several_sheets_another_can_be_chosen_before_the_columns(client: Client, project: Project) -> None:
    sheets = {"Cover": [("Report", "2024")], "Data": [("question", "answer"), *rows_of_examples()]}
    upload = stored_and_read(project, workbook_bytes(sheets), name="book.xlsx")
    page = client.get(url_of(upload)).content.decode()
    assert page.count('id="reading-sheet"') == 1
    assert page.index('id="reading-sheet"') < page.index("What is each column?")
    assert "Sheet “Data” was read: it has 60 rows. “Cover” holds no table of this kind." in page


def test_the_question_which_sheet_shows_each_and_is_answered_by_one_click(client: Client, project: Project) -> None:
    header, rows = ("question", "answer"), rows_of_examples(100)
    sheets = {"2025": [header, *rows[:40]], "2026 <new>": [header, *rows[40:]]}
    upload = stored_and_read(project, workbook_bytes(sheets), name="book.xlsx")
    page = client.get(url_of(upload)).content.decode()
    assert "Which sheet?" in page and "2 sheets could be the examples: “2025” and “2026 &lt;new&gt;”." in page
    assert 'name="sheet" value="2026 &lt;new&gt;"' in page and "60 rows · 2 columns" in page
    assert rows[0][0] in page and rows[40][0] in page and "What is each column?" not in page
    assert "Has a question" in client.get(reverse("data", args=(project.pk,))).content.decode()
    client.post(url_of(upload, "upload_reread"), {"sheet": "2026 <new>", "header": "", "encoding": ""})
    upload.refresh_from_db()
    page = client.get(url_of(read(upload))).content.decode()
    assert "What is each column?" in page and rows[40][0] in page and rows[0][0] not in page


def test_pages_that_wait_can_be_looked_at_again_without_javascript(client: Client, project: Project) -> None:
    upload = store(project)
    page = client.get(url_of(upload)).content.decode()
    assert f'<noscript><p class="small"><a href="{url_of(upload)}">Look again</a>' in page


def test_the_list_of_versions_names_all_their_files(client: Client, project: Project) -> None:
    upload = stored_and_read(project)
    catalogue = stored_and_read(
        project, csv_bytes([("One",), ("Two",)], ("item",)), name="shop.csv", purpose=Purpose.CATALOGUE
    )
    version_create(project=project, examples=upload, catalogue=catalogue)
    for name in ("data", "project_detail"):
        page = client.get(reverse(name, args=(project.pk,))).content.decode()
        assert '<span class="clip" title="shop.csv">' in page
