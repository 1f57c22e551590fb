"""What was freed goes back to the operating system."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trainer.encoders.text import TextEncoder
from trainer.memory import KERNELS_KEPT

PROGRAM = """
from pathlib import Path
from trainer.memory import release_memory

def held():
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in line)

pieces = [bytes(50_000) for _ in range(4_000)]  # 200 MB, each piece too small to be mapped by itself
last = bytes(50_000)  # keeps the heap from shrinking by itself
full = held()
del pieces
freed = held()
release_memory()
print(full, freed, held())
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="no glibc"
)
def test_freed_pieces_are_returned() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    full, freed, after = (int(word) for word in done.stdout.split())
    assert freed > full - 50_000  # kB: without our help they stay
    assert after < full - 150_000


def test_few_kernels_are_kept_unless_somebody_has_said_how_many(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "7")
    TextEncoder.load(tiny_model)
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "7"
    monkeypatch.delenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY")
    TextEncoder.load(tiny_model)
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == KERNELS_KEPT
