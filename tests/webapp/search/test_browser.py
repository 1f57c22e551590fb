"""The live search and the blind test in a real browser, with real workers: typing, keys, a dropped catalogue."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.flows.conftest import all_processes, own_server, tailor, tiny_model  # noqa: F401  fixtures
from tests.flows.processes import Server, Tailor, wait_for
from tests.webapp.axe import serious_findings
from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.search.test_blind import cast_votes
from tests.webapp.search.test_pictures_browser import PATIENCE
from tests.webapp.search.test_services import finished_run
from tests.webapp.sharing.making import make_link
from webapp.accounts.models import Person
from webapp.queue.selectors import workers_alive
from webapp.runs.models import Run
from webapp.search.models import BlindVote, Catalogue
from webapp.search.services import SearchUnavailable, search_both

pytestmark = [pytest.mark.worker, pytest.mark.browser]

DROP = """([name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name, {type: "text/plain"}));
    const about = {dataTransfer: data, bubbles: true, cancelable: true};
    const send = (kind, at) => at.dispatchEvent(new DragEvent(kind, about));
    send("dragenter", document.body);
    const zone = document.querySelector("#bring .dropzone");
    if (zone.checkVisibility()) { send("dragover", zone); send("drop", zone); }
}"""
"""Drags a file over the page, which opens the place for it, and drops it there."""


@pytest.fixture
def run(
    tailor: Tailor,  # noqa: F811
    own_server: Server,  # noqa: F811
    tiny_model: Path,  # noqa: F811
    owner: Person,
    tmp_path: Path,
) -> Run:
    """A finished run of the owner whose models a real search worker has loaded; a prepare worker runs as well."""
    run = finished_run(tiny_model, tmp_path)
    run.project.owner = owner
    run.project.save()
    run.report.save("report.json", ContentFile(json.dumps(make_report(realistic_ranks(90))).encode()))
    for kind in ("search", "prepare"):
        if not workers_alive()[kind]:
            tailor.worker(kind)
    wait_for(lambda: all(workers_alive()[kind] for kind in ("search", "prepare")), "the workers do not start")
    wait_for(lambda: _answers(run), "the models are never loaded")
    return run


def _answers(run: Run) -> bool:
    try:
        return bool(search_both(run=run, text="babo"))
    except SearchUnavailable as unavailable:
        assert unavailable.retry, unavailable.cause
        return False


Open = Callable[..., Page]


@pytest.fixture
def open_page(
    run: Run, page: Page, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person
) -> Open:
    """`open_page("search")`: that page of the run, seen by its owner."""
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])

    def opened(name: str, query: str = "", *, wait_until: Literal["load", "commit"] = "load") -> Page:
        page.goto(live_server.url + reverse(name, args=(run.project_id, run.number)) + query, wait_until=wait_until)
        return page

    return opened


def expect_accessible(page: Page) -> None:
    """No serious finding in light or dark, and no sideways scrolling on a phone."""
    for theme in ("light", "dark"):
        assert serious_findings(page, theme) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})


def test_the_last_words_typed_are_answered_and_keys_reach_everything(run: Run, open_page: Open) -> None:
    page = open_page("search")
    page.locator("#id_q").press_sequentially("babo cedi dufa", delay=40)
    expect(page.locator(".list .result")).to_have_count(20, timeout=PATIENCE)
    page.wait_for_url("**?q=babo+cedi+dufa", timeout=PATIENCE)
    expect(page.locator("#results .alert")).to_have_count(0)
    lists = page.locator(".list")
    for key, place in (
        ("ArrowDown", (0, 0)),
        ("ArrowDown", (0, 1)),
        ("ArrowRight", (1, 1)),
        ("End", (1, 9)),
        ("ArrowLeft", (0, 9)),
        ("Home", (0, 0)),
    ):
        page.keyboard.press(key)
        expect(lists.nth(place[0]).locator(".result").nth(place[1])).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#id_q")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#results")).to_contain_text("Ask something", timeout=PATIENCE)
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator("#id_q")).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    sent = open_page("search", "?q=babo+cedi+dufa")  # the address alone gives the same lists
    expect(sent.locator(".list .result")).to_have_count(20, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("name", "asked", "shown"),
    [
        pytest.param("search", "#id_q", "#results .list .result", id="search"),
        pytest.param("report", "#explorer-text", "#explorer .empty", id="explorer"),
    ],
)
def test_what_was_typed_before_the_scripts_came_is_asked(
    run: Run, open_page: Open, page: Page, name: str, asked: str, shown: str
) -> None:
    held: list[Route] = []
    page.route("**/htmx-2.min*.js", lambda route: held.append(route))
    open_page(name, wait_until="commit")
    page.locator(asked).fill("nowhere to be found")
    assert held
    held[0].continue_()
    expect(page.locator(shown).first).to_be_visible(timeout=PATIENCE)
    expect(page).to_have_url(re.compile("=nowhere"))


def test_a_catalogue_that_is_dropped_is_read_searched_and_removed(run: Run, open_page: Open) -> None:
    page = open_page("search", "?q=babo")
    expect(page.locator(".list .result")).to_have_count(20, timeout=PATIENCE)
    page.evaluate(DROP, ["stock.txt", "babo cedi, red\nbabo dufa, blue\nhame kipu, red\n"])
    page.wait_for_url("**?q=babo&in=1", timeout=PATIENCE)
    expect(page.get_by_role("radio", name="stock.txt 3 items")).to_be_enabled(timeout=60_000)
    expect(page.locator(".list .result")).to_have_count(6, timeout=PATIENCE)
    expect(page.locator(".list").first).to_contain_text("babo cedi, red")
    assert page.url.endswith("?q=babo&in=1")
    page.get_by_role("radio", name="The catalogue of the run").check()
    expect(page.locator(".list .result")).to_have_count(20, timeout=PATIENCE)
    assert "in=" not in page.url
    page.get_by_role("radio", name="stock.txt 3 items").check()
    expect(page.locator(".list .result")).to_have_count(6, timeout=PATIENCE)
    open_page("search", "?q=babo&in=1")
    page.get_by_text("Not the right items? Read the file another way").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("The items are").select_option("Column A")
    page.wait_for_timeout(400)
    assert not [address for address in asked if "results" in address], "a menu is no place to search in"
    expect_accessible(page)
    page.get_by_role("button", name="Remove stock.txt").click()
    expect(page.get_by_text("“stock.txt” was removed.")).to_be_visible()
    assert not Catalogue.objects.exists()


def test_a_file_that_cannot_be_read_says_why_and_can_be_removed(run: Run, open_page: Open) -> None:
    page = open_page("search")
    page.evaluate(DROP, ["stock.pdf", "no"])
    expect(page.locator("#bring [role=alert]")).to_contain_text(
        "not a kind of file that Tailor reads", timeout=PATIENCE
    )
    page.problems.clear()  # type: ignore[attr-defined]  # the browser logs the refusal
    page.evaluate(DROP, ["stock.txt", "<html>no</html>"])
    expect(page.locator(".where-item.is-failed")).to_contain_text("This is a web page or XML", timeout=60_000)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect_accessible(page)
    page.get_by_role("button", name="Remove stock.txt").click()
    expect(page.locator(".where-item")).to_have_count(0)


def test_two_people_vote_by_keys_and_by_touch(run: Run, open_page: Open) -> None:
    page = open_page("blind")
    with page.expect_navigation():  # keys are heard once the page is whole
        page.get_by_role("button", name="Start").click()
    for press in ("1", "ArrowRight", "3", "4", "2"):
        before = BlindVote.objects.count()
        with page.expect_navigation():
            page.keyboard.press(press)
        assert BlindVote.objects.count() == before + 1
    page.get_by_role("button", name="Left is better").click()
    expect(page.locator(".blind-progress")).to_contain_text("6 of")
    expect_accessible(page)
    answers = page.locator(".blind-answers .btn")
    assert all((box := each.bounding_box()) and box["height"] >= 44 for each in answers.all())
    with page.expect_navigation():
        page.keyboard.press("Backspace")
    assert [vote.choice for vote in BlindVote.objects.all()] == ["left", "right", "both", "neither", "right"]
    page.get_by_label("Or ask something of your own").fill("babo cedi")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="babo cedi")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Both are good").click()
    expect(page.locator(".blind-progress")).to_contain_text("1 of your own")
    cast_votes(run, "guest-1", "Gail", ["after"] * 7 + ["before"])
    page.get_by_role("link", name="Stop and see the result").click()
    expect(page.get_by_role("heading", name="decided votes preferred the tuned model")).to_be_visible()
    expect(page.locator(".tally")).to_contain_text("2 people voted")
    page.get_by_text("Person by person").click()
    expect(page.get_by_role("row", name="Gail 7 1 0 0")).to_be_visible()
    expect_accessible(page)


def test_a_guest_of_a_link_searches_and_asks_in_the_blind_test(run: Run, page: Page, live_server: LiveServer) -> None:
    link = make_link(run, with_texts=True, with_search=True, with_blind_test=True)
    page.goto(f"{live_server.url}/s/{link.token}/search/")
    page.locator("#id_q").press_sequentially("babo cedi dufa", delay=30)
    expect(page.locator(".list .result")).to_have_count(20, timeout=PATIENCE)
    page.wait_for_url(f"**/s/{link.token}/search/?q=babo+cedi+dufa", timeout=PATIENCE)
    both = [
        [each.inner_text() for each in part.locator(".result-body > p").all()] for part in page.locator(".list").all()
    ]
    found = search_both(run=run, text="babo cedi dufa")
    assert both == [[text for _, text, _ in found[side]] for side in ("before", "after")]
    page.keyboard.press("ArrowDown")
    expect(page.locator(".result").first).to_be_focused()
    page.goto(f"{live_server.url}/s/{link.token}/blind/")
    page.get_by_role("button", name="Start").click()
    page.get_by_label("Or ask something of your own").fill("hame kipu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="hame kipu")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Left is better").click()
    expect(page.locator(".blind-progress")).to_contain_text("1 of your own")
    assert BlindVote.objects.get().text == "hame kipu"
