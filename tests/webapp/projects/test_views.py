"""The home page and a project's page."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from webapp.accounts.models import Person
from webapp.projects.models import Project
from webapp.projects.services import project_create

ClientOf = Callable[[Person], Client]


@pytest.fixture
def project(owner: Person) -> Project:
    """A project of the owner."""
    return project_create(owner=owner, name="Help desk")


def test_the_first_visit_offers_the_sample_and_a_new_project(client_of: ClientOf, owner: Person) -> None:
    page = client_of(owner).get(reverse("project_list")).content.decode()
    assert "Try it with sample data" in page
    assert reverse("project_create") in page
    assert "How it works" in page


def test_home_shows_ones_own_projects_only(
    client_of: ClientOf, owner: Person, teammate: Person, project: Project
) -> None:
    assert "Help desk" in client_of(owner).get("/").content.decode()
    assert "Help desk" not in client_of(teammate).get("/").content.decode()


def test_home_costs_the_same_for_many_projects(client_of: ClientOf, owner: Person, project: Project) -> None:
    client = client_of(owner)
    client.get("/")  # what is cached is cached now
    with CaptureQueriesContext(connection) as for_one:
        client.get("/")
    for number in range(10):
        project_create(owner=owner, name=f"Project {number}")
    with CaptureQueriesContext(connection) as for_many:
        page = client.get("/").content.decode()
    assert all(f"Project {number}" in page for number in range(10))
    assert len(for_many) == len(for_one) <= 8


@pytest.mark.parametrize("name", ["project_detail"])
def test_only_the_owner_sees_a_project(
    name: str, client_of: ClientOf, owner: Person, teammate: Person, outsider: Person, project: Project
) -> None:
    url = reverse(name, args=(project.pk,))
    assert "Help desk" in client_of(owner).get(url).content.decode()
    assert client_of(teammate).get(url).status_code == 404
    assert client_of(outsider).get(url).status_code == 404
    assert Client().get(url)["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", ["project_rename", "project_delete"])
def test_only_the_owner_changes_a_project(
    name: str, client_of: ClientOf, owner: Person, teammate: Person, outsider: Person, project: Project
) -> None:
    url = reverse(name, args=(project.pk,))
    for stranger in (teammate, outsider):
        assert client_of(stranger).post(url, {"name": "Mine now"}).status_code == 404
    project.refresh_from_db()
    assert project.name == "Help desk"
    assert client_of(owner).get(url).status_code == 405
    assert client_of(owner).post(url, {"name": "Help desk 2"}).status_code == 302


def test_a_project_is_created_and_leads_to_its_data(client_of: ClientOf, owner: Person) -> None:
    answer = client_of(owner).post(reverse("project_create"), {"name": "  Spare   parts ", "task": "text-text"})
    project = Project.objects.get()
    assert answer["Location"] == reverse("data", args=(project.pk,))
    assert (project.name, project.task, project.owner) == ("Spare parts", "text-text", owner)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"name": " ", "task": "text-text"}, "Give the project a name"),
        ({"name": "x" * 101, "task": "text-text"}, "at most 100 characters"),
    ],
)
def test_a_refused_project_keeps_what_was_typed(
    form: dict[str, str], message: str, client_of: ClientOf, owner: Person
) -> None:
    answer = client_of(owner).post(reverse("project_create"), form)
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert f'value="{form["name"]}"' in answer.content.decode()
    assert not Project.objects.exists()


def test_a_project_keeps_its_name_when_the_new_one_is_blank(
    client_of: ClientOf, owner: Person, project: Project
) -> None:
    client = client_of(owner)
    client.post(reverse("project_rename", args=(project.pk,)), {"name": "  "})
    project.refresh_from_db()
    assert project.name == "Help desk"


def test_the_dialog_says_what_deleting_loses(client_of: ClientOf, owner: Person, project: Project) -> None:
    page = client_of(owner).get(reverse("project_detail", args=(project.pk,))).content.decode()
    assert "Delete “Help desk”?" in page
    assert "0 uploaded files and 0 data versions" in page


@pytest.mark.parametrize("path", ["/nothing/here/", "/projects/99999/"])
def test_not_found_is_a_page_of_ours(path: str, client_of: ClientOf, owner: Person) -> None:
    answer = client_of(owner).get(path)
    assert answer.status_code == 404
    assert "There is nothing here, or it is not yours to see." in answer.content.decode()


def test_a_forged_form_is_refused_in_plain_words(owner: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    answer = client.post(reverse("project_create"), {"name": "x", "task": "text-text"})
    assert answer.status_code == 403
    assert "This page was open too long" in answer.content.decode()


def test_the_error_page_needs_no_database_and_no_context() -> None:
    page = render_to_string("500.html")
    assert "The fault is Tailor’s, not yours." in page
    assert "Traceback" not in page
