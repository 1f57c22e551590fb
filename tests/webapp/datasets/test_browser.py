"""The first half of the journey in a real browser: sample, upload, menus, check, receipt."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.webapp.axe import serious_findings
from tests.webapp.datasets.making import csv_bytes, frozen_version, rows_of_examples, stored_and_read
from webapp.accounts.models import Person
from webapp.projects.models import Project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ClientOf = Callable[[Person], Client]
PATIENCE = 40_000  # ms; a worker may have to start first

"""Colours that are still changing have no contrast to measure."""


@pytest.fixture
def signed_in(page: Page, live_server: LiveServer, client_of: ClientOf, owner: Person) -> Page:
    """A page of a browser in which the owner is signed in."""
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page


@pytest.fixture
def go(signed_in: Page, live_server: LiveServer) -> Callable[..., Page]:
    """`go("data", project.pk)` opens that page."""

    def opened(name: str, *args: object) -> Page:
        signed_in.goto(live_server.url + reverse(name, args=args))
        return signed_in

    return opened


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table whose headings mislead: what is called answer is the question."""
    path = tmp_path / "tickets.csv"
    path.write_bytes(csv_bytes([*rows_of_examples(), ("", "Order a badge")], ("answer", "question")))
    return path


@pytest.mark.worker
def test_from_upload_to_receipt(prepare_worker: None, go: Callable[..., Page], project: Project, table: Path) -> None:
    page = go("data", project.pk)
    page.get_by_label("File: Examples").set_input_files(table)
    expect(page.get_by_role("heading", name="What is each column?")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_label("Column answer")).to_have_value("document")
    page.get_by_label("Column answer").select_option(label="Question")
    page.get_by_label("Column question").select_option(label="Item that matches")
    page.get_by_role("button", name="Check my data").click()
    expect(page.locator(".receipt-sentence")).to_contain_text("60 questions:", timeout=PATIENCE)
    expect(page.get_by_role("img", name="48 to learn and choose by: 48 questions drawn")).to_be_visible()
    expect(page.get_by_role("img", name="12 to judge: 12 questions drawn")).to_be_visible()
    square = page.locator(".split-judge rect").last.bounding_box()
    assert square and square["width"] > 5
    assert square["x"] + square["width"] < page.viewport_size["width"]  # type: ignore[index]
    expect(page.get_by_role("heading", name="Left out: 1 row")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as Excel, with reasons").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    assert project.versions.get().examples.roles == {"answer": "query", "question": "document"}
    expect(page.get_by_role("link", name="Choose a base model and start")).to_be_visible()


@pytest.mark.worker
def test_the_sample_leads_to_the_start_page(
    prepare_worker: None, signed_in: Page, live_server: LiveServer, owner: Person
) -> None:
    signed_in.goto(live_server.url)
    signed_in.get_by_role("button", name="Try it with sample data").click()
    signed_in.wait_for_url("**/runs/new/?data=1", timeout=PATIENCE)
    assert Project.objects.get().is_sample


def test_a_file_is_uploaded_with_the_keyboard_alone(go: Callable[..., Page], project: Project, table: Path) -> None:
    page = go("data", project.pk)
    page.on("filechooser", lambda _: None)  # now, for the browser takes a moment before it reports choosers
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "file":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement.closest('.dropzone')).outlineStyle")
    assert outline == "solid"
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(table)
    page.wait_for_url("**/uploads/*/")
    assert project.uploads.get().file.read() == table.read_bytes()


def test_a_dropped_file_is_uploaded(go: Callable[..., Page], project: Project) -> None:
    page = go("data", project.pk)
    data = page.evaluate_handle(
        "() => { const t = new DataTransfer(); t.items.add(new File(['a,b\\n1,2\\n'], 'dropped.csv')); return t; }"
    )
    page.locator("#examples .dropzone").dispatch_event("drop", {"dataTransfer": data})
    page.wait_for_url("**/uploads/*/")
    assert project.uploads.get().name == "dropped.csv"


def test_a_file_chosen_before_the_script_came_is_uploaded(
    signed_in: Page, live_server: LiveServer, project: Project, table: Path
) -> None:
    page = signed_in
    held: list[Route] = []
    page.route("**/js/upload.js", lambda route: held.append(route), times=1)
    page.goto(live_server.url + reverse("data", args=(project.pk,)), wait_until="commit")
    page.get_by_label("File: Examples").set_input_files(table)
    assert held
    held[0].continue_()
    page.wait_for_url("**/uploads/*/")
    assert project.uploads.get().name == "tickets.csv"


def test_going_back_after_an_upload_shows_the_page_as_it_is_now(
    keeping_page: Page, live_server: LiveServer, client_of: ClientOf, owner: Person, project: Project, table: Path
) -> None:
    page, cookie = keeping_page, client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("data", args=(project.pk,)))
    page.get_by_label("File: Examples").set_input_files(table)
    page.wait_for_url("**/uploads/*/")
    page.evaluate("history.back()")
    expect(page.locator("#examples .dropzone")).to_be_visible()
    expect(page.locator("#examples [data-progress]")).to_be_hidden()
    expect(page.locator("#examples")).to_contain_text("tickets.csv")


def test_refusals_are_explained_and_lose_nothing(go: Callable[..., Page], project: Project, tmp_path: Path) -> None:
    page = go("data", project.pk)
    field = page.get_by_label("File: Examples")
    problem = page.locator("#examples [data-problem]")
    (tmp_path / "empty.csv").write_bytes(b"")
    field.set_input_files(tmp_path / "empty.csv")
    expect(problem).to_contain_text("“empty.csv” is empty (0 bytes).")
    page.locator("#examples form").evaluate("form => form.dataset.limit = 10")
    (tmp_path / "big.csv").write_bytes(b"x" * 2000)
    field.set_input_files(tmp_path / "big.csv")
    expect(problem).to_contain_text("the limit is")
    page.locator("#examples form").evaluate("form => form.dataset.limit = 10000")
    (tmp_path / "letter.docx").write_bytes(b"PK")
    field.set_input_files(tmp_path / "letter.docx")
    expect(problem).to_contain_text("is not a kind of file that Tailor reads.")
    expect(page.locator("#examples .dropzone")).to_be_visible()
    assert not project.uploads.exists()
    page.problems.clear()  # type: ignore[attr-defined]  # the browser reports the 422 of the refusal


def test_an_upload_can_be_cancelled(go: Callable[..., Page], project: Project, table: Path) -> None:
    page = go("data", project.pk)
    held: list[Route] = []
    page.route("**/uploads/", lambda route: held.append(route))  # the server never answers
    page.get_by_label("File: Examples").set_input_files(table)
    expect(page.get_by_role("progressbar", name="Upload")).to_be_visible()
    expect(page.locator("#examples [data-name]")).to_have_text("tickets.csv")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#examples [data-problem]")).to_contain_text("was cancelled")
    expect(page.locator("#examples .dropzone")).to_be_visible()
    assert not project.uploads.exists()
    for route in held:
        route.abort()
    page.problems.clear()  # type: ignore[attr-defined]


def test_deleting_asks_first_and_escape_keeps_the_project(go: Callable[..., Page], project: Project) -> None:
    page = go("project_detail", project.pk)
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete “Help desk”?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert Project.objects.exists()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete the project").click()
    expect(page.get_by_role("status")).to_contain_text("were deleted")
    assert not Project.objects.exists()


def test_pages_fit_a_phone_and_have_no_serious_barrier(go: Callable[..., Page], project: Project) -> None:
    frozen_version(project)
    odd = stored_and_read(project, csv_bytes([("Grüße", "Straße")] * 3).decode().encode("cp1252"), "n" * 120 + ".csv")
    bad = stored_and_read(project, b"question,answer\n", "only-headings.csv")
    good = project.versions.get().examples
    pages: list[tuple[object, ...]] = [
        ("project_list",),
        ("project_create",),
        ("project_detail", project.pk),
        ("data", project.pk),
        *(("upload_detail", project.pk, upload.pk) for upload in (good, odd, bad)),
        ("version_detail", project.pk, 1),
        ("account",),
        ("people",),
    ]
    for number, address in enumerate(pages):
        page = go(*address)
        page.set_viewport_size({"width": 390, "height": 800})
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{address} is {width} px wide"
        assert serious_findings(page, "dark" if number % 2 else "light") == []
