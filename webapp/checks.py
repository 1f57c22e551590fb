"""System checks: settings that cannot work, or that would lose data, are named at the start, with a remedy."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb3", "smbfs", "fuse.sshfs", "9p", "ceph", "glusterfs"}
)
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


def _redis_is_elsewhere() -> bool:
    return bool(settings.REDIS_URL) and (urlsplit(settings.REDIS_URL).hostname or "localhost") not in LOCAL_HOSTS


def _database_is_sqlite() -> bool:
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("sqlite3")


@register("tailor")
def check_data_folder(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """The data folder, and the folder of uploads, can be written."""
    return [
        Error(
            f"The folder {folder} cannot be written to.",
            hint="Correct its owner or permissions, or set TAILOR_DATA to another folder.",
            id="tailor.E001",
        )
        for folder in (settings.DATA_DIR, Path(settings.FILE_UPLOAD_TEMP_DIR))
        if not _can_write(folder)
    ]


def _can_write(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@register("tailor")
def check_database_disk(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """SQLite's locks do not hold on network disks: two machines would spoil the file."""
    if not _database_is_sqlite():
        return []
    folder = Path(settings.DATABASES["default"]["NAME"]).parent
    mounts = [part for part in psutil.disk_partitions(all=True) if folder.is_relative_to(part.mountpoint)]
    nearest = max(mounts, key=lambda part: len(part.mountpoint), default=None)
    if nearest is None or nearest.fstype not in NETWORK_FILE_SYSTEMS:
        return []
    return [
        Error(
            f"The database would lie on a network disk ({nearest.fstype} at {nearest.mountpoint}).",
            hint="Set TAILOR_DATA to a folder on a disk of this machine, or DATABASE_URL to a PostgreSQL server.",
            id="tailor.E002",
        )
    ]


@register("tailor")
def check_several_machines(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A Redis on another machine means workers on other machines: they must see the same rows and the same files."""
    if not _redis_is_elsewhere():
        return []
    found: list[CheckMessage] = []
    if _database_is_sqlite():
        found.append(
            Error(
                "REDIS_URL names another machine, but the database is a file on this one.",
                hint="Set DATABASE_URL to a PostgreSQL server that every machine reaches, or leave REDIS_URL out.",
                id="tailor.E003",
            )
        )
    is_local = settings.STORAGE_BACKEND == "django.core.files.storage.FileSystemStorage"
    if is_local and "TAILOR_MEDIA" not in os.environ:
        found.append(
            Error(
                "REDIS_URL names another machine, but uploads and models are kept on this one.",
                hint="Set TAILOR_STORAGE to a store that every machine reaches, or TAILOR_MEDIA to a shared folder.",
                id="tailor.E004",
            )
        )
    if not urlsplit(settings.REDIS_URL).password:
        found.append(
            Warning(
                "The Redis on another machine is used without a password.",
                hint="Write it into REDIS_URL: rediss://:password@host:6379/0",
                id="tailor.W001",
            )
        )
    return found


@register("tailor")
def check_reachable_names(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Serving to other machines takes a name that they may use, and should take HTTPS."""
    if settings.HOST in LOCAL_HOSTS:
        return []
    found: list[CheckMessage] = []
    if set(settings.ALLOWED_HOSTS) <= LOCAL_HOSTS:
        found.append(
            Warning(
                "HOST opens Tailor to other machines, but no name is allowed by which they could reach it.",
                hint="Set TAILOR_HOSTS to the names and addresses that people type, separated by commas.",
                id="tailor.W002",
            )
        )
    if not settings.HTTPS:
        found.append(
            Warning(
                "HOST opens Tailor to other machines, and passwords travel unencrypted.",
                hint="Put a proxy with HTTPS before it and set TAILOR_HTTPS=1 (docs/operating.md shows how).",
                id="tailor.W003",
            )
        )
    return found


@register("tailor", deploy=True)
def check_queue(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Redis answers. The embedded one runs only while Tailor is served: it is asked only where its socket is."""
    from webapp.queue.selectors import redis_is_up  # imported here: checks load before the apps are ready

    if (not settings.REDIS_URL and not settings.REDIS_SOCKET.exists()) or redis_is_up():
        return []
    return [
        Error(
            "Redis does not answer.",
            hint="Check REDIS_URL and that the server runs; the embedded one starts with `make run`.",
            id="tailor.E005",
        )
    ]
