"""Pictures through the pages: one ZIP, many files at once, a folder; then the preview and the frozen version."""

import html
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tests.trainer.data.pictures import encoded, labelled, picture, words_and_pictures, write_zip
from tests.trainer.data.test_bad_pictures import write_all_that_is_bad
from tests.webapp.datasets.making import read, stored_and_read
from webapp.accounts.models import Person
from webapp.datasets.jobs import freeze_version
from webapp.datasets.models import DatasetVersion, Purpose, Upload
from webapp.datasets.services import version_create
from webapp.projects.models import Project, Task
from webapp.projects.services import project_create

ClientOf = Callable[[Person], Client]


@pytest.fixture
def similar(owner: Person) -> Project:
    """A project that finds similar pictures."""
    return project_create(owner=owner, name="Shop", task=Task.IMAGE_IMAGE)


@pytest.fixture
def client(client_of: ClientOf, owner: Person) -> Client:
    """The owner's."""
    return client_of(owner)


def zip_of(files: dict[str, bytes], tmp_path: Path) -> bytes:
    return write_zip(tmp_path / "made.zip", files).read_bytes()


def sent(files: dict[str, bytes]) -> dict[str, ContentFile]:
    """As the page's script sends files of a folder: each in a field that is named by its path."""
    return {f"picture:{quote(path, safe='')}": ContentFile(content, "x") for path, content in files.items()}


def post(client: Client, project: Project, more: Mapping[str, object]) -> Upload:
    answer = client.post(
        reverse("upload_create", args=(project.pk,)), {"purpose": "examples", **more}, HTTP_ACCEPT="application/json"
    )
    assert answer.status_code == 201, answer.content
    return project.uploads.get()


def names_in(upload: Upload) -> list[str]:
    with upload.file.open("rb") as file, zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def frozen(project: Project, content: bytes, catalogue: Upload | None = None) -> DatasetVersion:
    examples = stored_and_read(project, content, "set.zip")
    version = version_create(project=project, examples=examples, catalogue=catalogue)
    freeze_version(version.pk, version.attempt)
    version.refresh_from_db()
    assert version.status == "done", version.error
    return version


@pytest.mark.parametrize("task", list(Task))
def test_a_project_of_each_task_can_be_made(client: Client, task: Task) -> None:
    answer = client.post(reverse("project_create"), {"name": "Mine", "task": task.value})
    project = Project.objects.get()
    assert answer["Location"] == reverse("data", args=(project.pk,)) and project.task == task
    assert client.get(answer["Location"]).status_code == 200


def test_a_folder_becomes_one_zip_of_its_name(client: Client, similar: Project) -> None:
    files = {f"My shop/{name}": content for name, content in labelled().items()}
    upload = post(client, similar, {**sent(files), **sent({'My shop/grün & "blau"/ä.png': encoded(picture())})})
    assert upload.name == "My shop.zip" and names_in(upload) == [*files, 'My shop/grün & "blau"/ä.png']
    assert {row[1] for row in read(upload).preview["rows"]} >= {"shirt", "vase"}


def test_many_pictures_of_one_name_are_all_kept(client: Client, similar: Project) -> None:
    data = [("picture:a.png", encoded(picture("vase", n))) for n in range(3)]
    boundary = "----boundary"
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content in data
    )
    purpose = f'--{boundary}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\ncatalogue\r\n--{boundary}--\r\n'
    client.post(
        reverse("upload_create", args=(similar.pk,)),
        body + purpose.encode(),
        content_type=f"multipart/form-data; boundary={boundary}",
    )
    upload = similar.uploads.get()
    assert (upload.name, names_in(upload)) == ("3 pictures.zip", ["a.png", "a (2).png", "a (3).png"])


def test_a_path_never_leads_out_of_the_zip(client: Client, similar: Project) -> None:
    paths = {"../../etc/x.png": b"1", "/etc/y.png": b"2", "a\\..\\z.png": b"3"}
    assert names_in(post(client, similar, sent(paths))) == ["etc/x.png", "etc/y.png", "a/z.png"]


def test_without_a_script_several_pictures_of_one_field_become_a_zip(client: Client, similar: Project) -> None:
    files = [ContentFile(encoded(picture("vase", n)), f"{n}.png") for n in range(3)]
    address = reverse("upload_create", args=(similar.pk,))
    assert client.post(address, {"purpose": "catalogue", "file": files}).status_code == 302
    assert names_in(similar.uploads.get()) == ["0.png", "1.png", "2.png"]


def test_a_strangers_token_is_needed_for_an_upload(owner: Person, similar: Project) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    address = reverse("upload_create", args=(similar.pk,))
    assert client.post(address, {"purpose": "examples", **sent(labelled(1))}).status_code == 403
    assert not similar.uploads.exists()


@pytest.mark.parametrize("name", ["a.zip", "photo.jpg"])
def test_a_project_of_texts_takes_no_pictures(client: Client, project: Project, name: str) -> None:
    answer = client.post(
        reverse("upload_create", args=(project.pk,)),
        {"purpose": "examples", "file": ContentFile(b"PK", name)},
        HTTP_ACCEPT="application/json",
    )
    assert answer.status_code == 422 and "make a project that finds pictures" in answer.json()["remedy"]


def test_what_is_neither_is_refused_with_what_to_upload(client: Client, similar: Project) -> None:
    answer = client.post(
        reverse("upload_create", args=(similar.pk,)),
        {"purpose": "examples", "file": ContentFile(b"x", "notes.docx")},
        HTTP_ACCEPT="application/json",
    )
    assert answer.status_code == 422 and "Upload a ZIP with the pictures" in answer.json()["remedy"]


def test_the_preview_shows_pictures_and_menus_in_words_of_pictures(
    client: Client, similar: Project, tmp_path: Path
) -> None:
    upload = stored_and_read(similar, zip_of({**labelled(), "lamp/text.png": b"no picture"}, tmp_path), "set.zip")
    page = client.get(reverse("upload_detail", args=(similar.pk, upload.pk))).content.decode()
    assert upload.roles == {"picture": "query", "label": "label"}
    assert page.count('src="data:image/webp;base64,') >= 10
    assert "Label (same label, similar)" in page and "Item that matches" not in page


def test_a_table_alone_is_told_to_bring_its_pictures(client: Client, similar: Project) -> None:
    upload = stored_and_read(similar, words_and_pictures()["table.csv"], "table.csv")
    assert upload.status == "failed" and "into one ZIP" in upload.error["remedy"]
    page = client.get(reverse("upload_detail", args=(similar.pk, upload.pk))).content.decode()
    assert "names pictures, such as" in page


def test_a_version_keeps_its_pictures_and_names_each_that_is_bad(
    client: Client, similar: Project, tmp_path: Path
) -> None:
    bad = write_all_that_is_bad(tmp_path / "set.zip")
    version = frozen(similar, (tmp_path / "set.zip").read_bytes())
    page = html.unescape(client.get(reverse("version_detail", args=(similar.pk, 1))).content.decode())
    assert len(version.gallery) == 24 and page.partition('id="findings-title"')[0].count('loading="lazy"') == 24
    for picture_shown in version.gallery:
        assert picture_shown["words"] in ("shirt", "vase", "lamp")
        for name in ("datasets:picture", "datasets:thumbnail"):
            assert client.get(reverse(name, args=(version.pk, picture_shown["key"]))).status_code == 200
    assert "30 pictures: 24 to learn from" in page and f"Left out: {len(bad)} rows" in page
    book = load_workbook(io.BytesIO(client.get(reverse("version_rejected", args=(similar.pk, 1))).content))
    downloaded = [" ".join(map(str, row)) for row in book.active.iter_rows(values_only=True)]
    shown = page.partition('id="rejected-title"')[2].split("<tr>")
    for name, (cause, remedy) in bad.items():
        for rows in (shown, downloaded):
            assert [row for row in rows if name in row and cause in row and remedy in row], name


def test_pictures_that_look_the_same_are_shown_side_by_side(client: Client, similar: Project, tmp_path: Path) -> None:
    again = {"vase/again.jpg": encoded(picture("vase", 1), "JPEG", quality=92)}
    version = frozen(similar, zip_of(labelled() | again, tmp_path))
    page = client.get(reverse("version_detail", args=(similar.pk, 1))).content.decode()
    card = page.partition('id="finding-look_alikes"')[2].partition("</article>")[0]
    shown = re.findall(r'<img src="([^"]+)" alt="1.png ≈ again.jpg, picture \d"', card)
    assert len(set(shown)) == 2
    for address in shown:
        assert client.get(address)["Content-Type"] == "image/webp"
    assert "set aside for judging have labels that also occur" in page
    form = client.get(reverse("run_create", args=(similar.pk,))).content.decode()
    assert "set.zip, judged by" not in form
    version.questions = stored_and_read(similar, zip_of(labelled(), tmp_path), "mine.zip", Purpose.QUESTIONS)
    version.save(update_fields=["questions"])
    assert "set.zip, judged by mine.zip" in client.get(reverse("run_create", args=(similar.pk,))).content.decode()


def test_words_and_pictures_with_a_catalogue_become_a_version(owner: Person, tmp_path: Path) -> None:
    project = project_create(owner=owner, name="Stamps", task=Task.TEXT_IMAGE)
    more = {f"c/{n}.png": encoded(picture("lamp", 300 + n)) for n in range(5)}
    catalogue = stored_and_read(project, zip_of(more, tmp_path), "c.zip", Purpose.CATALOGUE)
    version = frozen(project, zip_of(words_and_pictures(), tmp_path), catalogue=catalogue)
    assert version.receipt["n_documents"] == 35 and version.pictures.size > 10_000


def test_a_version_of_pictures_continues_with_more(client: Client, similar: Project, tmp_path: Path) -> None:
    first = frozen(similar, zip_of(labelled(), tmp_path))
    client.post(reverse("row_drop", args=(similar.pk, 1, 1)))
    more = {"shirt/a.png": encoded(picture("shirt", 50)), "vase/b.png": encoded(picture("vase", 3))}
    added = stored_and_read(similar, zip_of(more, tmp_path), "shop-autumn.zip")
    page = client.get(reverse("upload_detail", args=(similar.pk, added.pk))).content.decode()
    assert (
        "Add to version 1" in page
        and f'value="{added.pk}">shop-autumn.zip'
        in client.get(reverse("version_detail", args=(similar.pk, 1))).content.decode()
    )
    with first.pictures.open("rb") as stored:
        before = stored.read()
    roles = {"role-0": "query", "role-1": "label", "then": "add", "to": "1"}
    client.post(reverse("upload_detail", args=(similar.pk, added.pk)), roles)
    longer = similar.versions.get(number=2)
    freeze_version(longer.pk, longer.attempt)
    longer.refresh_from_db()
    assert longer.status == "done", longer.error
    page = client.get(reverse("version_detail", args=(similar.pk, 2))).content.decode()
    words = "Version 2 = version 1 with 1 row dropped + shop-autumn.zip: 1 row added, 1 already there"
    assert f'<a href="{reverse("upload_detail", args=(similar.pk, added.pk))}">shop-autumn.zip</a>' in page
    assert words in page and "1 row of shop-autumn.zip says what is there already" in page
    assert longer.receipt["n_train"] + longer.receipt["n_test"] == 30
    data = client.get(reverse("data", args=(similar.pk,))).content.decode()
    assert "Next: data version 3" in data and data.index(">Version 2<") < data.index(">Version 1<")
    with first.pictures.open("rb") as stored:
        assert stored.read() == before
    address = reverse("upload_detail", args=(similar.pk, added.pk))
    assert "cannot be added to that data version" in client.post(address, {**roles, "to": "2"}).content.decode()
    assert similar.versions.count() == 2


def test_nothing_is_left_when_another_attempt_took_over(similar: Project, tmp_path: Path) -> None:
    examples = stored_and_read(similar, zip_of(labelled(), tmp_path), "set.zip")
    version = version_create(project=similar, examples=examples)
    freeze_version(version.pk, version.attempt - 1)
    version.refresh_from_db()
    assert not version.pictures and version.status == "queued"
