"""Parts for tests of whole journeys through real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.flows.processes import Server, Tailor
from tests.webapp.runs.tiny_model import make_tiny_model
from webapp.queue.doorbell import redis_connection


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a base model that trains in seconds."""
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def own_server(settings: Settings) -> Iterator[Server]:
    """A server that the test may kill, also used by the test's own process."""
    server = Server()
    server.start()
    settings.REDIS_URL = server.url
    redis_connection.cache_clear()
    yield server
    redis_connection.cache_clear()
    server.remove()


@pytest.fixture
def tailor(transactional_db: None, own_server: Server) -> Iterator[Tailor]:
    """Starts workers on the test's database; what is left of them is killed at the end."""
    tailor = Tailor(own_server)
    yield tailor
    tailor.stop()
    print(tailor.words()[-6000:])  # shown by pytest when the test fails
