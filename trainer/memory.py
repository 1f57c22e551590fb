"""Giving memory back to the operating system."""

import ctypes
import gc
import sys


def release_memory() -> None:
    """Returns what was freed; without effect where the C library is not glibc.

    Steps take and free hundreds of megabytes in pieces of all sizes. glibc keeps them, and cannot use them well for
    the pieces of what comes next, so that two trainings and an export would take the memory of all three.
    """
    gc.collect()
    trim_memory()


def trim_memory() -> None:
    """The same where nothing is left for Python to find, which takes it a fifth of a second among a model's objects."""
    if not sys.platform.startswith("linux"):
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
