"""System checks: each speaks up for what it guards, and is silent otherwise."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from webapp import checks


def ids() -> list[str]:
    found = list(run_checks(tags=["tailor"]))
    assert all(problem.hint for problem in found)
    return [str(problem.id) for problem in found]


def test_silent_on_one_machine() -> None:
    assert ids() == []


def test_a_redis_elsewhere_needs_a_database_and_files_that_others_see(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://queue.example.com/0"
    assert ids() == ["tailor.E003", "tailor.E004", "tailor.W001"]

    monkeypatch.setitem(settings.DATABASES, "default", {"ENGINE": "django.db.backends.postgresql", "NAME": "tailor"})
    monkeypatch.setenv("TAILOR_MEDIA", "/shared")
    settings.REDIS_URL = "rediss://:secret@queue.example.com/0"
    assert ids() == []


def test_a_redis_on_this_machine_is_fine(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:6379/0"
    assert ids() == []


def test_opening_to_others_takes_a_name_and_https(settings: Settings) -> None:
    settings.HOST = "0.0.0.0"  # noqa: S104
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    assert ids() == ["tailor.W002", "tailor.W003"]

    settings.ALLOWED_HOSTS = ["tailor.example.com"]
    settings.HTTPS = True
    assert ids() == []


def test_a_folder_that_cannot_be_written(settings: Settings) -> None:
    settings.DATA_DIR = Path("/proc")
    assert ids() == ["tailor.E001"]


def test_a_database_on_a_network_disk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = [SimpleNamespace(mountpoint="/", fstype="ext4"), SimpleNamespace(mountpoint="/net", fstype="nfs4")]
    monkeypatch.setattr("psutil.disk_partitions", lambda all: mounts)
    assert ids() == []

    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/net/data/tailor.sqlite3"}
    monkeypatch.setitem(settings.DATABASES, "default", database)
    assert ids() == ["tailor.E002"]


def test_an_external_redis_that_is_away_is_told_before_deployment(settings: Settings) -> None:
    from webapp.queue.doorbell import redis_connection

    assert checks.check_queue(None) == []
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    redis_connection.cache_clear()
    try:
        assert [problem.id for problem in checks.check_queue(None)] == ["tailor.E005"]
    finally:
        redis_connection.cache_clear()
