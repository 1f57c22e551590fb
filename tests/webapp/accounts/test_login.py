"""Signing in and out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from tests.conftest import PASSWORD
from webapp.accounts.models import FailedLogin, Person
from webapp.accounts.selectors import TRIES_PER_ADDRESS, TRIES_PER_PERSON

WRONG = "do not belong together"
TOO_MANY = "Too many wrong passwords"


def try_password(client: Client, email: str, password: str, **extra: Any) -> str:
    response = client.post(reverse("login"), {"email": email, "password": password}, **extra)
    return "in" if response.status_code == 302 else response.content.decode()


def test_pages_need_a_login_and_lead_back_after_it(owner: Person, client: Client) -> None:
    response = client.get(reverse("account"))
    assert response["Location"] == f"{reverse('login')}?next={reverse('account')}"

    response = client.post(response["Location"], {"email": "OWNER@example.com", "password": PASSWORD})

    assert response["Location"] == reverse("account")
    assert client.get(reverse("account")).status_code == 200


def test_never_leads_to_another_host(owner: Person, client: Client) -> None:
    data = {"email": owner.email, "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(reverse("login"), data)["Location"] == "/"


def test_wrong_password_unknown_person_and_shut_out_person_read_the_same(
    owner: Person, teammate: Person, client: Client
) -> None:
    teammate.is_active = False
    teammate.save()
    for email, password in [(owner.email, "wrong"), ("nobody@example.com", PASSWORD), (teammate.email, PASSWORD)]:
        assert WRONG in try_password(client, email, password)


def test_guessing_is_stopped_for_a_quarter_of_an_hour(owner: Person, teammate: Person, client: Client) -> None:
    for _ in range(TRIES_PER_PERSON):
        assert WRONG in try_password(client, owner.email, "wrong")

    assert TOO_MANY in try_password(client, owner.email, PASSWORD)
    assert try_password(Client(), owner.email, PASSWORD, REMOTE_ADDR="10.0.0.9") == "in"
    assert try_password(Client(), teammate.email, PASSWORD) == "in"

    FailedLogin.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert try_password(client, owner.email, PASSWORD) == "in"


def test_one_address_cannot_try_everyone(owner: Person, client: Client) -> None:
    emails = [f"person{number}@example.com" for number in range(TRIES_PER_ADDRESS)]
    FailedLogin.objects.bulk_create(FailedLogin(email=email, address="127.0.0.1") for email in emails)

    assert TOO_MANY in try_password(client, owner.email, PASSWORD)


def test_who_has_a_whole_network_cannot_try_anew_from_each_of_its_addresses(owner: Person, client: Client) -> None:
    for number in range(TRIES_PER_PERSON):
        try_password(client, owner.email, "wrong", REMOTE_ADDR=f"2001:db8:1:2::{number:x}")
    assert TOO_MANY in try_password(client, owner.email, PASSWORD, REMOTE_ADDR="2001:db8:1:2:ffff::1")
    assert try_password(Client(), owner.email, PASSWORD, REMOTE_ADDR="2001:db8:1:3::1") == "in"


@pytest.mark.parametrize(("proxies", "stopped"), [(0, True), (1, False)])
def test_a_forwarded_address_counts_only_behind_our_own_proxy(
    owner: Person, client: Client, settings: Settings, proxies: int, stopped: bool
) -> None:
    settings.PROXIES = proxies
    for number in range(TRIES_PER_PERSON):
        try_password(client, owner.email, "wrong", HTTP_X_FORWARDED_FOR=f"6.6.6.6, 10.0.0.{number}")

    answer = try_password(client, owner.email, PASSWORD, HTTP_X_FORWARDED_FOR="6.6.6.6, 10.0.1.1")

    assert (TOO_MANY in answer) is stopped


def test_signing_out_takes_a_post(owner: Person, client_of: Callable[[Person], Client]) -> None:
    client = client_of(owner)
    assert client.get(reverse("logout")).status_code == 405
    assert client.get(reverse("account")).status_code == 200

    client.post(reverse("logout"))

    assert client.get(reverse("account")).status_code == 302
