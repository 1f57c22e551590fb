"""Runs a command that ends when whoever started it ends, even by `kill -9`: `python tether.py COMMAND ARGUMENT…`.

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


if __name__ == "__main__":
    end_with_parent()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606  an argument list of our own, no shell
