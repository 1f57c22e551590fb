"""Searching with a picture in a real browser: dropped, pasted, chosen; what is refused; without JavaScript."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, FilePayload, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.webapp.axe import serious_findings
from tests.webapp.reports.factory import realistic_ranks
from tests.webapp.reports.pictures import draw_picture, make_picture_run
from webapp.accounts.models import Person
from webapp.runs.models import Run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 20_000  # ms
NOBODY = "The search is not running at the moment."

SEND = """({kind, files}) => {
    const data = new DataTransfer();
    for (const [name, type, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name, {type}));
    if (kind === "paste") document.dispatchEvent(
        new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
    else for (const step of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(
        new DragEvent(step, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""
"""Drops or pastes files as a person would, anywhere on the page."""


def png(number: int = 0) -> bytes:
    content = io.BytesIO()
    draw_picture(number).save(content, "PNG")
    return content.getvalue()


def give(page: Page, kind: str, *files: tuple[str, str, bytes]) -> None:
    """Drop, paste or choose files: (name, type, content) of each."""
    if kind == "choose":
        payloads = [FilePayload(name=name, mimeType=mime, buffer=content) for name, mime, content in files]
        page.locator("#id_file").set_input_files(payloads)
    else:
        page.wait_for_load_state()  # before its scripts have come, a page hears nothing
        page.evaluate(SEND, {"kind": kind, "files": [(name, mime, list(content)) for name, mime, content in files]})


@pytest.fixture
def run(owner: Person, tmp_path: Path) -> Run:
    """A finished run of the owner that finds similar pictures, by label."""
    return make_picture_run(owner, "image-image", tmp_path, realistic_ranks(20), by_label=True)


@pytest.fixture
def search_page(
    run: Run, page: Page, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person
) -> Page:
    """The search page of that run; the owner is signed in, and no search worker runs."""
    cookie = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("search", args=(run.project_id, run.number)))
    return page


def test_a_picture_is_sent_and_sent_again_while_nobody_answers(search_page: Page) -> None:
    sent: list[str] = []
    search_page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    give(search_page, "paste", ("shoe.png", "image/png", png()))
    expect(search_page.locator("#results")).to_contain_text(NOBODY, timeout=PATIENCE)
    search_page.wait_for_timeout(3_000)
    assert len(sent) >= 2
    assert all(address.endswith("/search/results/") for address in sent)
    assert search_page.url.endswith("/search/")


def test_a_picture_chosen_before_the_script_came_is_sent(search_page: Page) -> None:
    held: list[Route] = []
    search_page.route("**/js/search-pictures.js", lambda route: held.append(route), times=1)
    search_page.reload(wait_until="commit")
    give(search_page, "choose", ("shoe.png", "image/png", png()))
    assert held
    held[0].continue_()
    expect(search_page.locator("#results")).to_contain_text(NOBODY, timeout=PATIENCE)


CANNOT_BE_SENT: list[tuple[str, list[tuple[str, str, bytes]], str]] = [
    ("drop", [("notes.txt", "text/plain", b"hello")], "“notes.txt” is not a picture."),
    ("paste", [], "There is no picture on the clipboard."),
    ("drop", [("a.png", "image/png", b"a"), ("b.png", "image/png", b"b")], "Only one picture at a time."),
    ("choose", [("none.png", "image/png", b"")], "“none.png” is empty (0 bytes)."),
]


def test_what_cannot_be_sent_is_said_at_once(search_page: Page) -> None:
    search_page.on("request", lambda request: pytest.fail("something was sent") if request.method == "POST" else None)
    for kind, files, words in CANNOT_BE_SENT:
        give(search_page, kind, *files)
        expect(search_page.locator("#results")).to_contain_text(words, timeout=PATIENCE)


def test_the_drop_zone_shows_where_to_drop_and_keys_reach_it(search_page: Page) -> None:
    zone = search_page.locator(".picture-form .dropzone")
    search_page.evaluate(
        """() => { const data = new DataTransfer(); data.items.add(new File(["x"], "x.png", {type: "image/png"}));
        document.body.dispatchEvent(new DragEvent("dragenter", {dataTransfer: data, bubbles: true})); }"""
    )
    expect(zone).to_have_class("dropzone is-over")
    search_page.locator("#id_file").focus()
    expect(zone).to_have_css("outline-style", "solid")
    search_page.keyboard.press("Tab")  # the camera is for phones: it is passed over
    expect(search_page.locator(".picture-strip a").first).to_be_focused()


def test_it_is_accessible_and_fits_a_phone(search_page: Page) -> None:
    for theme in ("light", "dark"):
        assert serious_findings(search_page, theme) == []
    search_page.set_viewport_size({"width": 390, "height": 800})
    assert search_page.evaluate("document.documentElement.scrollWidth") <= 390
    search_page.reload()
    expect(search_page.get_by_role("link", name="Try it", exact=True)).to_be_in_viewport(ratio=1)


def test_without_javascript_the_form_sends_too(
    run: Run, browser: Browser, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person
) -> None:
    context = browser.new_context(java_script_enabled=False)
    cookie = client_of(owner).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("search", args=(run.project_id, run.number)))
    page.locator("#id_file").set_input_files(FilePayload(name="a.png", mimeType="image/png", buffer=png()))
    page.get_by_role("button", name="Search with this picture").click()
    expect(page.locator("#results")).to_contain_text(NOBODY, timeout=PATIENCE)
    context.close()
