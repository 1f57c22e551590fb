"""Every page that needs no account, before axe-core, light and dark, wide and narrow; and a walk over all addresses
that fails for one that this test leaves out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.webapp.axe import serious_findings
from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.pictures import make_picture_run
from tests.webapp.reports.rows import make_run, make_version
from tests.webapp.search.test_blind import cast_votes
from tests.webapp.sharing.making import make_link
from webapp.accounts.models import Person
from webapp.accounts.services import invitation_create
from webapp.sharing.models import ShareLink

PATIENCE = 20_000  # ms

NO_PAGES = {
    "healthz": "JSON for monitoring",
    "logout": "leads to the login",
    "shared_report_charts": "JSON for the report's script",
    "shared_report_html": "a download; test_offline_browser has axe look at it",
    "shared_picture": "a picture",
    "shared_thumbnail": "a picture",
    "shared_search_results": "the results within the search's page",
    "shared_blind_start": "leads to the blind test",
    "shared_blind_vote": "leads to the blind test",
    "shared_blind_undo": "leads to the blind test",
}
"""Addresses for everybody that show no page of their own, and what they are instead."""

Shown = Callable[[ShareLink], str]
BEFORE_THE_OWNER = {"setup": (settings.SETUP_TOKEN,), "login": ()}
PAGES: dict[str, Shown] = {
    "login": lambda link: reverse("login"),
    "join": lambda link: reverse("join", args=(invitation_create(email="new@example.com"),)),
    "shared_report": lambda link: shared("shared_report", link),
    "shared_report_question": lambda link: reverse("shared_report_question", args=(link.token, "q3")),
    "shared_search": lambda link: shared("shared_search", link),
    "shared_blind": lambda link: shared("shared_blind", link),
    "shared_blind_result": lambda link: shared("shared_blind_result", link),
    "shared_nothing": lambda link: reverse("shared_nothing", args=(link.token, "else")),
}


def shared(name: str, link: ShareLink) -> str:
    return reverse(name, args=(link.token,))


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from patterns(each)
        else:
            yield each


def test_axe_looks_at_every_page_that_needs_no_account() -> None:
    for_all = {each.name for each in patterns(get_resolver()) if not getattr(each.callback, "login_required", True)}
    assert len(for_all) > 15
    assert for_all == {*BEFORE_THE_OWNER, *PAGES, *NO_PAGES}, "a new page for everybody belongs into PAGES"
    assert not {*BEFORE_THE_OWNER, *PAGES} & NO_PAGES.keys()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_every_page_that_needs_no_account_is_accessible(
    page: Page, live_server: LiveServer, tmp_path: Path, redis_server: redis.Redis
) -> None:
    for name, parts in BEFORE_THE_OWNER.items():
        check(page, live_server.url + reverse(name, args=parts))
    owner = Person.objects.create_person(
        email="owner@example.com", name="Olive", password="a good long password", is_owner=True
    )
    texts = make_run(make_version(owner), make_report(realistic_ranks(30)))
    cast_votes(texts, "a", "Ann", ["after"] * 8 + ["before"])
    pictures = make_picture_run(owner, "image-image", tmp_path, realistic_ranks(12), by_label=True)
    links = [make_link(run, with_texts=True, with_search=True, with_blind_test=True) for run in (texts, pictures)]
    for name, address in PAGES.items():
        for link in links if name in ("shared_search", "shared_blind") else links[:1]:
            check(page, live_server.url + address(link), begins=name == "shared_blind")
    page.problems.clear()  # type: ignore[attr-defined]  # the browser notes the 404 that was asked for


def check(page: Page, address: str, *, begins: bool = False) -> None:
    """Fails on what axe-core calls serious or critical. begins: also the first question of the blind test."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(address)
    expect_accessible(page)
    if begins:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("button", name="Left is better")).to_be_visible(timeout=PATIENCE)
        expect_accessible(page)


def expect_accessible(page: Page) -> None:
    """All rules in light colours, contrast again in dark ones; then no sideways scrolling on a phone."""
    found = [*serious_findings(page, "light"), *serious_findings(page, "dark", ("color-contrast",))]
    assert not found, "\n".join(found)
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => document.documentElement.scrollWidth <= 390", timeout=2_000)
