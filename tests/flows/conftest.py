"""Parts for tests of whole journeys through real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.flows.processes import Server, Tailor
from tests.webapp.runs.tiny_model import make_tiny_model
from webapp.queue.doorbell import redis_connection


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a base model that trains in seconds."""
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server that tests may kill, also used by the tests' own process. Whoever kills it starts it again."""
    server = Server()
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "REDIS_URL", server.url)
        redis_connection.cache_clear()
        yield server
    redis_connection.cache_clear()
    server.remove()


@pytest.fixture(scope="module")
def all_processes(django_db_setup: None, own_server: Server) -> Iterator[Tailor]:
    """Workers that live on from test to test, unless a test kills them: starting one takes seconds."""
    tailor = Tailor(own_server)
    yield tailor
    tailor.stop()


@pytest.fixture
def tailor(transactional_db: None, all_processes: Tailor) -> Iterator[Tailor]:
    """Starts workers on the test's database."""
    yield all_processes
    print(all_processes.words()[-6000:])  # shown by pytest when the test fails
