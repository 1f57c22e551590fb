"""The machine's memory: how much there is, and giving it back to the operating system."""

import ctypes
import gc
import os
import sys
from pathlib import Path

import psutil

_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where Linux says how much a container may have."""

KERNELS_KEPT = "64"
"""oneDNN writes a program for each size of product, and keeps 1,024 of them unless told otherwise. Texts bring ever
other sizes, which hardly come again after the batch: in a run on 1,000 pairs, 250 MB of programs."""


def bound_kernels_kept() -> None:
    """Takes effect for the whole process, before oneDNN multiplies for the first time; who set it already is obeyed."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KERNELS_KEPT)


def machine_memory() -> int:
    """Bytes that this machine has, or this container may have, whether or not they are in use."""
    found = [psutil.virtual_memory().total]
    for file in _LIMITS:
        try:
            found.append(int(file.read_text()))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return min(found)


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
