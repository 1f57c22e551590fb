"""The report as one file, opened from the disk in a real browser whose network is cut."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.webapp.axe import serious_findings
from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.pictures import make_picture_run
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.reports.charts import report_charts
from webapp.reports.offline import offline_report
from webapp.runs.models import Run
from webapp.runs.reports import report_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
PATIENCE = 20_000  # ms; the chart library is large and the machine may be busy
HOSTILE = (
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "line\u2028separator\u2029 and \u202eright to left\u202c",
    '=HYPERLINK("https://example.com")',
    "${window.hacked = 1} {{ 7 }} --> ]]> <!--",
)


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[[Run], Page]]:
    """`opened(run)`: its file in a browser without a network. Any request, script error or console error fails."""
    context = browser.new_context()
    context.set_offline(True)
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            problems.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith(("data:", "blob:", f"file://{tmp_path}/report.html")):
            problems.append(f"request: {request.url}")

    def open_file(run: Run) -> Page:
        report = report_of(run=run)
        assert report is not None
        path = tmp_path / "report.html"
        path.write_bytes(offline_report(run=run, report=report))
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
        page.on("request", asked)
        page.goto(path.as_uri())
        return page

    yield open_file
    context.close()
    assert not problems, "\n".join(problems)


def drawn(page: Page, chart: str) -> Any:
    """The chart's place, once it is drawn."""
    place = page.locator(f"[data-chart='{chart}']")
    expect(place).to_have_attribute("data-drawn", "yes", timeout=PATIENCE)
    return place


def test_every_chart_is_drawn_in_both_themes(opened: Callable[[Run], Page], owner: Person) -> None:
    report = make_report(realistic_ranks(60), known=40)
    page = opened(make_run(make_version(owner), report))
    names = [chart["name"] for chart in report_charts(report)]  # type: ignore[arg-type]
    assert page.locator("[data-chart]").count() == len(names)
    for name in names:
        if name.startswith("metric-"):
            page.locator(f"#tab-{name}").click()
        assert drawn(page, name).locator(".bars .point path, .scatterlayer path.js-line").count() >= 1
    bars = drawn(page, "wins").locator(".bars .point path")
    assert bars.count() == 60
    light = bars.first.evaluate("path => getComputedStyle(path).fill")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(bars.first).not_to_have_css("fill", light, timeout=PATIENCE)


def test_questions_can_be_searched_filtered_and_opened(opened: Callable[[Run], Page], owner: Person) -> None:
    report = make_report(realistic_ranks(60), known=40)
    for number, query in enumerate(report["queries"]):
        query["segment"] = "billing" if number % 3 else "travel"
    page = opened(make_run(make_version(owner), report))
    rows = page.locator(".question-row")
    expect(page.locator("[data-count]")).to_have_text("60 questions, 1 to 25 shown.")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("[data-count]")).to_have_text("60 questions, 26 to 50 shown.")
    page.get_by_role("searchbox").fill("(7)")
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    page.get_by_label("Segment", exact=True).select_option("travel")
    expect(page.locator("[data-count]")).to_have_text("20 questions.")
    page.get_by_label("Segment", exact=True).select_option("")
    lost = sum(1 for query in report["queries"] if _lost(query["before"]["rank"], query["after"]["rank"]))
    page.locator(".outcome.is-lost").click()
    expect(page.locator("[data-count]")).to_have_text(re.compile(rf"^{lost} question"))
    assert rows.count() == min(lost, 25)
    rows.first.focus()
    page.keyboard.press("Enter")
    window = page.locator("#question-window")
    expect(window.locator(".list")).to_have_count(2)
    assert window.locator(".list.is-before .result").count() == 10
    expect(window.locator(".result.is-right").first).to_contain_text("Right answer")
    page.keyboard.press("Escape")
    expect(window).to_be_hidden()
    drawn(page, "wins").locator(".draglayer .nsewdrag").click(position={"x": 3, "y": 100})
    expect(window.locator("#question-title")).to_be_visible()


def _lost(before: int | None, after: int | None) -> bool:
    return before is not None and (after is None or after > before)


def test_hostile_texts_stay_texts(opened: Callable[[Run], Page], owner: Person) -> None:
    report = make_report([(2, 1, 1)] * len(HOSTILE))
    for number, text in enumerate(HOSTILE):
        report["queries"][number]["query"] = f"{number} {text}"
        report["documents"][f"d{number}"] = f"right {text}"
        report["queries"][number]["segment"] = text
    run = make_run(make_version(owner, name="</title><script>window.hacked = 1</script>"), report)
    page = opened(run)
    drawn(page, "wins")
    assert page.locator(".question-row").count() == len(HOSTILE)
    for number, text in enumerate(HOSTILE):
        page.locator(".question-row").nth(number).click()
        window = page.locator("#question-window")
        assert window.locator("h2").text_content() == f"{number} {text}"
        assert f"right {text}" in window.locator(".result.is-right p").first.text_content()  # type: ignore[operator]
        page.keyboard.press("Escape")
    assert page.evaluate("window.hacked") is None
    assert page.title().startswith("</title><script>")


def test_pictures_come_with_the_file(opened: Callable[[Run], Page], owner: Person, tmp_path: Path) -> None:
    page = opened(make_picture_run(owner, "image-image", tmp_path, realistic_ranks(30), known=20))
    expect(page.locator(".question-row img.thumb").first).to_be_visible(timeout=PATIENCE)
    assert page.locator(".question-row img.thumb").first.evaluate("image => image.naturalWidth") > 50
    page.locator(".question-row").first.click()
    window = page.locator("#question-window")
    assert window.locator(".searched-with img").count() == 1
    assert window.locator(".list.is-after img.thumb").count() == 10
    assert window.locator("img").evaluate_all("all => all.every((image) => image.naturalWidth > 50)")


def test_it_is_accessible_and_fits_a_phone(opened: Callable[[Run], Page], owner: Person) -> None:
    page = opened(make_run(make_version(owner), make_report(realistic_ranks(60), known=40)))
    for theme in ("light", "dark"):
        drawn(page, "wins")
        assert serious_findings(page, theme) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
