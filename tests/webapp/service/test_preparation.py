"""What is checked and made before the processes start."""

import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from webapp.install import InstallError
from webapp.service import preparation


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("192.0.2.1", 8000, "is not one of this machine's .* Correct HOST"),
        ("127.0.0.1", 0, ""),
    ],
)
def test_an_address_that_cannot_be_had_is_told(settings: Settings, host: str, port: int, words: str) -> None:
    settings.HOST, settings.PORT = host, port
    if not words:
        preparation.require_free_port()
        return
    with pytest.raises(InstallError, match=words):
        preparation.require_free_port()


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=3 * 2**20))

    with pytest.raises(InstallError, match=r"Only 3 MB are free .* 500 MB are needed\. Make room"):
        preparation.require_room()


def test_settings_that_contradict_stop_the_start(settings: Settings) -> None:
    settings.REDIS_URL = "redis://:secret@queue.example.com/0"

    with pytest.raises(InstallError, match=r"database is a file on this one\. Set DATABASE_URL .*\(tailor\.E003\)"):
        preparation.require_sound_settings()


@pytest.mark.django_db(transaction=True)
def test_an_upgrade_copies_the_database_first(owner: object) -> None:
    said: list[str] = []
    preparation.bring_database_up_to_date(said.append)
    assert said == []

    call_command("migrate", "sessions", "zero", verbosity=0)  # no other app stands on it
    preparation.bring_database_up_to_date(said.append)

    assert said == ["Bringing the database up to date …"]
    copy = max((settings.DATA_DIR / "backups").iterdir())
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with sqlite3.connect(copy) as database:
        assert database.execute("SELECT email FROM accounts_person").fetchall() == [("owner@example.com",)]
    assert "django_session" in connection.introspection.table_names()


def test_static_files_are_collected_only_when_one_has_changed(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "page.css").write_text("a { color: red }")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "static"
    settings.DATA_DIR = tmp_path
    said: list[str] = []
    _forget_finders()

    preparation.collect_static_files(said.append)
    preparation.collect_static_files(said.append)
    assert said == ["Preparing the pages …"]
    (source / "page.css").write_text("a { color: blue, }")
    preparation.collect_static_files(said.append)

    assert len(said) == 2
    assert "blue" in (tmp_path / "static" / "page.css").read_text()
    _forget_finders()


def test_static_files_that_a_backup_left_out_are_collected_again(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "page.css").write_text("a { color: red }")
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "static"
    settings.DATA_DIR = tmp_path
    _forget_finders()
    preparation.collect_static_files(lambda text: None)

    shutil.rmtree(tmp_path / "static")
    preparation.collect_static_files(lambda text: None)

    assert (tmp_path / "static" / "page.css").read_text() == "a { color: red }"
    _forget_finders()


def _forget_finders() -> None:
    from django.contrib.staticfiles.finders import get_finder

    get_finder.cache_clear()  # type: ignore[attr-defined]


def test_production_settings_pass_djangos_deployment_check(tmp_path: Path) -> None:
    environment = {
        "TAILOR_HTTPS": "1",
        "TAILOR_URL": "https://tailor.example.com",
        "TAILOR_DATA": str(tmp_path / "data"),
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "eighty", "PORT must be a whole number, not 'eighty'"),
        ("TAILOR_STORAGE_OPTIONS", "{", "TAILOR_STORAGE_OPTIONS must be a JSON object"),
        ("TAILOR_DATA", "/proc/nowhere", "The data folder /proc/nowhere cannot be made"),
    ],
)
def test_a_wrong_environment_is_one_sentence(tmp_path: Path, name: str, value: str, words: str) -> None:
    environment = {"TAILOR_DATA": str(tmp_path / "data"), name: value}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(words)
    assert done.stderr.count("\n") == 1
