"""Searching pictures with a real search worker, in a real browser."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.flows.conftest import all_processes, own_server, tailor  # noqa: F401  fixtures
from tests.flows.processes import Server, Tailor, wait_for
from tests.webapp.reports.factory import N_DOCUMENTS
from tests.webapp.reports.test_pictures_browser import expect_drawn
from tests.webapp.search.picture_models import make_searchable_run
from tests.webapp.search.test_pictures_browser import PATIENCE, give, png
from tests.webapp.sharing.making import make_link
from webapp.accounts.models import Person
from webapp.queue.selectors import workers_alive
from webapp.runs.models import Run
from webapp.runs.reports import report_of
from webapp.search.models import BlindVote
from webapp.search.services import SearchUnavailable, search_both, search_by_picture, search_by_upload

pytestmark = [pytest.mark.worker, pytest.mark.browser]


@pytest.fixture
def make_run(
    tailor: Tailor,  # noqa: F811
    own_server: Server,  # noqa: F811
    owner: Person,
    tmp_path: Path,
) -> Callable[[str], Run]:
    """`make_run(task)`: a finished run of the owner, for which a real search worker has its models loaded."""

    def made(task: str) -> Run:
        run = make_searchable_run(owner, task, tmp_path / task)
        tailor.worker("search")
        wait_for(lambda: workers_alive()["search"] == 1, "the worker does not start")
        wait_for(lambda: _answers(run), "the models are never loaded")
        return run

    return made


def _answers(run: Run) -> bool:
    try:
        if run.project.task == "text-image":
            return bool(search_both(run=run, text="anything"))
        return bool(search_by_picture(run=run, key=_key(run, 0)))
    except SearchUnavailable as unavailable:
        assert unavailable.retry, unavailable.cause
        return False


def _key(run: Run, number: int) -> str:
    """Of the picture that was drawn with this number."""
    report = report_of(run=run)
    assert report is not None
    return next(key for key, name in report["captions"].items() if name == f"shapes/picture-{number}.jpg")


def _sent(number: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("mine.png", png(number), "image/png")


def test_a_real_worker_answers_a_picture(make_run: Callable[[str], Run]) -> None:
    run = make_run("image-image")
    found = search_by_upload(run=run, file=_sent(7), k=3)
    assert found["before"][0][1] == _key(run, 7)
    assert found["before"][0][2] == pytest.approx(1.0, abs=1e-2)  # the same picture, without the loss of a JPEG
    assert found["query"]["key"] == _key(run, 7)
    assert found["query"]["label"] == "bag"
    assert found["captions"][_key(run, 7)] == "shapes/picture-7.jpg"
    assert json.dumps(found)
    by_key = search_by_picture(run=run, key=_key(run, 7), k=3)
    assert by_key["before"][0][1] != _key(run, 7), "a picture of the catalogue does not find itself"
    assert len(by_key["before"]) == len(by_key["after"]) == 3
    with pytest.raises(SearchUnavailable, match="not among the data of this run"):
        search_by_picture(run=run, key="0" * 24 + ".png")
    with pytest.raises(SearchUnavailable, match="PDF document") as caught:
        search_by_upload(run=run, file=SimpleUploadedFile("a.png", b"%PDF-1.4 ..."))
    assert not caught.value.retry
    assert default_storage.listdir("queries")[1] == []


@pytest.mark.parametrize("kind", ["drop", "paste", "choose"])
def test_a_picture_given_finds_pictures(
    kind: str,
    make_run: Callable[[str], Run],
    page: Page,
    live_server: LiveServer,
    client_of: Callable[[Person], Client],
    owner: Person,
) -> None:
    run = make_run("image-image")
    _open_search(page, live_server, client_of(owner), run)
    give(page, kind, ("mine.png", "image/png", png(N_DOCUMENTS + 3)))  # a test picture
    results = page.locator("#results")
    expect(results.get_by_role("heading", name="After: your model")).to_be_visible(timeout=PATIENCE)
    expect(results.get_by_role("heading", name="mine.png")).to_be_visible()
    expect(results).to_contain_text("A test search")
    assert results.locator(".list .result").count() == 20
    expect_drawn(results.locator("img"))
    right = results.locator(".is-right")
    assert right.count() >= 1
    expect(right.first.get_by_text("Right", exact=True)).to_be_visible()
    assert all("bag" in str(picture.get_attribute("alt")) for picture in right.locator("img").all())
    give(page, kind, ("no.png", "image/png", b"%PDF-1.4 no picture"))
    expect(results).to_contain_text("“no.png” is a PDF document", timeout=PATIENCE)


def test_a_click_on_a_picture_searches_with_it_and_back_leads_back(
    make_run: Callable[[str], Run],
    page: Page,
    live_server: LiveServer,
    client_of: Callable[[Person], Client],
    owner: Person,
) -> None:
    run = make_run("image-image")
    _open_search(page, live_server, client_of(owner), run)
    page.locator(".picture-strip a").first.press("Enter")
    found = page.locator(".is-after .result-picture")
    expect(found).to_have_count(10)
    first = page.url
    assert "?picture=" in first
    expect(page.locator(".picture-strip [aria-current]")).to_have_count(1)
    found.nth(2).click()
    page.wait_for_url(lambda address: address != first)
    expect(page.locator("#results")).to_contain_text("One of your pictures: what has its label is marked")
    expect_drawn(page.locator("#results img"))
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.go_back()
    expect(page).to_have_url(first)


def test_words_find_pictures_as_they_are_typed(
    make_run: Callable[[str], Run],
    page: Page,
    live_server: LiveServer,
    client_of: Callable[[Person], Client],
    owner: Person,
) -> None:
    run = make_run("text-image")
    _open_search(page, live_server, client_of(owner), run)
    page.keyboard.type("a red coat")
    results = page.locator("#results")
    expect(results.get_by_role("heading", name="Before: the base model")).to_be_visible(timeout=PATIENCE)
    expect(page).to_have_url(re.compile(r"\?q=a\+red\+coat$"), timeout=PATIENCE)
    expect(results.locator(".result-picture")).to_have_count(20)
    expect_drawn(results.locator("img"))
    page.locator("[data-example]").first.click()
    expect(results).to_contain_text("A test search: its right answer is known", timeout=PATIENCE)
    expect_drawn(results.locator(".right-pictures img"))


def test_a_guest_searches_and_votes_with_a_picture_of_their_own(
    make_run: Callable[[str], Run], page: Page, live_server: LiveServer
) -> None:
    link = make_link(make_run("image-image"), with_texts=True, with_search=True, with_blind_test=True)
    page.goto(f"{live_server.url}/s/{link.token}/search/")
    give(page, "drop", ("mine.png", "image/png", png(7)))
    expect(page.locator("#results").get_by_role("heading", name="mine.png")).to_be_visible(timeout=PATIENCE)
    expect_drawn(page.locator("#results img"))
    page.goto(f"{live_server.url}/s/{link.token}/blind/")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".blind-progress")).to_contain_text("0 of")
    give(page, "paste", ("no.txt", "text/plain", b"no picture"))
    expect(page.locator(".blind-own")).to_contain_text("“no.txt” is not a picture.")
    give(page, "paste", ("my <b>shoe.png", "image/png", png(7)))
    expect(page.get_by_role("heading", name="my <b>shoe.png")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".blind-list .result")).to_have_count(10)
    expect_drawn(page.locator(".blind img"))
    page.get_by_role("button", name="Right is better").click()
    expect(page.locator(".blind-progress")).to_contain_text("1 of your own")
    vote = BlindVote.objects.get()
    assert (vote.question[:14], vote.text, vote.choice) == ("typed-picture-", "", "right")
    give(page, "drop", ("again.png", "image/png", png(7)))
    expect(page.locator(".alert")).to_contain_text("You voted on this search already.", timeout=PATIENCE)
    assert default_storage.listdir("queries")[1] == []


def _open_search(page: Page, live_server: LiveServer, client: Client, run: Run) -> None:
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(live_server.url + reverse("search", args=(run.project_id, run.number)))
