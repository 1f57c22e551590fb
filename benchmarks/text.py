"""Tailor beside sentence-transformers' trainer: `TAILOR_BENCH_DATA=/folder make bench`, or with choices
`.venv/bin/python -m benchmarks.text --data /folder --sets a,b --sizes 300 --seeds 0,1 --systems base,st,balanced`.

For every data set of the folder (train_100.csv, train_300.csv …, test.csv, catalogue.csv): the base model, BM25,
sentence-transformers' trainer at its standard and at the best of nine settings, and Tailor's presets, each in a fresh
process, with the same threads, rows and splits. docs/benchmarks.md says what is counted. Results are kept line by line
in OUT/results.jsonl: started again, a benchmark goes on where it stopped. `--table` prints only the tables.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.comparison.packages import path_with_trainer
from benchmarks.comparison.results import Job, Measurement, System, append_result, from_line, plan, read_results
from benchmarks.comparison.sets import SAMPLE_TRAIN, find_sets, sizes_of, write_sample_set
from benchmarks.comparison.tables import markdown

OUT = Path("build/text-benchmark")
SIZES, SEEDS = (100, 300, 1_000), (0, 1, 2)
LOOK = (System.BASE, System.KEYWORD, System.STANDARD, System.QUICK, System.BALANCED)
"""What is measured on the sample data, where no folder is given: enough for a look, in a minute or two."""
NEEDS_TRAINER = (System.STANDARD, System.BEST)


def main() -> None:
    """Measure what is missing, print the tables; exit with status 1 when something could not be measured."""
    arguments = _arguments()
    if arguments.table:
        print(markdown(read_results(arguments.out / "results.jsonl")))
        return
    if arguments.data:
        sys.exit(_run(arguments, arguments.data, arguments.out))
    print(
        "TAILOR_BENCH_DATA is not set, so this is a quick look at the sample data: one size, one seed. For figures "
        "that say something set it to a folder of data sets; `python -m benchmarks.comparison.make_sets` builds four."
    )
    with tempfile.TemporaryDirectory(prefix="tailor-bench-") as scratch:
        write_sample_set(Path(scratch))
        arguments.sizes, arguments.seeds = [SAMPLE_TRAIN], [0]
        arguments.systems = arguments.systems or list(LOOK)
        sys.exit(_run(arguments, Path(scratch), Path(scratch)))


def _arguments() -> argparse.Namespace:
    def many(text: str) -> list[str]:
        return [part.strip() for part in text.split(",") if part.strip()]

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = os.environ.get("TAILOR_BENCH_DATA", "")
    parser.add_argument("--data", type=Path, default=Path(data) if data else None, help="folder of data sets")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of results.jsonl")
    parser.add_argument("--sets", type=many, default=[], help="names of data sets; default: all of the folder")
    parser.add_argument("--sizes", type=lambda text: [int(part) for part in many(text)], default=list(SIZES))
    parser.add_argument("--seeds", type=lambda text: [int(part) for part in many(text)], default=list(SEEDS))
    parser.add_argument("--systems", type=lambda text: [System(part) for part in many(text)], default=[])
    parser.add_argument("--shuffled", action="store_true", help="matches that are wrong at random: never worse?")
    parser.add_argument("--fresh", action="store_true", help="measure again what OUT holds already")
    parser.add_argument("--table", action="store_true", help="only print the tables of OUT")
    return parser.parse_args()


def _run(arguments: argparse.Namespace, data: Path, out: Path) -> int:
    """Measures every job that is not there yet. The exit status."""
    try:
        sets = find_sets(data, arguments.sets)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    systems = arguments.systems or list(System)
    there = {folder.name: sizes_of(folder) for folder in sets}
    jobs = plan(there, arguments.sizes, arguments.seeds, systems, shuffled=arguments.shuffled)
    out.mkdir(parents=True, exist_ok=True)
    file = out / "results.jsonl"
    done = {} if arguments.fresh else read_results(file)
    failed = _measure_all([job for job in jobs if job not in done], data, file)
    print(f"\n{markdown(read_results(file))}")
    return 1 if failed else 0


def _measure_all(jobs: Sequence[Job], data: Path, file: Path) -> int:
    """How many failed; the others are in the file."""
    failed = 0
    for number, job in enumerate(jobs, start=1):
        words = f"[{number}/{len(jobs)}] {job.set} {job.size:,} seed {job.seed} {job.system}"
        words += " shuffled" if job.shuffled else ""
        try:
            found = _measure_apart(job, data)
        except ValueError as error:
            failed += 1
            print(f"{words}: failed\n{error}", file=sys.stderr, flush=True)
            continue
        append_result(file, found)
        scores = f"nDCG@10 {found.ndcg:.3f} (base {found.before:.3f})"
        print(f"{words}: {scores}, {found.seconds:.1f} s, {found.megabytes:,.0f} MB  {found.chosen}", flush=True)
    return failed


def _measure_apart(job: Job, data: Path) -> Measurement:
    """One measurement in a fresh process, with this process's threads. Raises ValueError with what it said."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    if job.system in NEEDS_TRAINER:
        environment["PYTHONPATH"] = path_with_trainer()
    command = [sys.executable, "-m", "benchmarks.comparison.worker", json.dumps(asdict(job)), "--sets", str(data)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ValueError("\n".join(ended.stderr.strip().splitlines()[-12:]))
    return from_line(ended.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    main()
