"""Runs a command that ends when its supervisor ends, even by `kill -9`: `python tether.py PID_FILE COMMAND ARGUMENT…`.

Linux only; elsewhere the command runs untethered. No import of ours: it starts in a blink.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # survives the exec


def end_with_parent() -> None:
    """Asks the kernel to send this process SIGTERM when its parent dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def is_parent(pid_file: str) -> bool:
    """Whether the process that wrote the file is our parent still: it may have died before we asked the kernel."""
    with open(pid_file, encoding="ascii") as file:  # noqa: PTH123  pathlib takes longer to import than all the rest
        return file.read().strip() == str(os.getppid())


if __name__ == "__main__":
    end_with_parent()
    if not is_parent(sys.argv[1]):
        sys.exit("The supervisor is gone.")
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  an argument list of our own, no shell
