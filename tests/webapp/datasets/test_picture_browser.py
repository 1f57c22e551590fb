"""Pictures in a real browser: a folder, many files, a ZIP; thumbnails, menus, the gallery; light, dark and narrow."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.trainer.data.pictures import encoded, labelled, picture, write_zip
from tests.webapp.axe import serious_findings
from tests.webapp.datasets.making import stored_and_read
from webapp.accounts.models import Person
from webapp.arrivals.models import Arrival
from webapp.datasets.jobs import freeze_version
from webapp.datasets.services import version_create
from webapp.projects.models import Project, Task
from webapp.projects.services import project_create

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 40_000  # ms; a worker may have to start first

"""Colours that are still changing have no contrast to measure."""


@pytest.fixture
def similar(owner: Person) -> Project:
    """A project that finds similar pictures."""
    return project_create(owner=owner, name="Shop photos", task=Task.IMAGE_IMAGE)


@pytest.fixture
def go(
    page: Page, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person
) -> Callable[..., Page]:
    """`go("data", project.pk)` opens that page for the owner."""
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])

    def opened(name: str, *args: object) -> Page:
        page.goto(live_server.url + reverse(name, args=args))
        return page

    return opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as on a person's disk: three labels, a bad picture, and what no one means."""
    root = tmp_path / "Shop"
    files = {**labelled(), "lamp/cut.jpg": encoded(picture("lamp", 9), "JPEG")[:400], "lamp/.DS_Store": b"x"}
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest.mark.worker
def test_from_a_folder_to_the_gallery(
    prepare_worker: None, go: Callable[..., Page], similar: Project, folder: Path, settings: Settings
) -> None:
    settings.RESUMABLE_BYTES = 1  # as if it were large: the browser packs it, and sends it in parts
    page = go("data", similar.pk)
    page.get_by_label("Folder: Examples").set_input_files(folder)
    expect(page.get_by_role("heading", name="What is each column?")).to_be_visible(timeout=PATIENCE)
    assert similar.uploads.get().name == Arrival.objects.get().name == "Shop.zip"
    expect(page.get_by_label("Column picture")).to_have_value("query")
    expect(page.locator(".picture-cell img").first).to_be_visible()
    expect(page.locator(".picture-cell img").first).to_have_js_property("naturalWidth", 72)
    page.get_by_role("button", name="Check my data").click()
    expect(page.locator(".receipt-sentence")).to_contain_text("30 pictures: 24 to learn from", timeout=PATIENCE)
    gallery = page.locator(".gallery img")
    expect(gallery).to_have_count(24)
    gallery.last.scroll_into_view_if_needed()
    expect(gallery.last).to_have_js_property("naturalWidth", 72)
    expect(page.get_by_role("heading", name="Left out: 1 row")).to_be_visible()
    expect(page.get_by_role("region", name="Rows that were left out")).to_contain_text("lamp/cut.jpg")


@pytest.mark.worker
def test_many_pictures_chosen_at_once_are_one_upload(
    prepare_worker: None, go: Callable[..., Page], similar: Project, folder: Path
) -> None:
    page = go("data", similar.pk)
    page.locator("#catalogue summary").first.click()
    page.get_by_label("File: My whole catalogue").set_input_files(sorted((folder / "vase").iterdir()))
    expect(page.get_by_role("heading", name="What is each column?")).to_be_visible(timeout=PATIENCE)
    assert similar.uploads.get().name == "10 pictures.zip"


def test_a_folder_without_files_is_refused_before_it_is_sent(
    go: Callable[..., Page], similar: Project, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".DS_Store").write_bytes(b"x")
    page = go("data", similar.pk)
    page.get_by_label("Folder: Examples").set_input_files(tmp_path / "empty")
    expect(page.locator("#examples [data-problem]")).to_contain_text("no file in this folder")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_pages_of_pictures_are_accessible_and_fit(
    go: Callable[..., Page], similar: Project, tmp_path: Path, width: int, scheme: str
) -> None:
    content = write_zip(tmp_path / "set.zip", {**labelled(), "lamp/no.png": b"no picture"}).read_bytes()
    upload = stored_and_read(similar, content, "set.zip")
    version = version_create(project=similar, examples=upload)
    freeze_version(version.pk, version.attempt)
    for name, args in (
        ("project_create", ()),
        ("data", (similar.pk,)),
        ("upload_detail", (similar.pk, upload.pk)),
        ("version_detail", (similar.pk, 1)),
    ):
        page = go(name, *args)
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert serious_findings(page, scheme) == []  # type: ignore[arg-type]
