"""Pictures in the report, in a real browser: they are drawn, marked, opened, and fit a phone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.webapp.axe import serious_findings
from tests.webapp.reports.factory import realistic_ranks
from tests.webapp.reports.pictures import make_picture_run
from webapp.accounts.models import Person
from webapp.runs.models import Run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 20_000  # ms
Go = Callable[..., Page]


@pytest.fixture
def go(page: Page, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person) -> Go:
    """`go("report", run)` opens that page of the run; the owner is signed in."""
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])

    def opened(name: str, run: Run, *more: str) -> Page:
        page.goto(live_server.url + reverse(name, args=(run.project_id, run.number, *more)))
        return page

    return opened


def expect_drawn(pictures: Locator) -> None:
    """Every one of them was loaded and has pixels."""
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        handle = picture.element_handle()
        assert handle is not None
        handle.wait_for_element_state("visible")
        picture.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=handle)


@pytest.mark.parametrize("task", ["text-image", "image-image"])
def test_thumbnails_are_drawn_and_right_ones_marked(task: str, go: Go, owner: Person, tmp_path: Path) -> None:
    run = make_picture_run(owner, task, tmp_path, realistic_ranks(12), by_label=task == "image-image")
    page = go("report", run)
    rows = page.locator("#explorer .question-row")
    assert rows.count() == 12
    assert rows.locator("img").count() == 12  # what was searched with, or where that was words, what they look for
    expect_drawn(rows.locator("img"))
    page.locator("#explorer .is-won").first.click()
    window = page.get_by_role("dialog")
    expect(window.get_by_role("heading", name="After: your model")).to_be_visible(timeout=PATIENCE)
    found = window.locator(".list .result img")
    assert found.count() == 20
    expect_drawn(window.locator("img"))
    right = window.locator(".list.is-after .is-right")
    expect(right.first.get_by_text("Right", exact=True)).to_be_visible()  # not by colour alone
    assert all(image.get_attribute("alt") for image in found.all())
    assert all(image.get_attribute("loading") == "lazy" for image in found.all())


@pytest.mark.parametrize("task", ["text-image", "image-image"])
def test_a_question_is_accessible_and_fits_a_phone(task: str, go: Go, owner: Person, tmp_path: Path) -> None:
    run = make_picture_run(owner, task, tmp_path, realistic_ranks(12), by_label=task == "image-image")
    for theme in ("light", "dark"):
        page = go("report_question", run, "q3")
        assert serious_findings(page, theme) == []
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        columns = page.locator(".is-before .results").evaluate(
            "list => getComputedStyle(list).gridTemplateColumns.split(' ').length"
        )
        assert columns >= 2
        page.set_viewport_size({"width": 1280, "height": 800})
