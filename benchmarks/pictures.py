"""How fast pictures are read and picture models trained, beside plain loops over the standard libraries:
`.venv/bin/python -m benchmarks.pictures [--pictures 96] [--rounds 3] [--threads 2] [--batch 32]`.

First both sides read the pictures (`comparison.picture_encoding`). Then each system runs an epoch of the same pictures,
in float32 and equal batches, by turns in one process; the pictures are drawn by code. The plain loops read, decode and
resize each picture every time and train every layer: timm with its own classifier and cross-entropy on labels,
open_clip with its ClipLoss on pairs. Tailor reads each picture once, which is measured by itself, and trains what it
trains in a run: `layers` (Balanced) and `on top` (Quick, the mean of 40 epochs) of efficientnet-lite0 by labels, and of
a CLIP model, small and with random weights, by pairs. Memory is the largest of a process of its own for each.
Trust the ratios, those of processor time most.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch

from benchmarks.comparison.clock import Clock
from benchmarks.comparison.picture_encoding import compare_encoding, draw_store
from benchmarks.comparison.picture_systems import DEVICE, SYSTEMS, Problem, lite0
from benchmarks.comparison.worker import peak_megabytes

EPOCHS = 6  # of Balanced
TARGETS = {"timm": 1.0, "open_clip": 1.0}
QUICK_TARGET = 10.0

Ready = Callable[[], Clock]


def main() -> None:
    """Measure and print two tables; exit with status 1 where a target is missed or vectors differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--only", choices=SYSTEMS, help="one epoch of one system, and how much memory it took")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory(prefix="tailor-bench-") as scratch:
        keys = draw_store(Path(scratch) / "pictures.zip", arguments.pictures)
        problem = Problem(Path(scratch), keys, arguments.batch)
        if arguments.only:
            SYSTEMS[arguments.only](problem)()
            print(peak_megabytes())
            return
        print(f"{len(keys):,} pictures, {arguments.threads} threads, {DEVICE}, batches of {arguments.batch}, float32")
        folders = lite0(problem), problem.clip_folder
        same = compare_encoding(problem.store, keys, *folders, arguments.batch, arguments.rounds)
        clocks = _by_turns({name: make(problem) for name, make in SYSTEMS.items()}, arguments.rounds)
    sys.exit(0 if _print(clocks, len(keys)) and same else 1)


def _by_turns(systems: dict[str, Ready], rounds: int) -> dict[str, list[Clock]]:
    clocks: dict[str, list[Clock]] = {name: [] for name in systems}
    for _ in range(rounds):
        for name, measure in systems.items():
            clocks[name].append(measure())
    return clocks


def _print(clocks: dict[str, list[Clock]], count: int) -> bool:
    """A table, each system against the plain loop of its library; whether all targets are met."""
    print(f"{'one epoch':<28}{'pictures/s':>12}{'ratio':>8}{'of processor time':>20}{'memory':>10}")
    for name, measured in clocks.items():
        stock = clocks[f"{_library(name)}, plain"]
        speed = count / median(clock.seconds for clock in measured)
        ratios = _ratio(stock, measured, "seconds"), _ratio(stock, measured, "processor_seconds")
        print(f"{name:<28}{speed:>12.1f}{ratios[0]:>8.2f}{ratios[1]:>20.2f}{_memory_of(name):>7} MB", flush=True)
    met = True
    for library, target in TARGETS.items():
        quick = _ratio(clocks[f"{library}, plain"], clocks[f"{library}, on top"], "processor_seconds")
        print(f"{library}: an epoch of Quick against a plain one, of processor time: {quick:.1f}")
        met &= quick >= QUICK_TARGET
        layers = clocks[f"{library}, layers"]
        once = [_sum(reading, epoch) for reading, epoch in zip(clocks[f"{library}, reading"], layers, strict=True)]
        plain = [_times(clock, EPOCHS) for clock in clocks[f"{library}, plain"]]
        ratio = _ratio(plain, once, "processor_seconds")
        met &= ratio >= target
        print(
            f"{library}: reading once and {EPOCHS} epochs against {EPOCHS} plain ones, of processor time: {ratio:.2f}"
        )
    return met


def _library(name: str) -> str:
    return name.split(",")[0]


def _ratio(stock: list[Clock], own: list[Clock], of: str) -> float:
    return median(getattr(a, of) / getattr(b, of) for a, b in zip(stock, own, strict=True))


def _sum(reading: Clock, epoch: Clock) -> Clock:
    total = _times(epoch, EPOCHS)
    total.seconds += reading.seconds
    total.processor_seconds += reading.processor_seconds
    return total


def _times(clock: Clock, count: int) -> Clock:
    total = Clock()
    total.seconds, total.processor_seconds = clock.seconds * count, clock.processor_seconds * count
    return total


def _memory_of(name: str) -> int:
    """In MB, of a process of its own with the same arguments."""
    command = [sys.executable, "-m", "benchmarks.pictures", *sys.argv[1:], "--only", name]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return round(float(ended.stdout.split()[-1]))


if __name__ == "__main__":
    main()
