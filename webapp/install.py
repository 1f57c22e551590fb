"""What an installation consists of on disk: the data folder, its secrets, the folder of its sockets. No Django here."""

import hashlib
import json
import os
import re
import secrets
import tempfile
from pathlib import Path

SOCKET_PATH_BYTES = 107  # the longest path of a unix socket on Linux; 103 on a Mac
_ROOM_FOR_NAME = 20  # "/supervisor.sock" and a Mac's shorter limit


class InstallError(Exception):
    """This machine, or this folder, cannot hold an installation. The text is one sentence with its remedy."""


def data_folder(asked: str | None, default: Path) -> Path:
    """The data folder, made for its owner alone (0700) when it is not there yet. Raises InstallError."""
    folder = Path(asked).expanduser() if asked else default
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InstallError(
            f"The data folder {folder} cannot be made ({error.strerror}). "
            "Set TAILOR_DATA to a folder that you may write to, and start again."
        ) from error
    return folder.resolve()


def read_or_make_secrets(folder: Path) -> dict[str, str]:
    """{"secret_key", "setup_token"}: drawn once, kept in secrets.json (0600) in the data folder, or InstallError."""
    path = folder / "secrets.json"
    if not path.exists():
        _make_secrets(path)
    try:
        known = json.loads(path.read_text("utf-8"))
        return {"secret_key": str(known["secret_key"]), "setup_token": str(known["setup_token"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InstallError(
            f"{path} cannot be read or is damaged. Bring it back from a backup; or delete it, "
            "and new secrets are drawn at the next start (everyone then has to sign in again)."
        ) from error


def _make_secrets(path: Path) -> None:
    drawn = {"secret_key": secrets.token_urlsafe(60), "setup_token": secrets.token_urlsafe(24)}
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")  # mkstemp makes it 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(drawn, file)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InstallError(
            f"Nothing can be written to the data folder {path.parent} ({error.strerror}). "
            "Make room or correct its permissions, or set TAILOR_DATA to another folder, and start again."
        ) from error
    try:
        os.link(name, path)  # unlike a rename, never replaces what a process beside us has just drawn
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()


def socket_folder(folder: Path) -> Path:
    """Where the sockets of this installation live; made on demand by `make_socket_folder`.

    In the data folder; or, where that path is too long for a socket or has blanks and the like, over which redis-py
    stumbles, in a short folder under /tmp that is derived from it. It depends on nothing but the data folder, so that
    every process finds it.
    """
    inside = folder / "sockets"
    is_plain = re.fullmatch(r"[\w./+-]+", str(inside), re.ASCII)
    if is_plain and len(os.fsencode(inside)) + _ROOM_FOR_NAME < SOCKET_PATH_BYTES:
        return inside
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path("/tmp") / f"tailor-{os.getuid()}-{digest}"  # noqa: S108  made 0700 and checked below


def make_socket_folder(folder: Path) -> Path:
    """Makes the folder of `socket_folder`, for its owner alone. Raises InstallError when someone else has taken it."""
    sockets = socket_folder(folder)
    sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = sockets.lstat()
    if sockets.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise InstallError(
            f"The folder {sockets} belongs to someone else or is open to others. "
            f"Remove it, or set TAILOR_DATA to a folder with a shorter path, and start again."
        )
    return sockets
