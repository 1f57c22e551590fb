"""Parts that tests of several rooms need: people, their clients, the real embedded server, a real browser."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, BrowserType, ConsoleMessage, Page, Request

from webapp.accounts.models import Person
from webapp.install import make_socket_folder
from webapp.service.redis_server import redis_command

PASSWORD = "a good long password"

LONGEST_FIRST = (
    "flows/test_picture_journey.py",
    "trainer/pictures/test_runs.py",
    "trainer/test_pipeline.py",
    "flows/test_journey.py",
    "flows/test_kills.py",
    "trainer/export/test_archive_pictures.py",
    "webapp/service/test_finetune.py",
    "webapp/search/test_pictures_worker.py",
    "webapp/search/test_browser.py",
    "webapp/test_accessibility.py",
    "webapp/reports/test_charts_browser.py",
    "trainer/export/test_archive.py",
    "webapp/datasets/test_picture_uploads.py",
    "trainer/encoders/test_dual.py",
    "webapp/search/test_services.py",
    "webapp/service/test_serve.py",
    "benchmarks/test_worker.py",
)
"""Files of tests that take longest. They come first, so that in the end none keeps one process busy alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Longest files first, all others as they were."""
    folder = Path(__file__).parent
    places = {folder / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Leaves the database's name alone: each pytest-xdist process has a folder of its own already."""


@pytest.fixture
def owner(db: None) -> Person:
    """Installed this Tailor; owns the projects of a test."""
    return Person.objects.create_person(email="owner@example.com", name="Olive", password=PASSWORD, is_owner=True)


@pytest.fixture
def teammate(db: None) -> Person:
    """Signed up, works beside the owner."""
    return Person.objects.create_person(email="teammate@example.com", name="Tom", password=PASSWORD)


@pytest.fixture
def outsider(db: None) -> Person:
    """Signed up, has nothing to do with the others' projects."""
    return Person.objects.create_person(email="outsider@example.com", name="Oscar", password=PASSWORD)


@pytest.fixture
def client_of() -> Callable[[Person], Client]:
    """`client_of(person)`: a client that is signed in as that person."""

    def signed_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return signed_in


@pytest.fixture(scope="session")
def redis_process() -> Iterator[redis.Redis]:
    """The real embedded server on the socket that the settings name, for the whole session."""
    socket = Path(settings.REDIS_SOCKET)
    make_socket_folder(settings.DATA_DIR)
    folder = settings.DATA_DIR / "redis"
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(redis_command(socket, folder), stdout=subprocess.DEVNULL)
    connection = redis.Redis(unix_socket_path=str(socket))
    try:
        _wait_until_answering(connection)
        yield connection
    finally:
        connection.close()
        process.terminate()
        process.wait(10)


def _wait_until_answering(connection: redis.Redis) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            connection.ping()
            return
        except redis.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.fixture
def redis_server(redis_process: redis.Redis) -> redis.Redis:
    """The embedded server, empty; gives a connection to it."""
    redis_process.flushall()
    return redis_process


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium. Where there is none, browser tests are skipped, except under CI, where they fail."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        words = "Chromium is not installed. On Debian or Ubuntu: sudo apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium: str) -> dict[str, Any]:
    """Starts the system's Chromium; no browser is downloaded."""
    quiet = ("background-networking", "component-update", "sync", "dev-shm-usage", "gpu", "quic")
    flags = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
    return {"executable_path": chromium, "args": flags}


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that must stay clean: a script error, a console error or a request to another host fails the test.

    A test that provokes an error on purpose empties `page.problems` (a list of strings) before it ends.
    """
    page = context.new_page()
    problems: list[str] = []
    page.problems = problems  # type: ignore[attr-defined]

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(f"console: {message.text} {message.location.get('url', '')}")

    def on_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in {"localhost", "127.0.0.1"}:
            problems.append(f"request to another host: {request.url}")

    page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    page.on("console", on_console)
    page.on("request", on_request)
    yield page
    assert not problems, "\n".join(problems)


@pytest.fixture
def keeping_page(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Page]:
    """A page of a browser that keeps pages for the button Back as they were left, as people's browsers do.

    Go back with `page.evaluate("history.back()")`: `go_back()` waits for a load, and a page that was kept has none.
    """
    browser = browser_type.launch(**browser_type_launch_args, ignore_default_args=["--disable-back-forward-cache"])
    yield browser.new_page()
    browser.close()
