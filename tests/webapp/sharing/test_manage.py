"""Making, listing and revoking share links, and who may."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.rows import make_run, make_version
from tests.webapp.sharing.making import make_link
from webapp.accounts.models import Person
from webapp.runs.models import Run
from webapp.sharing import services
from webapp.sharing.models import ShareLink
from webapp.sharing.services import share_link_create, token_for

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]


@pytest.fixture
def run(teammate: Person) -> Run:
    """A finished run of somebody who is not the owner of this Tailor."""
    return make_run(make_version(teammate, "Tom’s project"), make_report(realistic_ranks(12)))


def page_of(run: Run) -> str:
    return reverse("share", args=(run.project_id, run.number))


def test_a_link_is_made_shown_and_works(run: Run, teammate: Person, client_of: ClientOf) -> None:
    client = client_of(teammate)
    report = client.get(reverse("report", args=(run.project_id, run.number))).content.decode()
    assert f'href="{page_of(run)}"' in report
    assert '<option value="30" selected>' in client.get(page_of(run)).content.decode()
    form = {"name": "Ms Client", "days": "7", "with_texts": "on", "with_blind_test": "on"}
    page = client.post(page_of(run), form, follow=True).content.decode()
    link = ShareLink.objects.get()
    found = re.search(r"http://testserver(/s/\w+/)", page)
    assert found is not None
    assert "Ms Client" in page
    assert "No visit yet" in page
    assert link.expires_at - timezone.now() == pytest.approx(timedelta(days=7), abs=timedelta(minutes=1))
    assert (link.with_texts, link.with_search, link.with_blind_test, link.created_by) == (True, False, True, teammate)
    assert Client().get(found[1]).status_code == 200
    assert "1 visit, last on" in client.get(page_of(run)).content.decode()


def test_the_database_alone_does_not_give_the_address(run: Run, settings: object) -> None:
    links = [make_link(run) for _ in range(50)]
    assert len({link.token for link in links}) == 50
    for link in links:
        assert re.fullmatch(r"[0-9a-f]{64}", link.token), "256 bits"
        assert len(link.nonce) == 32, "128 random bits of its own"
        stored = ShareLink.objects.filter(pk=link.pk).values().get()
        assert link.token not in map(str, stored.values())
    settings.SECRET_KEY = "another secret"  # type: ignore[attr-defined]
    assert token_for(links[0].nonce) != links[0].token
    assert Client().get(f"/s/{links[0].token}/").status_code == 200, "a link that was sent works on"


def test_another_secret_leaves_links_working_but_not_copied(
    run: Run, teammate: Person, client_of: ClientOf, settings: object
) -> None:
    make_link(run)
    settings.SECRET_KEY = "another secret"  # type: ignore[attr-defined]
    page = client_of(teammate).get(page_of(run)).content.decode()
    assert "cannot be shown again" in page
    assert "/s/" not in page


def test_search_and_blind_test_need_the_texts_at_every_door(run: Run, teammate: Person, client_of: ClientOf) -> None:
    for name in ("with_search", "with_blind_test"):
        answer = client_of(teammate).post(page_of(run), {"days": "30", name: "on"})
        assert answer.status_code == 422
        assert "shows texts of the data: allow these too" in answer.content.decode()
        with pytest.raises(ValueError, match="show texts"):
            share_link_create(run=run, by=teammate, days=30, **{name: True})  # type: ignore[arg-type]
    assert not ShareLink.objects.exists()
    link = make_link(run)
    with pytest.raises(IntegrityError):
        ShareLink.objects.filter(pk=link.pk).update(with_search=True)


@pytest.mark.parametrize("days", ["", "31", "-1", "9999999", "x"])
def test_only_the_given_times_can_be_chosen(days: str, run: Run, teammate: Person, client_of: ClientOf) -> None:
    assert client_of(teammate).post(page_of(run), {"days": days}).status_code == 422
    assert not ShareLink.objects.exists()


def test_there_is_an_end_to_how_many_links_work(
    run: Run, teammate: Person, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_OPEN", 2)
    first, _ = make_link(run), make_link(run)
    answer = client_of(teammate).post(page_of(run), {"days": "7"})
    assert answer.status_code == 422
    assert "Revoke those that nobody needs" in answer.content.decode()
    services.share_link_revoke(link=first)
    assert client_of(teammate).post(page_of(run), {"days": "7"}).status_code == 302


def test_who_may_make_see_and_revoke(
    run: Run, owner: Person, teammate: Person, outsider: Person, client_of: ClientOf
) -> None:
    link = make_link(run, name="Ms Client")
    for stranger in (owner, outsider):  # the owner of this Tailor does not see others' projects either
        assert client_of(stranger).get(page_of(run)).status_code == 404
        assert client_of(stranger).post(page_of(run), {"days": "30"}).status_code == 404
    assert Client().get(page_of(run))["Location"].startswith(reverse("login"))
    assert ShareLink.objects.count() == 1

    revoke = reverse("share_revoke", args=(link.pk,))
    assert client_of(outsider).post(revoke).status_code == 404
    assert Client().post(revoke)["Location"].startswith(reverse("login"))
    assert client_of(teammate).get(revoke).status_code == 405
    assert Client().get(f"/s/{link.token}/").status_code == 200
    assert client_of(teammate).post(revoke, {"next": page_of(run)})["Location"] == page_of(run)
    assert Client().get(f"/s/{link.token}/").status_code == 404
    assert "revoked on" in client_of(teammate).get(page_of(run)).content.decode()

    other = make_link(run)
    answer = client_of(owner).post(reverse("share_revoke", args=(other.pk,)), {"next": "https://evil.example/"})
    assert answer["Location"] == reverse("share_overview")
    assert Client().get(f"/s/{other.token}/").status_code == 404


def test_the_owner_sees_that_there_are_links_and_not_what_is_behind_them(
    run: Run, owner: Person, teammate: Person, outsider: Person, client_of: ClientOf
) -> None:
    link = make_link(run, name="Ms Client")
    pages = {
        person: client_of(person).get(reverse("share_overview")).content.decode()
        for person in (owner, teammate, outsider)
    }
    assert "a report of Tom" in pages[owner]
    for secret in ("Tom’s project", "Ms Client", link.token):
        assert secret not in pages[owner]
    assert reverse("share_revoke", args=(link.pk,)) in pages[owner]
    assert "Tom’s project, run 1" in pages[teammate]
    assert "Ms Client" in pages[teammate]
    assert "No report is shared" in pages[outsider]


def test_a_run_without_a_report_cannot_be_shared(teammate: Person, client_of: ClientOf) -> None:
    run = make_run(make_version(teammate), status="running")
    answer = client_of(teammate).get(page_of(run), follow=True)
    assert "has no report yet" in answer.content.decode()
