"""A large file in a real browser: the line breaks, the tab is closed, the person is signed out, and it arrives."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, Request, Route, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from webapp.accounts.models import Person
from webapp.projects.models import Project

PART = 1024 * 1024  # the first one


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_file_goes_on_where_it_stopped(
    page: Page,
    live_server: LiveServer,
    client_of: Callable[[Person], Client],
    owner: Person,
    project: Project,
    folder: Path,
    settings: Settings,
    tmp_path: Path,
) -> None:
    settings.RESUMABLE_BYTES = PART
    file = tmp_path / "tickets.csv"
    file.write_bytes(os.urandom(3 * PART + 17))
    session = {"name": "sessionid", "value": client_of(owner).cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([session])  # type: ignore[list-item]
    sent: list[int] = []
    broken = True

    def line(route: Route, request: Request) -> None:
        if request.method != "PATCH":
            return route.fallback()
        sent.append(int(request.headers["upload-offset"]))
        return route.abort("connectionreset") if broken and sent[-1] else route.fallback()

    page.route("**/arrivals/*/", line)
    page.goto(live_server.url + reverse("data", args=(project.pk,)))
    field, state = page.get_by_label("File: Examples"), page.locator("#examples [data-state]")
    field.set_input_files(file)
    expect(state).to_have_text(re.compile(r"^The connection was lost at 33%. Trying again in \d s …$"))
    page.get_by_role("button", name="Try now").click()
    expect(page.locator("#examples [data-words]")).to_have_text("1.0 of 3.0 MB · 33%")

    page.reload()  # as after a closed tab
    expect(page.get_by_role("list", name="Unfinished uploads")).to_contain_text("tickets.csv")
    sent.clear()
    field.set_input_files(file)
    expect(state).to_contain_text("Trying again")
    page.context.clear_cookies(name="sessionid")
    expect(state).to_contain_text("You were signed out at 33%; nothing is lost.")
    assert set(sent) == {PART}
    page.context.add_cookies([session])  # type: ignore[list-item]
    page.get_by_role("button", name="Go on").click()
    expect(state).to_contain_text("Trying again")
    broken = False
    page.wait_for_url("**/uploads/*/")  # by itself
    upload = project.uploads.get()
    assert (upload.name, upload.file.read()) == (file.name, file.read_bytes())
    assert list(folder.iterdir()) == []
    page.problems.clear()  # type: ignore[attr-defined]  # the browser notes each broken connection
