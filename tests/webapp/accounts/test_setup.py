"""The first visit."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from webapp.accounts.models import Person
from webapp.accounts.services import AlreadySetUpError, owner_create

GOOD = {
    "name": "Olive",
    "email": "Olive@Example.com",
    "password": "rowing at seven bells",
    "password_again": "rowing at seven bells",
}


def setup_address(token: str = "") -> str:
    return reverse("setup", args=[token or settings.SETUP_TOKEN])


def test_before_set_up_every_page_says_where_to_find_the_link(db: None, client: Client) -> None:
    response = client.get("/", follow=True)

    assert "Open the link that" in response.content.decode()
    assert "<form" not in response.content.decode().split("<main")[1]
    assert settings.SETUP_TOKEN not in response.content.decode()


def test_the_link_makes_the_owner_and_signs_them_in(db: None, client: Client) -> None:
    assert client.get(setup_address()).status_code == 200

    response = client.post(setup_address(), GOOD)

    person = Person.objects.get()
    assert (person.name, person.email, person.is_owner) == ("Olive", "olive@example.com", True)
    assert person.check_password(GOOD["password"])
    assert not person.is_superuser
    assert response["Location"] == "/"
    assert client.session["_auth_user_id"] == str(person.pk)


def test_a_wrong_link_is_unknown(db: None, client: Client) -> None:
    assert client.get(setup_address("x" * 32)).status_code == 404
    assert client.post(setup_address("é"), GOOD).status_code == 404
    assert not Person.objects.exists()


def test_the_link_dies_once_there_is_an_owner(owner: Person, client: Client) -> None:
    response = client.post(setup_address(), GOOD)

    assert response["Location"] == reverse("login")
    assert Person.objects.count() == 1
    with pytest.raises(AlreadySetUpError):
        owner_create(name="Eve", email="eve@example.com", password="rowing at seven bells")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password_again": "something else"}, "The two passwords differ"),
        ({"password": "short", "password_again": "short"}, "too short"),
        ({"password": "password1234", "password_again": "password1234"}, "too common"),
        ({"password": "olive@example.com", "password_again": "olive@example.com"}, "too similar"),
        ({"email": "not an address"}, "It should look like name@company.com"),
        ({"name": ""}, "Type your name"),
    ],
)
def test_bad_answers_are_explained(db: None, client: Client, change: dict[str, str], words: str) -> None:
    response = client.post(setup_address(), GOOD | change)

    assert words in response.content.decode()
    assert not Person.objects.exists()
