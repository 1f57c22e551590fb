"""What learning brings on pictures: `TAILOR_BENCH_PICTURES=/folder make bench`, or
`.venv/bin/python -m benchmarks.picture_sets [--data /folder] [--sets a,b] [--sizes 300] [--seeds 0] [--presets quick]`.

The folder holds a folder for each data set, with `train_100.csv`, `train_300.csv`, `train_1000.csv` (those that there
are), `test.csv`, `catalogue.csv`, and the pictures that they name. Each run is `manage.py finetune` as a person calls
it, export included, in a process of its own; the figures are those of its report.json. Runs that are done are kept in
`build/picture-benchmark` (`--out`), and not repeated. Without a folder there is nothing to measure.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from statistics import mean, pstdev
from typing import Any, NamedTuple

from benchmarks.comparison.sets import has_pictures

BY_LABELS, BY_WORDS = "map@10", "ndcg@10"
TARGETS = {  # of data sets that are known: the least score after learning, mean of the seeds
    ("fashion", 100): {"quick": 0.68, "balanced": 0.69},
    ("fashion", 300): {"quick": 0.715, "balanced": 0.74},
    ("fashion", 1000): {"quick": 0.755, "balanced": 0.78},
    ("emoji", 300): {"quick": 0.29, "balanced": 0.33},
}


class Run(NamedTuple):
    """One call of `manage.py finetune`."""

    folder: Path
    size: int
    preset: str
    seed: int


def main() -> None:
    """Measure what is missing, print a table, exit with status 1 where a target is missed or a run fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("TAILOR_BENCH_PICTURES"))
    parser.add_argument("--out", type=Path, default=Path("build/picture-benchmark"))
    parser.add_argument("--sets", default="")
    parser.add_argument("--sizes", default="100,300,1000")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--presets", default="quick,balanced")
    arguments = parser.parse_args()
    if arguments.data is None:
        print("No folder of picture data sets is given (TAILOR_BENCH_PICTURES), so nothing is measured.")
        return
    reports: dict[Run, dict[str, Any]] = {}
    for run in _runs(arguments):
        reports[run] = _report(run, arguments.out)
        print(f"{_name(run)}: {_line(reports[run])}", flush=True)
    sys.exit(0 if _table(reports) else 1)


def _runs(arguments: argparse.Namespace) -> Iterator[Run]:
    wanted = [name for name in arguments.sets.split(",") if name]
    sizes, seeds = ([int(number) for number in text.split(",")] for text in (arguments.sizes, arguments.seeds))
    for folder in sorted(file.parent for file in arguments.data.glob("*/test.csv")):
        if (wanted and folder.name not in wanted) or not has_pictures(folder):
            continue
        for size, preset, seed in product(sizes, arguments.presets.split(","), seeds):
            if (folder / f"train_{size}.csv").exists():
                yield Run(folder, size, preset, seed)


def _name(run: Run) -> str:
    return f"{run.folder.name}-{run.size}-{run.preset}-{run.seed}"


def _report(run: Run, out: Path) -> dict[str, Any]:
    file = out / _name(run) / "report.json"
    if not file.exists():
        command = [sys.executable, "manage.py", "finetune", str(run.folder / f"train_{run.size}.csv")]
        command += ["--test", str(run.folder / "test.csv"), "--catalogue", str(run.folder / "catalogue.csv")]
        command += ["--preset", run.preset, "--seed", str(run.seed), "--output", str(file.parent)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _metric(report: dict[str, Any]) -> str:
    return BY_LABELS if report["task"] == "image-image" else BY_WORDS


def _line(report: dict[str, Any]) -> str:
    metric = _metric(report)
    before, after, seconds = report["before"][metric], report["after"][metric], report["seconds"]["fit"]
    return f"{metric} {before:.3f} → {after:.3f}, {seconds:.0f} s of training, {report['verdict']}"


def _table(reports: dict[Run, dict[str, Any]]) -> bool:
    """A line for each set, size and preset; whether all targets are met."""
    print("\n| Data set | Examples | Preset | Runs | Measure | Before | After | Seconds of training | Target |")
    print("|---|---|---|---|---|---|---|---|---|")
    met, groups = True, dict[tuple[str, int, str], list[dict[str, Any]]]()
    for run, report in reports.items():
        groups.setdefault((run.folder.name, run.size, run.preset), []).append(report)
    for (name, size, preset), found in groups.items():
        metric = _metric(found[0])
        after = [report["after"][metric] for report in found]
        target = TARGETS.get((name, size), {}).get(preset)
        is_met = target is None or mean(after) >= target
        met &= is_met
        words = "" if target is None else f"{target} {'met' if is_met else 'MISSED'}"
        seconds = mean(report["seconds"]["fit"] for report in found)
        print(
            f"| {name} | {size:,} | *{preset.title()}* | {len(found)} | {metric} | {found[0]['before'][metric]:.3f} "
            f"| {mean(after):.3f} ± {_spread(after):.3f} | {seconds:.0f} | {words} |"
        )
    return met


def _spread(values: Sequence[float]) -> float:
    return pstdev(values) if len(values) > 1 else 0.0


if __name__ == "__main__":
    main()
