"""Compare runs in a real browser: the chart, the keyboard, a phone, and no problem that a checker finds."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.webapp.axe import serious_findings
from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 20_000  # ms


@pytest.fixture
def compare_page(page: Page, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person) -> Page:
    """Three finished runs, the newest three compared."""
    version = make_version(owner)
    for title in ("MiniLM L6 (English)", "MiniLM L6 (English)", "<b>Another</b> base model of a long name"):
        make_run(version, make_report(realistic_ranks(40, seed=3), base_model=title, base_model_title=title))
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("compare_runs", args=(version.project_id,)))
    return page


def test_every_system_is_drawn_with_its_interval(compare_page: Page) -> None:
    page = compare_page
    chart = page.locator("[data-chart=compare]")
    expect(chart).to_have_attribute("data-drawn", "yes", timeout=PATIENCE)
    assert chart.locator(".scatterlayer path.point").count() == 6  # three runs, two base models, keyword search
    assert chart.locator(".scatterlayer path.xerror").count() == 6
    expect(chart.locator(".ytick", has_text="<b>Another</b>")).to_have_count(1)
    assert page.locator(".lead-row").count() == 6


def test_by_keyboard_another_choice_is_compared(compare_page: Page) -> None:
    page = compare_page
    page.get_by_role("checkbox", name="Run 3").focus()
    page.keyboard.press("Space")
    page.get_by_label("Measure in the chart").focus()
    page.keyboard.type("Right item among the first 3")
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?run=2&run=1&metric=hit%403$"))
    expect(page.locator("#chart-compare h3")).to_contain_text("Right item among the first 3: ")
    expect(page.get_by_role("heading", name="What was done differently")).to_be_visible()


def test_it_is_accessible_and_fits_a_phone(compare_page: Page) -> None:
    page = compare_page
    expect(page.locator("[data-chart=compare]")).to_have_attribute("data-drawn", "yes", timeout=PATIENCE)
    for theme in ("dark", "light"):
        assert serious_findings(page, theme) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
