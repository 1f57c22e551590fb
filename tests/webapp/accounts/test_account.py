"""One's own account."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from tests.conftest import PASSWORD
from webapp.accounts.models import Person

NEW = "rowing at seven bells"


def change(client: Client, **data: str) -> str:
    answers = {"present": PASSWORD, "password": NEW, "password_again": NEW, "change_password": "1"} | data
    return client.post(reverse("account"), answers, follow=True).content.decode()


def test_changes_the_name(teammate: Person, client_of: Callable[[Person], Client]) -> None:
    response = client_of(teammate).post(reverse("account"), {"name": "Thomas"}, follow=True)

    teammate.refresh_from_db()
    assert teammate.name == "Thomas"
    assert "Your name is saved" in response.content.decode()


def test_a_new_password_signs_out_everywhere_else(teammate: Person, client_of: Callable[[Person], Client]) -> None:
    here, elsewhere = client_of(teammate), client_of(teammate)

    assert "Your password is changed" in change(here)

    teammate.refresh_from_db()
    assert teammate.check_password(NEW)
    assert here.get(reverse("account")).status_code == 200
    assert elsewhere.get(reverse("account")).status_code == 302


def test_a_password_needs_the_present_one_and_strength(teammate: Person, client_of: Callable[[Person], Client]) -> None:
    client = client_of(teammate)

    assert "This is not your present password" in change(client, present="wrong")
    assert "The two passwords differ" in change(client, password_again="other")
    assert "too similar" in change(client, password="teammate@example", password_again="teammate@example")

    teammate.refresh_from_db()
    assert teammate.check_password(PASSWORD)
