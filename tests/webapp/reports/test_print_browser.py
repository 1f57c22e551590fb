"""The report on paper: what a print shows, in which colours, at which width."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.rows import make_run, make_version
from tests.webapp.search.test_blind import cast_votes
from webapp.accounts.models import Person
from webapp.runs.models import Run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 20_000  # ms
LIGHT_BEFORE = "rgb(104, 115, 138)"
"""The colour of "before" in the light theme."""


@pytest.fixture
def report_page(page: Page, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person) -> Page:
    """A report in the dark theme, drawn."""
    run: Run = make_run(make_version(owner), make_report(realistic_ranks(60), known=40))
    cast_votes(run, "a", "Ann Secret", ["after"] * 12 + ["before"] * 3)
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.emulate_media(color_scheme="dark")
    page.goto(live_server.url + reverse("report", args=(run.project_id, run.number)))
    expect(page.locator("[data-chart=wins]")).to_have_attribute("data-drawn", "yes", timeout=PATIENCE)
    return page


def colour_of_bars(page: Page, chart: str) -> str:
    bar = page.locator(f"[data-chart='{chart}'] .bars .point path").first
    return str(bar.evaluate("path => getComputedStyle(path).fill"))


def test_for_paper_every_chart_is_drawn_light_and_fits(report_page: Page) -> None:
    page = report_page
    assert colour_of_bars(page, "places") != LIGHT_BEFORE
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 680, "height": 900})  # of A4 between its margins
    assert colour_of_bars(page, "places") == LIGHT_BEFORE
    hidden_before = page.locator("[data-chart='metric-map']")
    expect(hidden_before).to_have_attribute("data-drawn", "yes", timeout=PATIENCE)
    assert colour_of_bars(page, "metric-map") == LIGHT_BEFORE
    for chart in page.locator("[data-chart][data-drawn] .main-svg:first-child").all():
        assert chart.evaluate("svg => svg.getBoundingClientRect().right") <= 680
    for control in (".topbar", "ol.steps", ".tabs", ".page-head .actions", "#questions", "#take", ".figure-notes"):
        expect(page.locator(control).first).to_be_hidden()
    expect(page.get_by_text("That is more than chance: the 95% interval of that share is 52% to 96%.")).to_be_visible()
    for chart in page.locator("[data-chart]").all():  # no room is left below a drawing
        assert chart.evaluate("e => e.clientHeight - e.querySelector('.main-svg').clientHeight") < 12
    expect(page.get_by_text("Help desk → articles").locator("visible=true")).to_have_count(1)
    page.emulate_media(media="screen", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator("[data-chart='places'] .bars .point path").first).not_to_have_css("fill", LIGHT_BEFORE)


def test_the_pdf_has_pages_of_a4_with_all_measures(report_page: Page, tmp_path: Path) -> None:
    path, charts = tmp_path / "report.pdf", report_page.locator("[role=tabpanel] [data-chart]")
    report_page.evaluate("() => { window.print = () => document.body.setAttribute('data-printed', ''); }")
    report_page.get_by_text("Export", exact=True).click()
    report_page.get_by_role("button", name="Print or save as PDF").click()
    report_page.locator("[data-printed]").wait_for(timeout=PATIENCE)  # it prints when all is drawn
    report_page.pdf(path=path, prefer_css_page_size=True, print_background=True)
    content = path.read_bytes()
    pages = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert 5 <= len(pages) <= 10
    assert all((round(float(width)), round(float(height))) == (595, 842) for width, height in pages)
    shown = report_page.locator("[role=tabpanel] [data-chart][data-drawn]").count()
    assert shown == charts.count() > 3
