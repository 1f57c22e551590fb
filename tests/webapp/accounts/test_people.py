"""Who else may sign in."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.conftest import PASSWORD
from webapp.accounts.models import Invitation, Person

ClientOf = Callable[[Person], Client]
ANSWERS = {"name": "Nina", "password": "rowing at seven bells", "password_again": "rowing at seven bells"}


def invite(client: Client, email: str = "Nina@example.com") -> str:
    """The link's path, as the page shows it once."""
    page = client.post(reverse("people"), {"email": email}, follow=True).content.decode()
    found = re.search(r"http://testserver(/join/[^/]+/)", page)
    assert found, page
    return found[1]


def test_an_invited_person_chooses_a_password_and_is_in(owner: Person, client_of: ClientOf, client: Client) -> None:
    link = invite(client_of(owner))
    assert "nina@example.com" in client.get(link).content.decode()

    response = client.post(link, ANSWERS)

    person = Person.objects.get(email="nina@example.com")
    assert response["Location"] == "/"
    assert (person.name, person.is_owner) == ("Nina", False)
    assert client.session["_auth_user_id"] == str(person.pk)


def test_the_link_is_shown_once_kept_as_a_digest_and_works_once(owner: Person, client_of: ClientOf) -> None:
    link = invite(client_of(owner))
    token = link.split("/")[2]

    assert token not in client_of(owner).get(reverse("people")).content.decode()
    assert Invitation.objects.get().digest != token
    Client().post(link, ANSWERS)
    again = Client().post(link, ANSWERS)
    assert again.status_code == 404
    assert "no longer works" in again.content.decode()
    assert Person.objects.count() == 2


def test_a_link_ends_after_seven_days_or_when_withdrawn_or_made_anew(owner: Person, client_of: ClientOf) -> None:
    client = client_of(owner)
    old, link = invite(client), invite(client)
    assert Client().get(old).status_code == 404
    assert Client().get(link).status_code == 200

    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().post(link, ANSWERS).status_code == 404

    link = invite(client)
    client.post(reverse("invitation_withdraw", args=[Invitation.objects.get(expires_at__gt=timezone.now()).pk]))
    assert Client().post(link, ANSWERS).status_code == 404
    assert Person.objects.count() == 1


def test_a_weak_password_leaves_the_link_alive(owner: Person, client_of: ClientOf) -> None:
    link = invite(client_of(owner))

    response = Client().post(link, ANSWERS | {"password": "nina@example", "password_again": "nina@example"})

    assert "too similar" in response.content.decode()
    assert Client().get(link).status_code == 200


def test_nobody_is_invited_twice(owner: Person, teammate: Person, client_of: ClientOf) -> None:
    page = client_of(owner).post(reverse("people"), {"email": teammate.email.upper()}).content.decode()
    assert "is here already" in page


def test_shutting_out_ends_sessions_at_once_and_can_be_undone(
    owner: Person, teammate: Person, client_of: ClientOf
) -> None:
    theirs = client_of(teammate)
    client_of(owner).post(reverse("person_deactivate", args=[teammate.pk]))
    assert theirs.get(reverse("account")).status_code == 302

    client_of(owner).post(reverse("person_activate", args=[teammate.pk]))
    assert client_of(teammate).get(reverse("account")).status_code == 200


def test_a_forgotten_password_is_replaced_through_a_link(owner: Person, teammate: Person, client_of: ClientOf) -> None:
    page = client_of(owner).post(reverse("person_password_link", args=[teammate.pk]), follow=True).content.decode()
    link = re.search(r"/join/[^/]+/", page)
    assert link is not None

    assert teammate.check_password(PASSWORD)
    Client().post(link[0], ANSWERS)

    teammate.refresh_from_db()
    assert teammate.check_password(ANSWERS["password"])
    assert not teammate.is_owner


def test_only_the_owner_manages_people(owner: Person, teammate: Person, outsider: Person, client_of: ClientOf) -> None:
    invite(client_of(owner))
    invitation = Invitation.objects.get()
    addresses = [
        reverse("people"),
        reverse("person_deactivate", args=[outsider.pk]),
        reverse("person_activate", args=[outsider.pk]),
        reverse("person_password_link", args=[outsider.pk]),
        reverse("invitation_withdraw", args=[invitation.pk]),
    ]

    for address in addresses:
        assert client_of(teammate).post(address, {"email": "x@example.com"}).status_code == 404
        assert Client().post(address, {"email": "x@example.com"}).status_code == 302

    outsider.refresh_from_db()
    assert outsider.is_active
    assert list(Invitation.objects.all()) == [invitation]


@pytest.mark.parametrize("name", ["person_deactivate", "person_password_link"])
def test_the_owner_cannot_lock_themselves_out(owner: Person, client_of: ClientOf, name: str) -> None:
    assert client_of(owner).post(reverse(name, args=[owner.pk])).status_code == 404

    owner.refresh_from_db()
    assert owner.is_active
