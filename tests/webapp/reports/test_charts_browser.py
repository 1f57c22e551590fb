"""Every chart of a report, in a real browser: marks are drawn, views glide, marks open questions, pictures are saved.

The page of these tests fails on console errors, violations of the Content-Security-Policy among them, and on requests
to any other server.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.webapp.reports.drawn import SEGMENTS, with_figures
from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.pictures import as_pictures, make_picture_version
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.runs.models import Run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 30_000  # ms; the chart library is large and the machine may be busy
Go = Callable[[Run], Page]

PLACES = """element => [...element.querySelectorAll('.scatterlayer path.point')].map((point) => {
    const box = point.getBoundingClientRect();
    return [Math.round(box.x), Math.round(box.y - element.getBoundingClientRect().y)];
})"""
"""Where the points of a chart are drawn."""


@pytest.fixture
def go(page: Page, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person) -> Go:
    """Opens the report of a run; the owner is signed in."""
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])

    def opened(run: Run) -> Page:
        page.goto(live_server.url + reverse("report", args=(run.project_id, run.number)))
        return page

    return opened


@pytest.fixture
def text_run(owner: Person) -> Run:
    """A finished run about texts in four segments."""
    return make_run(make_version(owner), with_figures(make_report(realistic_ranks(90), known=60)))


@pytest.fixture
def label_run(owner: Person, tmp_path: Path) -> Run:
    """A finished run about pictures with labels."""
    version, keys = make_picture_version(owner, "image-image", tmp_path, queries=40)
    report = as_pictures(make_report(realistic_ranks(40)), "image-image", keys, by_label=True)
    return make_run(version, with_figures(report, segments=False))


def drawn(page: Page, chart: str) -> Locator:
    """The chart's place on the page, once it is drawn."""
    place = page.locator(f"[data-chart='{chart}']")
    expect(place).to_have_attribute("data-drawn", "yes", timeout=PATIENCE)
    return place


def marks(place: Locator) -> int:
    """Everything drawn from figures: bars, points, lines, areas, cells."""
    of_lines = [f".scatterlayer path.{kind}" for kind in ("point", "js-line", "js-fill")]
    return place.locator(", ".join([".bars .point path", *of_lines, ".heatmaplayer image"])).count()


CUT_OFF = """[...document.querySelectorAll("[data-drawn]")].flatMap((chart) => {
    if (!chart.checkVisibility()) return [];
    const own = chart.getBoundingClientRect();
    const words = [...chart.querySelectorAll(".xtitle, .ytitle, .xtick text, .ytick text, .legendtext")];
    return words.map((each) => [chart.dataset.chart, each.textContent, each.getBoundingClientRect()])
        .filter(([, , place]) => place.left < own.left - 1 || place.right > own.right + 1)
        .map(([name, text]) => name + ": " + text);
})"""
"""Words of charts that reach out of their chart, and so are cut off."""


def test_every_chart_of_a_report_about_texts_is_drawn(go: Go, text_run: Run) -> None:
    page = go(text_run)
    hits = drawn(page, "metric-hit")
    assert hits.locator(".scatterlayer path.js-line").count() == 5  # two bands' outlines, three systems
    assert hits.locator(".scatterlayer path.js-fill").count() == 2
    assert hits.locator(".scatterlayer path.point").count() == 40  # before and after, k = 1…20
    for chart in ("wins", "movement", "places", "segments", "scores", "map", "tried", "validation", "loss"):
        assert marks(drawn(page, chart)) > 0, chart
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert marks(drawn(page, str(tab.get_attribute("aria-controls")).removeprefix("panel-"))) == 47
    segments = drawn(page, "segments")
    assert segments.locator(".scatterlayer path.point").count() == 2 * len(SEGMENTS)
    assert [text.split(" (")[0] for text in segments.locator(".ytick text").all_text_contents()] == sorted(
        SEGMENTS, key=lambda name: segments_order(text_run, name), reverse=True
    )
    assert drawn(page, "scores").locator(".scatterlayer path.js-fill").count() == 2
    assert page.locator("[data-chart]:visible").count() == page.locator("[data-chart][data-drawn]:visible").count()


def segments_order(run: Run, name: str) -> int:
    """The place of a segment in the report."""
    from webapp.runs.reports import report_of

    report = report_of(run=run)
    assert report is not None
    return [segment["name"] for segment in report["segments"]["segments"]].index(name)


def test_every_chart_of_a_report_about_labels_is_drawn(go: Go, label_run: Run) -> None:
    page = go(label_run)
    confusion = drawn(page, "confusion")
    assert confusion.locator(".heatmaplayer image").count() == 2  # the diagonal, and what is off it
    written = confusion.locator(".heatmaplayer text").all_text_contents()
    report = make_counts(label_run)
    assert sorted(filter(None, written)) == sorted(str(count) for row in report["after"] for count in row if count)
    page.locator("#chart-confusion").get_by_role("button", name="Before", exact=True).click()
    before = sorted(str(count) for row in report["before"] for count in row if count)
    expect(confusion.locator(".heatmaplayer text").filter(has_text=before[-1]).first).to_be_visible()
    assert sorted(filter(None, confusion.locator(".heatmaplayer text").all_text_contents())) == before
    assert drawn(page, "map").locator(".scatterlayer path.point").count() == 40 + 60


def make_counts(run: Run) -> dict[str, Any]:
    """The confusion of the run's report."""
    from webapp.runs.reports import report_of

    report = report_of(run=run)
    assert report is not None
    found: dict[str, Any] = report["confusion"]
    return found


def test_points_of_the_map_glide_between_before_and_after(go: Go, text_run: Run) -> None:
    page = go(text_run)
    chart = drawn(page, "map")
    figure = page.locator("#chart-map")
    after = chart.evaluate(PLACES)
    expect(figure.get_by_role("button", name="After", exact=True)).to_have_attribute("aria-pressed", "true")
    figure.get_by_role("button", name="Before", exact=True).click()
    page.wait_for_timeout(400)
    between = chart.evaluate(PLACES)
    page.wait_for_timeout(1_500)
    before = chart.evaluate(PLACES)
    moved = sum(one != other for one, other in zip(before, after, strict=True))
    assert moved > 60
    assert between != before and between != after, "on the way"
    figure.get_by_role("button", name="After", exact=True).click()
    page.wait_for_timeout(2_000)
    assert chart.evaluate(PLACES) == after
    page.emulate_media(reduced_motion="reduce")
    figure.get_by_role("button", name="Before", exact=True).click()
    page.wait_for_timeout(300)
    assert chart.evaluate(PLACES) == before, "at once, for those who want no motion"


@pytest.mark.parametrize("chart", ["movement", "map", "wins"])
def test_a_mark_opens_its_question(chart: str, go: Go, text_run: Run) -> None:
    page = go(text_run)
    place = drawn(page, chart)
    place.scroll_into_view_if_needed()
    mark = place.locator(".bars .point path" if chart == "wins" else ".scatterlayer .trace:last-child path.point").first
    box = mark.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(place.locator(".hoverlayer .hovertext")).to_be_visible(timeout=PATIENCE)
    page.mouse.down()
    page.mouse.up()
    window = page.get_by_role("dialog")
    expect(window.get_by_role("heading", name="After: your model")).to_be_visible(timeout=PATIENCE)


def test_a_picture_stands_beside_the_pointer(go: Go, label_run: Run) -> None:
    page = go(label_run)
    place = drawn(page, "map")
    place.scroll_into_view_if_needed()
    box = place.locator(".scatterlayer path.point").last.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    picture = page.locator("#chart-map .chart-picture")
    expect(picture).to_be_visible(timeout=PATIENCE)
    handle = picture.element_handle()
    assert handle is not None
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=handle)
    page.mouse.move(0, 0)
    expect(picture).to_be_hidden()


@pytest.mark.parametrize("chart", ["metric-hit", "map"])
def test_a_chart_is_saved_as_a_picture(chart: str, go: Go, text_run: Run) -> None:
    page = go(text_run)
    drawn(page, chart)
    with page.expect_download(timeout=PATIENCE) as saved:
        page.locator(f"#chart-{chart} [data-png]").click()
    assert saved.value.suggested_filename == f"{chart}.png"
    picture = Image.open(io.BytesIO(Path(saved.value.path()).read_bytes()))
    assert picture.format == "PNG" and picture.width > 800
    colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or []}
    assert (255, 255, 255) in colours and len(colours) > 50  # drawn, on an opaque ground
    assert picture.convert("RGBA").getpixel((2, 2)) == (255, 255, 255, 255)


def test_the_report_fits_a_phone(go: Go, text_run: Run, label_run: Run) -> None:
    for run in (text_run, label_run):
        page = go(run)
        drawn(page, "map")
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.wait_for_function(f"() => !({CUT_OFF}).length", timeout=PATIENCE)  # charts are drawn anew
        page.set_viewport_size({"width": 1280, "height": 800})


def test_the_switch_works_by_keyboard(go: Go, label_run: Run) -> None:
    page = go(label_run)
    drawn(page, "confusion")
    figure = page.locator("#chart-confusion")
    figure.get_by_role("button", name="Before", exact=True).focus()
    page.keyboard.press("Enter")
    expect(figure.get_by_role("button", name="Before", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(figure.get_by_role("button", name="After", exact=True)).to_have_attribute("aria-pressed", "false")
