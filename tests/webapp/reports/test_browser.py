"""The second half of the journey in a real browser: what is drawn, what opens, what moves; no CSP error."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.webapp.axe import serious_findings
from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion, Upload
from webapp.runs.models import Run, RunEvent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 20_000  # ms; the chart library is large and the machine may be busy
Go = Callable[..., Page]

"""Colours that are still changing have no contrast to measure."""


@pytest.fixture
def version(owner: Person) -> DatasetVersion:
    """Ready data of the owner."""
    return make_version(owner)


@pytest.fixture
def run(version: DatasetVersion) -> Run:
    """A finished run with 60 questions."""
    return make_run(version, make_report(realistic_ranks(60), known=40))


@pytest.fixture
def go(page: Page, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person) -> Go:
    """`go("report", run)` opens that page of the run; the owner is signed in."""
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])

    def opened(name: str, run: Run, query: str = "") -> Page:
        page.goto(live_server.url + reverse(name, args=(run.project_id, run.number)) + query)
        return page

    return opened


def drawn(page: Page, chart: str) -> Any:
    """The chart's place on the page, once it is drawn."""
    place = page.locator(f"[data-chart='{chart}']")
    expect(place).to_have_attribute("data-drawn", "yes", timeout=PATIENCE)
    return place


def heights(place: Any) -> list[float]:
    """The drawn heights of the bars, in pixels."""
    return [round(bar.bounding_box()["height"], 1) for bar in place.locator(".bars .point path").all()]


def test_charts_are_drawn_as_the_report_says(go: Go, run: Run) -> None:
    page = go("report", run)
    hits = drawn(page, "metric-hit")
    bars = heights(hits)
    assert len(bars) == 10
    assert bars[:5] == sorted(bars[:5])  # hits can only rise with k
    assert bars[1] < bars[6]  # among the first 3: after is higher than before
    assert hits.locator(".scatterlayer path.point").count() == 5  # the keyword search
    colours = {path.evaluate("path => getComputedStyle(path).fill") for path in hits.locator(".bars .point path").all()}
    assert len(colours) == 2
    assert drawn(page, "wins").locator(".bars .point path").count() == 60
    assert drawn(page, "places").locator(".bars .point path").count() == 10
    assert drawn(page, "tried").locator(".scatterlayer .trace").count() == 4  # base, two ways, the ring
    assert drawn(page, "validation").locator(".scatterlayer .trace").count() == 2
    assert drawn(page, "loss").locator(".scatterlayer path.js-line").count() == 1
    expect(drawn(page, "places").locator(".xtick text").first).to_have_text("1st place")


def test_measures_switch_and_colours_follow_the_theme(go: Go, run: Run) -> None:
    page = go("report", run)
    before = drawn(page, "metric-hit").locator(".bars .point path").last.evaluate("path => getComputedStyle(path).fill")
    page.get_by_role("button", name="Switch between light and dark").click()
    after = page.locator("[data-chart='metric-hit'] .bars .point path").last
    expect(after).not_to_have_css("fill", before)
    page.get_by_role("tab", name="How early").click()
    assert len(heights(drawn(page, "metric-mrr"))) == 10
    expect(page.locator("[data-chart='metric-hit']")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Ranking quality")).to_be_focused()


def test_going_back_to_a_search_within_the_report_keeps_it_and_the_charts(go: Go, run: Run) -> None:
    page = go("report", run)
    drawn(page, "wins")
    field = page.get_by_label("Find questions with these words")
    field.fill("password home")
    expect(page).to_have_url(re.compile("text=password"), timeout=PATIENCE)
    page.evaluate("location.hash = '#content'")  # a place on the same page, as the link for keyboards does
    page.evaluate("history.back()")
    expect(page).to_have_url(re.compile("text=password[^#]*$"), timeout=PATIENCE)
    expect(page.locator("#explorer [role=status]")).to_contain_text("2 questions", timeout=PATIENCE)
    expect(field).to_have_value("password home")
    expect(drawn(page, "wins").locator(".bars .point path").first).to_be_visible()
    page.get_by_role("tab", name="How early").click()  # the scripts are there too
    drawn(page, "metric-mrr")


def test_questions_open_from_the_list_and_from_the_chart(go: Go, run: Run) -> None:
    page = go("report", run)
    page.get_by_label("Find questions with these words").fill("password home")
    expect(page.locator("#explorer [role=status]")).to_contain_text("2 questions", timeout=PATIENCE)
    assert "text=password" in page.url
    page.locator("#explorer a[data-question]").first.click()
    window = page.get_by_role("dialog")
    expect(window.get_by_role("heading", name="After: your model")).to_be_visible(timeout=PATIENCE)
    assert window.locator(".list.is-before .result").count() == 10
    page.keyboard.press("Escape")
    expect(window).to_be_hidden()
    page.locator(".explorer-controls .chip", has_text="Lost").click()
    page.get_by_label("Find questions with these words").fill("")
    expect(page.locator("#explorer .question-row.is-won")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("#explorer .question-row.is-lost").first).to_be_visible(timeout=PATIENCE)
    drawn(page, "wins").locator(".bars .point path").first.hover(force=True)
    page.mouse.down()
    page.mouse.up()
    expect(window).to_contain_text("Won", timeout=PATIENCE)


def test_a_running_run_draws_what_it_learns_and_leads_to_its_report(go: Go, version: DatasetVersion) -> None:
    run = make_run(version, status="running", stage="fit", fraction=0.4, seconds_left=60)
    RunEvent.objects.create(run=run, attempt=1, kind="validation", data={"epoch": 0, "score": 0.4})
    page = go("run_detail", run)
    score = page.locator("[data-score]")
    expect(score).to_have_attribute("data-drawn", "yes", timeout=PATIENCE)
    expect(page.locator("[data-score-title]")).to_have_text("Base model: 40.0 points. What it learns is judged next")
    for step in range(1, 21):
        RunEvent.objects.create(run=run, attempt=1, kind="loss", data={"step": step, "loss": 2 / step})
    RunEvent.objects.create(run=run, attempt=1, kind="validation", data={"epoch": 1, "score": 0.5})
    expect(page.locator("[data-loss]")).to_have_attribute("data-drawn", "yes", timeout=PATIENCE)
    expect(score.locator(".scatterlayer .trace")).to_have_count(2, timeout=PATIENCE)
    # Else it is cut off at the right, where the other chart came beside it.
    page.wait_for_function(
        "() => { const chart = document.querySelector('[data-score]');"
        " return chart.querySelector('svg').clientWidth <= chart.clientWidth; }",
        timeout=PATIENCE,
    )
    expect(page.locator("[data-score-title]")).to_contain_text("50.0 points, base model 40.0")
    RunEvent.objects.create(run=run, attempt=1, kind="validation", data={"epoch": 2, "score": 0.6})
    Run.objects.filter(pk=run.pk).update(fraction=0.7)
    expect(page.locator("[data-score-title]")).to_contain_text("60.0 points", timeout=PATIENCE)
    expect(page.locator("[data-percent]")).to_have_text("70")
    assert page.title().startswith("70%")
    assert score.locator(".scatterlayer path.point").count() == 3
    done = make_run(version, make_report([(2, 1, 1)]))
    Run.objects.filter(pk=run.pk).update(status="done", report=done.report.name, model=done.model.name)
    expect(page.get_by_role("heading", name=f"Report of run {run.number}")).to_be_visible(timeout=PATIENCE)


def test_trainings_with_other_judges_are_dots_and_an_empty_chart_is_not_shown(go: Go, version: DatasetVersion) -> None:
    DatasetVersion.objects.filter(pk=version.pk).update(receipt={**version.receipt, "n_validation": 0})
    version.refresh_from_db()
    run = make_run(version, status="running", stage="fit", fraction=0.4, seconds_left=60)
    for epoch, value in ((0, 0.4), (3, 0.5), (6, 0.45)):
        RunEvent.objects.create(run=run, attempt=1, kind="validation", data={"epoch": epoch, "score": value})
    page = go("run_detail", run)
    score = page.locator("[data-score]")
    expect(score).to_have_attribute("data-drawn", "yes", timeout=PATIENCE)
    expect(page.locator("[data-score-title]")).to_contain_text("50.0 points at best, base model 40.0")
    assert score.locator(".scatterlayer path.point").count() == 2
    assert score.locator(".scatterlayer path.js-line").count() == 1, "the base model's alone"
    expect(page.locator("[data-loss-title]")).to_be_hidden()


def test_cancel_asks_first(go: Go, version: DatasetVersion) -> None:
    page = go("run_detail", make_run(version))
    page.get_by_role("button", name="Cancel the run").click()
    page.get_by_role("button", name="Let it run").click()
    page.get_by_role("button", name="Cancel the run").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_text("This run was cancelled.")).to_be_visible()


def test_times_follow_the_chosen_model(go: Go, run: Run, page: Page, live_server: LiveServer) -> None:
    go("run_detail", run)
    page.goto(live_server.url + reverse("run_create", args=(run.project_id,)))
    time = page.locator("[data-chosen-time]")
    expect(time).not_to_be_empty()
    before = time.text_content()
    page.get_by_role("radio", name="Thorough").check()
    assert time.text_content() != before
    expect(page.get_by_label("Folder", exact=True)).to_be_hidden()
    page.get_by_role("radio", name="Another model").check()
    expect(page.get_by_label("Folder", exact=True)).to_be_visible()


def test_search_without_a_worker_says_so(go: Go, run: Run) -> None:
    page = go("search", run)
    expect(page.get_by_label("What are you looking for?")).to_be_focused()
    page.keyboard.type("lost key")
    expect(page.locator("#results")).to_contain_text("The search is not running at the moment.", timeout=PATIENCE)
    expect(page).to_have_url(re.compile(r"\?q=lost\+key$"), timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(page.locator("#results")).to_contain_text("Ask something", timeout=PATIENCE)


def test_what_is_typed_during_a_search_is_asked_after_it(go: Go, run: Run) -> None:
    page = go("search", run)
    asked: list[str] = []
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        asked.append(urlsplit(route.request.url).query)
        if len(asked) == 1:
            held.append(route)
        else:
            route.continue_()

    question = page.get_by_label("What are you looking for?")
    page.route("**/search/results/*", hold_the_first)
    question.fill("lost")
    expect(page.locator("#search-wait")).to_have_class(re.compile("htmx-request"), timeout=PATIENCE)
    question.fill("lost k")
    page.wait_for_timeout(400)  # longer than the pause after which a question is asked
    question.fill("lost key")
    page.wait_for_timeout(400)
    assert asked == ["q=lost"]
    held[0].continue_()
    expect(page).to_have_url(re.compile(r"\?q=lost\+key$"), timeout=PATIENCE)
    assert asked[:2] == ["q=lost", "q=lost%20key"]


def test_every_page_fits_a_phone_and_a_run_that_waits_is_accessible(go: Go, run: Run, version: DatasetVersion) -> None:
    """That the others are, tests/webapp/test_accessibility.py shows."""
    waiting = make_run(version)
    for name, shown in (("run_detail", waiting), ("report", run), ("search", run)):
        page = go(name, shown)
        if name == "report":
            drawn(page, "wins")
        if shown is waiting:
            assert serious_findings(page, "light") == [] == serious_findings(page, "dark")
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.set_viewport_size({"width": 1280, "height": 800})


def test_on_a_phone_runs_and_data_versions_are_read_without_scrolling_sideways(
    page: Page, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person, run: Run
) -> None:
    Upload.objects.update(name="questions of the help desk and the articles that answered them.csv")
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(live_server.url + reverse("project_detail", args=(run.project_id,)))
    tables = page.locator(".table-wrap")
    expect(tables).to_have_count(2)
    assert tables.evaluate_all("all => all.map(each => each.scrollWidth - each.clientWidth)") == [0, 0]
    for words in ("Base model", "To judge"):  # what the hidden headings said, beside each value
        cell = page.locator(f'td[data-label="{words}"]')
        assert words in cell.evaluate("cell => getComputedStyle(cell, '::before').content")
