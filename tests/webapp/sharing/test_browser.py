"""Share links in a real browser: what a visitor without an account sees, clicks and votes; no error, no way out."""

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
from tests.webapp.sharing.making import make_link, telling_report
from webapp.accounts.models import Person
from webapp.datasets.models import Doubt
from webapp.runs.models import Run
from webapp.search.models import BlindVote
from webapp.sharing import search_views

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 20_000  # ms


@pytest.fixture
def run(owner: Person) -> Run:
    """A finished run with 30 test questions."""
    return make_run(make_version(owner), make_report(realistic_ranks(30)))


def check_accessible_and_narrow(page: Page) -> None:
    for theme in ("dark", "light"):
        assert serious_findings(page, theme) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_visitor_sees_charts_and_questions_without_a_word_of_the_data(
    page: Page, live_server: LiveServer, owner: Person
) -> None:
    link = make_link(make_run(make_version(owner), telling_report(30)))
    bodies: list[str] = []
    page.on("response", lambda answer: bodies.append(answer.text()) if "/s/" in answer.url else None)
    page.goto(f"{live_server.url}/s/{link.token}/")
    for name in ("metric-hit", "wins", "segments", "confusion", "map"):
        chart = page.locator(f"[data-chart={name}]")
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-drawn", "yes", timeout=PATIENCE)
    page.locator("a.question-row").first.click()
    expect(page.locator("#question-window h2")).to_have_text(re.compile(r"^Question \d+$"))
    page.keyboard.press("Escape")
    assert len(bodies) >= 3
    assert not [body for body in bodies if "zqxjk" in body.lower()]


def test_a_visitor_votes_by_keys_and_is_known_again(
    page: Page, live_server: LiveServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_views, "search_warm", lambda run: None)
    link = make_link(run, with_texts=True, with_blind_test=True)
    page.goto(f"{live_server.url}/s/{link.token}/")
    page.get_by_role("link", name="Take the blind test").first.click()
    page.get_by_label("Your name").fill("Ann")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".blind-progress")).to_contain_text("0 of")
    page.keyboard.press("1")
    expect(page.locator(".blind-progress")).to_contain_text("1 of")
    page.get_by_role("button", name="Neither is good").click()
    expect(page.locator(".blind-progress")).to_contain_text("2 of")
    page.goto(f"{live_server.url}/s/{link.token}/blind/")
    expect(page.locator(".blind-progress")).to_contain_text("2 of")
    page.get_by_role("link", name="Stop and see the result").click()
    expect(page.get_by_role("heading", name="Blind test: the result")).to_be_visible()
    assert set(BlindVote.objects.values_list("voter__name", "choice")) == {("Ann", "left"), ("Ann", "neither")}


def test_making_and_revoking_a_link_by_keyboard(
    page: Page, live_server: LiveServer, run: Run, owner: Person, client_of: Callable[[Person], Client]
) -> None:
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("report", args=(run.project_id, run.number)))
    page.get_by_role("link", name="Share", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("For whom").fill("Ms Client")
    page.get_by_role("checkbox", name=re.compile("^Live search")).focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Make the link").press("Enter")
    expect(page.locator(".errorlist")).to_contain_text("allow these too")
    # a form that is refused answers 422, which a browser's console tells
    page.problems.clear()  # type: ignore[attr-defined]
    page.get_by_role("checkbox", name=re.compile("^The texts")).press("Space")
    page.get_by_role("button", name="Make the link").press("Enter")
    expect(page.locator(".share-link h2")).to_have_text("Ms Client")
    address = page.locator(".link-box").inner_text()
    assert address.startswith(f"{live_server.url}/s/")
    check_accessible_and_narrow(page)
    page.get_by_role("button", name="Revoke: Ms Client").press("Enter")
    expect(page.get_by_role("heading", name="Links that no longer work")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    page.problems.clear()  # type: ignore[attr-defined]


def test_a_wrong_label_is_reported_in_the_window_of_a_question(
    page: Page, live_server: LiveServer, run: Run, owner: Person, client_of: Callable[[Person], Client]
) -> None:
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("report", args=(run.project_id, run.number)))
    page.locator("a.question-row").first.click()
    page.get_by_text("Report a wrong label", exact=True).click()
    page.get_by_label("Which item?").select_option(index=1)
    page.get_by_label("Note").fill("not about this")
    page.get_by_role("button", name="Report it").click()
    expect(page.locator("#question-window .doubted")).to_contain_text("“not about this” Olive")
    expect(page.locator("#question-window .doubted")).to_be_focused()
    expect(page.locator(".question-flag.is-doubted")).to_have_count(1)
    check_accessible_and_narrow(page)
    page.get_by_role("link", name="The review list of data version 1").click()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#doubts")).to_contain_text("Nothing is left to review.")
    assert Doubt.objects.get().note == "not about this"
