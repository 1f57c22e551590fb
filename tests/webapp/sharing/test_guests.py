"""The blind test and the live search by a share link."""

import re
from collections.abc import Callable

import pytest
import redis
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.rows import make_run, make_version
from tests.webapp.sharing.making import make_link
from webapp.accounts.models import Person
from webapp.runs.models import Run
from webapp.search import answers, own_questions
from webapp.search.models import BlindVote, BlindVoter, Catalogue
from webapp.search.own_keys import MOST_OWN, typed_key
from webapp.sharing import limits, search_views, services
from webapp.sharing.models import ShareLink

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]


@pytest.fixture
def run(owner: Person) -> Run:
    """A finished run with 40 test questions."""
    return make_run(make_version(owner), make_report(realistic_ranks(40)))


@pytest.fixture
def link(run: Run) -> ShareLink:
    """With everything."""
    return make_link(run, with_texts=True, with_search=True, with_blind_test=True)


def url(link: ShareLink, name: str) -> str:
    return reverse(f"shared_{name}", args=(link.token,))


def vote(client: Client, link: ShareLink, choice: str = "left") -> None:
    key = client.get(url(link, "blind")).content.decode().split('name="question" value="')[1].split('"')[0]
    client.post(url(link, "blind_vote"), {"question": key, "choice": choice})


def test_several_people_vote_each_under_a_name_or_none(
    link: ShareLink, run: Run, owner: Person, client_of: ClientOf
) -> None:
    guests = [Client() for _ in range(3)]
    for guest, name in zip(guests, ("  Ann   Lee ", "", "<b>Bo</b>"), strict=True):
        assert "Your name" in guest.get(url(link, "blind")).content.decode()
        guest.post(url(link, "blind_start"), {"name": name})
        guest.post(url(link, "blind_start"), {"name": "again"})
        for _ in range(3):
            vote(guest, link)
    assert list(BlindVoter.objects.order_by("pk").values_list("name", flat=True)) == ["Ann Lee", "Guest 2", "<b>Bo</b>"]
    assert [voter.votes.count() for voter in BlindVoter.objects.all()] == [3, 3, 3]
    guests[0].post(url(link, "blind_undo"))
    assert BlindVote.objects.count() == 8

    outside = guests[1].get(url(link, "blind_result")).content.decode()
    assert "Voter 1" in outside
    assert "Ann Lee" not in outside + guests[1].get(url(link, "report")).content.decode()
    inside = client_of(owner).get(reverse("blind_result", args=(run.project_id, run.number))).content.decode()
    assert "Ann Lee" in inside
    assert "&lt;b&gt;Bo" in inside


def test_a_vote_needs_ones_own_signed_cookie(link: ShareLink) -> None:
    guest = Client()
    guest.post(url(link, "blind_start"))
    key = BlindVoter.objects.get().key
    question = guest.get(url(link, "blind")).content.decode().split('name="question" value="')[1].split('"')[0]
    other = Client()
    for forged in ("", key, f"{key}:x"):
        other.cookies[f"guest_{link.pk}"] = forged
        other.post(url(link, "blind_vote"), {"question": question, "choice": "left"})
    assert not BlindVote.objects.exists()
    guest.post(url(link, "blind_vote"), {"question": "q99999", "choice": "left"})
    guest.post(url(link, "blind_vote"), {"question": question, "choice": "sideways"})
    assert not BlindVote.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(url(link, "blind_start")).status_code == 403


def test_there_is_an_end_to_how_many_guests_vote(link: ShareLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_GUESTS", 1)
    Client().post(url(link, "blind_start"))
    assert "no more can be taken" in Client().post(url(link, "blind_start"), follow=True).content.decode()
    assert BlindVoter.objects.count() == 1


@pytest.mark.parametrize("name", ["blind_start", "blind_vote", "blind_undo"])
def test_without_the_blind_test_nobody_votes(name: str, run: Run) -> None:
    link = make_link(run, with_texts=True, with_search=True)
    assert Client().post(url(link, name)).status_code == 404
    assert not BlindVoter.objects.exists()
    assert "Take the blind test" not in Client().get(url(link, "report")).content.decode()


def test_questions_of_ones_own_search_the_catalogue_so_they_need_the_search(
    link: ShareLink, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def search_both(**given: object) -> dict[str, object]:
        asked.append(given["text"])
        return {"before": [["d1", "one", 0.9]], "after": [["d2", "two", 0.8]], "milliseconds": 3}

    monkeypatch.setattr(own_questions, "search_both", search_both)
    monkeypatch.setattr(search_views, "search_warm", lambda run: None)
    narrow = make_link(run, with_texts=True, with_blind_test=True)
    for each, pages in ((link, True), (narrow, False)):
        guest = Client()
        guest.post(url(each, "blind_start"))
        page = guest.get(url(each, "blind"), {"q": "anything"}).content.decode()
        assert ("of your own" in page, "You asked" in page) == (pages, pages)
    assert asked == ["anything"]


def test_a_guest_searches_the_runs_catalogue_and_no_other(
    link: ShareLink, run: Run, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def search_both(**given: object) -> dict[str, object]:
        asked.append(given)
        return {"before": [["d1", "one", 0.9]], "after": [["d2", "two", 0.8]], "milliseconds": 3}

    monkeypatch.setattr(answers, "search_both", search_both)
    monkeypatch.setattr(search_views, "search_warm", lambda run: None)
    Catalogue.objects.create(run=run, number=1, brought_by=owner, name="secret.csv", size=3, status="done")
    page = Client().get(url(link, "search"), {"q": "printer", "in": "1"}).content.decode()
    assert (asked[0]["run"], asked[0]["text"], asked[0]["catalogue"]) == (run, "printer", None)
    for words in ("secret.csv", "/projects/", "Search your own catalogue"):
        assert words not in page
    assert ">one<" in page
    part = Client().get(url(link, "search_results"), {"q": "printer", "in": "1"})
    assert part["HX-Replace-Url"] == f"{url(link, 'search')}?q=printer"
    assert asked[1]["catalogue"] is None
    assert "/projects/" not in part.content.decode()


def typed_vote(client: Client, link: ShareLink, text: str) -> None:
    form = {"question": typed_key(text), "choice": "left", "text": text}
    client.post(url(link, "blind_vote"), form)


def test_nobody_outvotes_the_others_by_typing(link: ShareLink, run: Run) -> None:
    silent = make_link(run, with_texts=True, with_blind_test=True)
    guest = Client()
    guest.post(url(silent, "blind_start"), {"name": "A\0nn"})
    typed_vote(guest, silent, "may not ask")
    assert not BlindVote.objects.exists()
    assert BlindVoter.objects.get().name == "Ann"

    asking = Client()
    asking.post(url(link, "blind_start"))
    for number in range(MOST_OWN + 5):
        typed_vote(asking, link, f"question {number}\0")
    assert BlindVote.objects.count() == MOST_OWN
    assert BlindVote.objects.first().text == "question 0"  # type: ignore[union-attr]
    page = asking.get(url(link, "blind")).content.decode()
    assert "as many as there can be. Nothing was counted." in page
    vote(asking, link)  # test questions go on
    assert BlindVote.objects.count() == MOST_OWN + 1
    refused = asking.get(url(link, "blind"), {"q": "one more"}).content.decode()
    assert "as many as there can be. Go on with the others." in " ".join(re.sub("<[^>]+>", " ", refused).split())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, redis_server: redis.Redis) -> list[float]:
    """The time that limits see, 20 s into a minute; a test may change it. Searches find nothing, at once."""
    now = [6_000_020.0]
    monkeypatch.setattr(limits.time, "time", lambda: now[0])
    for module in (answers, own_questions):
        monkeypatch.setattr(module, "search_both", lambda **given: {"before": [], "after": [], "milliseconds": 3})
    return now


def ask(link: ShareLink, address: str, text: str = "printer") -> str:
    """What a guest at this address is told, as a part of the page."""
    part = Client(REMOTE_ADDR=address).get(url(link, "search_results"), {"q": text})
    assert part.status_code == 200
    return part.content.decode()


TOO_MANY = "More is asked by this link than it answers in a minute."


def test_who_searches_faster_than_anybody_types_waits_for_the_next_minute(
    link: ShareLink, run: Run, clock: list[float], settings: Settings
) -> None:
    settings.GUEST_REQUESTS = 4
    for _ in range(4):
        assert TOO_MANY not in ask(link, "192.0.2.1")
        ask(link, "192.0.2.1", "")  # an emptied field is no search
    told = ask(link, "192.0.2.1")
    assert TOO_MANY in told
    assert "Go on in 40 seconds." in told
    assert "hx-trigger" not in told, "it does not ask again by itself"
    whole = Client(REMOTE_ADDR="192.0.2.1").get(url(link, "search"), {"q": "printer"})
    assert (whole.status_code, whole["Retry-After"]) == (429, "40")
    other = make_link(run, with_texts=True, with_search=True)
    assert TOO_MANY not in ask(other, "192.0.2.1"), "another link counts for itself"
    hosts = [TOO_MANY in ask(link, f"2001:db8::{host}") for host in range(5)]
    assert hosts == [False] * 4 + [True], "hosts of one IPv6 network are one address"
    clock[0] += 40
    assert TOO_MANY not in ask(link, "192.0.2.1")


def test_a_link_as_a_whole_has_an_end_too(link: ShareLink, clock: list[float], settings: Settings) -> None:
    settings.GUEST_REQUESTS = 2
    told = [TOO_MANY in ask(link, f"192.0.2.{number // 2}") for number in range(8)]
    assert told == [False] * 6 + [True] * 2, "three addresses use it up"
    settings.GUEST_REQUESTS = 0
    assert TOO_MANY not in ask(link, "192.0.2.3"), "0 is no limit"


def test_votes_are_counted_apart_from_searches(link: ShareLink, clock: list[float], settings: Settings) -> None:
    settings.GUEST_REQUESTS = 3
    guest = Client()
    for _ in range(4):
        guest.get(url(link, "search_results"), {"q": "printer"})
    guest.post(url(link, "blind_start"))
    vote(guest, link)
    vote(guest, link)
    assert BlindVote.objects.count() == 2
    for name in ("blind_vote", "blind_undo"):
        key = guest.get(url(link, "blind")).content.decode().split('name="question" value="')[1].split('"')[0]
        page = guest.post(url(link, name), {"question": key, "choice": "left"}, follow=True).content.decode()
        assert (
            "More votes come by this link than it takes in a minute. Nothing was counted. Go on in 40 seconds." in page
        )
    assert BlindVote.objects.count() == 2
    asked = guest.get(url(link, "blind"), {"q": "printer"})
    assert (asked.status_code, TOO_MANY in asked.content.decode()) == (429, True)
    clock[0] += 60
    vote(guest, link)
    assert BlindVote.objects.count() == 3
