"""Signing out in a real browser."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from webapp.accounts.models import Person
from webapp.projects.services import project_create


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_going_back_after_signing_out_shows_nothing_of_the_data(
    keeping_page: Page, live_server: LiveServer, client_of: Callable[[Person], Client], owner: Person
) -> None:
    project = project_create(owner=owner, name="Help desk")
    page, cookie = keeping_page, client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("project_detail", args=(project.pk,)))
    expect(page.get_by_role("heading", name=project.name)).to_be_visible()
    page.locator("summary", has_text=owner.name).click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login/**")
    page.evaluate("history.back()")
    page.wait_for_url("**/login/?next=**")
    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.get_by_text(project.name)).to_have_count(0)
