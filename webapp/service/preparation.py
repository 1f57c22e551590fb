"""What must be so before the processes start: nobody else here, room, a free port, database and pages up to date."""

import errno
import fcntl
import hashlib
import os
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import IO

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core import checks
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from webapp.install import InstallError

Say = Callable[[str], None]
NEEDED_BYTES = 500 * 1024 * 1024


def take_lock() -> IO[str]:
    """Makes this the only Tailor of the data folder for as long as the file stays open. Raises InstallError."""
    file = (settings.DATA_DIR / "serve.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        number = file.read().strip() or "unknown"
        file.close()
        raise InstallError(
            f"Another Tailor (process {number}) is already running on {settings.DATA_DIR}. "
            "Stop it with Ctrl-C where it runs, or set TAILOR_DATA and PORT to start a second one beside it."
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def wait_for_predecessor(patience: float = 20) -> None:
    """Waits for the Redis of a Tailor that is just stopping, for example after its launcher was killed."""
    deadline = time.monotonic() + patience
    while _answers(str(settings.REDIS_SOCKET)):
        if time.monotonic() > deadline:
            raise InstallError(
                f"An earlier Tailor still runs on {settings.DATA_DIR}: its Redis answers. "
                "End the process called valkey-server or redis-server, and start again."
            )
        time.sleep(0.3)


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def require_free_port() -> None:
    """Raises InstallError when HOST and PORT cannot be had."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left counts as free
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise InstallError(_port_words(error)) from error


def _port_words(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.PORT} is in use by another program. "
            f"Stop that program, or choose another port: PORT={settings.PORT + 1} make run"
        )
    if error.errno == errno.EACCES:
        return f"Port {settings.PORT} is reserved for administrators. Choose one above 1023: PORT=8000 make run"
    return (
        f"The address {settings.HOST} is not one of this machine's ({error.strerror}). Correct HOST, or leave it out."
    )


def require_room() -> None:
    """Raises InstallError when the disk of the data folder is full."""
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < NEEDED_BYTES:
        raise InstallError(
            f"Only {free / 2**20:,.0f} MB are free on the disk of {settings.DATA_DIR}; "
            f"{NEEDED_BYTES / 2**20:,.0f} MB are needed. "
            "Make room, or set TAILOR_DATA to a folder on another disk, and start again."
        )


def require_sound_settings() -> None:
    """Runs Django's system checks. Raises InstallError naming what is wrong and what to do."""
    serious = [problem for problem in checks.run_checks() if problem.is_serious(checks.ERROR)]
    if serious:
        raise InstallError("\n".join(f"{problem.msg} {problem.hint or ''} ({problem.id})" for problem in serious))


def bring_database_up_to_date(say: Say) -> None:
    """Migrates where needed; an SQLite database with something in it is copied to DATA/backups before."""
    try:
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
        if executor.loader.applied_migrations:
            say("Bringing the database up to date …")
            _back_up()
        else:
            say("Making the database …")
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise InstallError(
            f"The database cannot be used ({str(error).strip()}). See that the disk has room and that DATABASE_URL, "
            "if it is set, names a database that runs; then start again."
        ) from error
    finally:
        connection.close()


def _back_up() -> None:
    if connection.vendor != "sqlite":
        return
    folder = settings.DATA_DIR / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"before-upgrade-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.sqlite3"
    with (
        closing(sqlite3.connect(settings.DATABASES["default"]["NAME"])) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)
    target.chmod(0o600)


def collect_static_files(say: Say) -> None:
    """Copies and compresses the static files, only when one of them has changed or the copy is gone."""
    stamp = settings.DATA_DIR / "static.stamp"
    fingerprint = _static_fingerprint()
    if settings.STATIC_ROOT.is_dir() and stamp.exists() and stamp.read_text("utf-8") == fingerprint:
        return
    say("Preparing the pages …")
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(fingerprint, "utf-8")


def _static_fingerprint() -> str:
    digest = hashlib.sha256(str(settings.STATIC_ROOT).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            modified = storage.get_modified_time(name).timestamp()
            digest.update(f"{name} {storage.size(name)} {modified}\n".encode())
    return digest.hexdigest()
