"""Who is working: a name for this process by which others on the same machine can tell whether it still lives."""

import ctypes
import os
import signal
import socket
from functools import lru_cache
from pathlib import Path

PR_SET_PDEATHSIG = 1


@lru_cache(maxsize=1)
def _place() -> str:
    """This boot of this machine and this container's process numbers; empty where the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    except OSError:
        return ""
    return f"{boot[:13]}.{namespace}"


def process_name() -> str:
    """Such as `host/5a1fa5b0-3d2c.4026531836/1234`; at most 100 characters."""
    return f"{socket.gethostname()[:50]}/{_place()}/{os.getpid()}"


def is_dead(name: str) -> bool:
    """Whether the process of this name is certainly gone. False when it lives or when it cannot be known from here."""
    try:
        _, place, number = name.rsplit("/", 2)
        pid = int(number)
    except ValueError:
        return False
    if not place or place != _place():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Killed, but not yet collected by its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies, so that no orphan trains on. Linux only; elsewhere
    fencing alone protects the row."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    except (OSError, AttributeError):
        return
    if os.getppid() != parent:  # it died before the call
        os._exit(1)
