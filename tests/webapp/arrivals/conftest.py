"""Parts of the tests of files on their way in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from webapp.accounts.models import Person
from webapp.projects.models import Project
from webapp.projects.services import project_create


@pytest.fixture
def project(owner: Person) -> Project:
    """An empty project of the owner."""
    return project_create(owner=owner, name="Help desk")


@pytest.fixture
def signed_in(owner: Person, client_of: Callable[[Person], Client]) -> Client:
    """A client of the owner."""
    return client_of(owner)


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where the bytes lie, for this test alone."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path / "arrivals"
