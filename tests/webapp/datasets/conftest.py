"""Parts of the data tests."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from webapp.accounts.models import Person
from webapp.projects.models import Project
from webapp.projects.services import project_create
from webapp.queue.doorbell import redis_connection


@pytest.fixture
def project(owner: Person) -> Project:
    """An empty project of the owner."""
    return project_create(owner=owner, name="Help desk")


@pytest.fixture
def prepare_worker(transactional_db: None, redis_server: redis.Redis) -> Iterator[None]:
    """A real prepare worker on the test's database and the embedded server."""
    redis_connection.cache_clear()
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "prepare"], cwd=settings.BASE_DIR, env=environment
    )
    yield
    worker.terminate()
    worker.wait(20)
    redis_connection.cache_clear()
