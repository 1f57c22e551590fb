"""Every page of Tailor, light and dark, before axe-core: nothing serious or critical, nothing in the console, no
request to any other server; and the whole report by keyboard alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.webapp.axe import serious_findings
from tests.webapp.datasets.making import frozen_version
from tests.webapp.reports.drawn import with_figures
from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.pictures import as_pictures, make_picture_version
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.projects.models import Project
from webapp.runs.models import Run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FULL = {"title": "The disk is full", "cause": "No room was left.", "remedy": "Make room.", "detail": "Errno 28"}
PATIENCE = 30_000  # ms


@pytest.fixture
def signed_in(page: Page, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person) -> Page:
    """A browser in which the owner is signed in."""
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page


@pytest.fixture
def text_run(owner: Person) -> Run:
    """The first of two finished runs about texts; a third one failed."""
    version = make_version(owner)
    run = make_run(version, with_figures(make_report(realistic_ranks(90), known=60)))
    make_run(version, make_report(realistic_ranks(60, seed=5)))
    make_run(version, status="failed", stage="fit", error=FULL)
    return run


@pytest.fixture
def label_run(owner: Person, tmp_path: Path) -> Run:
    """A finished run about pictures with labels."""
    version, keys = make_picture_version(owner, "image-image", tmp_path, queries=40)
    report = as_pictures(make_report(realistic_ranks(40)), "image-image", keys, by_label=True)
    return make_run(version, with_figures(report, segments=False))


def check(page: Page, address: str, ready: str = "h1", status: int = 200) -> None:
    """Fails on what axe-core calls serious or critical, in light colours, and again on contrast in dark ones."""
    for theme, rules in (("light", ()), ("dark", ("color-contrast",))):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        answer = page.goto(address)
        assert answer is not None and answer.status == status
        expect(page.locator(ready).first).to_be_visible(timeout=PATIENCE)
        for details in page.locator("main details").all():
            details.evaluate("element => { element.open = true; }")
        found = serious_findings(page, only=rules)
        assert not found, "\n".join(found)


PAGES = (
    ("project_list", ()),
    ("project_create", ()),
    ("project_detail", ("project",)),
    ("data", ("project",)),
    ("upload_detail", ("project", "upload")),
    ("version_detail", ("project", "version")),
    ("run_create", ("project",)),
    ("run_detail", ("project", "run")),
    ("report", ("project", "run")),
    ("report_question", ("project", "run", "question")),
    ("compare_runs", ("project",)),
    ("search", ("project", "run")),
    ("account", ()),
    ("people", ()),
)


@pytest.mark.parametrize(("name", "parts"), PAGES, ids=[name for name, _ in PAGES])
def test_every_page_is_accessible(
    name: str,
    parts: tuple[str, ...],
    signed_in: Page,
    live_server: LiveServer,
    text_run: Run,
    redis_server: redis.Redis,
) -> None:
    known = {"project": text_run.project_id, "run": text_run.number, "question": "q3"}
    if "version" in parts or "upload" in parts:
        project = Project.objects.create(owner=text_run.project.owner, name="Tickets")
        version = frozen_version(project)  # really read and checked: these pages tell all of it
        known |= {"project": project.pk, "version": version.number, "upload": version.examples_id}
    ready = "[data-chart=map][data-drawn]" if name == "report" else "h1"
    check(
        signed_in,
        live_server.url + reverse(name, args=[known[part] for part in parts]),
        ready,
    )


@pytest.mark.parametrize("name", ["project_detail", "run_create", "report", "report_question", "search"])
def test_every_page_about_pictures_is_accessible(
    name: str, signed_in: Page, live_server: LiveServer, label_run: Run, redis_server: redis.Redis
) -> None:
    more = {"project_detail": [], "run_create": [], "report_question": [label_run.number, "q3"]}
    ready = "[data-chart=confusion][data-drawn]" if name == "report" else "h1"
    check(
        signed_in,
        live_server.url + reverse(name, args=[label_run.project_id, *more.get(name, [label_run.number])]),
        ready,
    )


def test_a_failed_run_and_a_page_that_does_not_exist_are_accessible(
    signed_in: Page, live_server: LiveServer, text_run: Run
) -> None:
    check(signed_in, live_server.url + reverse("run_detail", args=(text_run.project_id, 3)))
    check(signed_in, live_server.url + "/projects/999/", status=404)
    signed_in.problems.clear()  # type: ignore[attr-defined]  # the browser notes the 404 that was asked for


def test_the_report_by_keyboard_alone(signed_in: Page, live_server: LiveServer, text_run: Run) -> None:
    page = signed_in
    page.goto(live_server.url + reverse("report", args=(text_run.project_id, text_run.number)))
    expect(page.locator("[data-chart=metric-hit][data-drawn]")).to_be_visible(timeout=PATIENCE)
    press_until(page, "[role=tab]")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#panel-metric-ndcg [data-chart][data-drawn]")).to_be_visible(timeout=PATIENCE)
    press_until(page, "#chart-metric-ndcg summary")
    page.keyboard.press("Enter")
    expect(page.locator("#chart-metric-ndcg details").first).to_have_attribute("open", "")
    press_until(page, "a.outcome.is-lost")
    page.keyboard.press("Enter")
    expect(page.locator("#explorer .is-lost").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator("[data-chart=metric-hit][data-drawn]")).to_be_visible(timeout=PATIENCE)
    press_until(page, "a[data-question]")
    chosen = page.evaluate("document.activeElement.textContent.trim()")
    page.keyboard.press("Enter")
    window = page.get_by_role("dialog")
    expect(window.get_by_role("heading", name="After: your model")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("document.activeElement.closest('dialog') !== null"), "the window has the keyboard"
    page.keyboard.press("Escape")
    expect(window).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent.trim()") == chosen, "and gives it back"


def press_until(page: Page, wanted: str, most: int = 150) -> None:
    """Presses Tab until an element that fits `wanted` has the keyboard; which must then be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            assert page.evaluate(
                """() => { const style = getComputedStyle(document.activeElement);
                   return style.outlineStyle !== 'none' || style.boxShadow !== 'none'; }"""
            ), f"{wanted} does not show that it has the keyboard"
            return
    raise AssertionError(f"Tab never came to {wanted}")
