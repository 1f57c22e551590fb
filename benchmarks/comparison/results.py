"""What is measured, and the file that keeps it: one JSON line a measurement, so that an interruption loses nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path


class System(StrEnum):
    """The systems side by side."""

    BASE = "base"  # the base model as it comes
    KEYWORD = "bm25"
    STANDARD = "st"  # sentence-transformers' trainer at one setting
    BEST = "st-best"  # the best of its nine settings
    QUICK = "quick"  # Tailor's presets
    BALANCED = "balanced"
    THOROUGH = "thorough"


PRESETS = (System.QUICK, System.BALANCED, System.THOROUGH)
UNTRAINED = (System.BASE, System.KEYWORD)
"""They know no seed, so they are measured once, as seed 0."""


@dataclass(frozen=True)
class Job:
    """One measurement to be made. size: which train_SIZE.csv. shuffled: with matches that are wrong at random."""

    set: str
    size: int
    seed: int
    system: System
    shuffled: bool = False


@dataclass(frozen=True)
class Measurement:
    """What one system did with one data set.

    ndcg: nDCG@10 on the test split; before: that of the base model in the same process. per_query: nDCG@10 of each
    test query, in the order of the test file. seconds: of training, mining and choosing; processor_seconds: the same,
    counted by processor time over all threads, which says more where other programs share the machine. megabytes: peak
    of the process until the tuned model is judged; megabytes_whole: until its end, for Tailor with the export.
    chosen: which setting or candidate was chosen, in words.
    """

    job: Job
    ndcg: float
    before: float
    per_query: list[float]
    seconds: float
    processor_seconds: float
    megabytes: float
    megabytes_whole: float
    chosen: str
    threads: int
    device: str

    @property
    def gain(self) -> float:
        """nDCG@10 over the base model."""
        return self.ndcg - self.before


Results = dict[Job, Measurement]


def plan(
    sizes_of: Mapping[str, Sequence[int]],
    sizes: Sequence[int],
    seeds: Sequence[int],
    systems: Sequence[System],
    *,
    shuffled: bool = False,
) -> list[Job]:
    """Every measurement, {set: its sizes} with the sizes asked for.

    For each set and seed the systems take turns, beginning with another one at each seed, so that a machine that grows
    slower or warmer favours none. Shuffled matches are for Tailor's presets only.
    """
    jobs: dict[Job, None] = {}
    for size in sizes:
        for turn, seed in enumerate(seeds):
            order = [*systems[turn % len(systems) :], *systems[: turn % len(systems)]]
            for name, there in sizes_of.items():
                for system in order:
                    if size in there and (system in PRESETS or not shuffled):
                        jobs[Job(name, size, 0 if system in UNTRAINED else seed, system, shuffled)] = None
    return list(jobs)


def as_line(measurement: Measurement) -> str:
    """One line of JSON, the job's fields beside the others."""
    plain = asdict(measurement)
    return json.dumps({**plain.pop("job"), **plain})


def from_line(line: str) -> Measurement:
    """The opposite of `as_line`. Raises ValueError when it is none."""
    plain = json.loads(line)
    job = Job(**{name: plain.pop(name) for name in Job.__dataclass_fields__})
    return Measurement(job=replace(job, system=System(job.system)), **plain)


def append_result(path: Path, measurement: Measurement) -> None:
    """Adds one line. Whatever an interruption left of the line before stays a line of its own."""
    whole = not path.exists() or path.read_bytes().endswith(b"\n") or not path.stat().st_size
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{'' if whole else chr(10)}{as_line(measurement)}\n")


def read_results(path: Path) -> Results:
    """All measurements of a file; of several of the same job the latest. A line that was cut off is passed over."""
    results: Results = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            measurement = from_line(line)
        except ValueError:
            continue
        results[measurement.job] = measurement
    return results
