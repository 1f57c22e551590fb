"""`make bench`, with small programs in place of the measurements."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks import __main__ as runner

ROOT = Path(runner.__file__).parent.parent


def make_bench(folder: Path, statuses: dict[str, int]) -> "subprocess.CompletedProcess[str]":
    """Runs the real Makefile and runner; the measurements say their name and end with these statuses."""
    measurements = folder / "benchmarks"
    measurements.mkdir()
    shutil.copy(ROOT / "benchmarks" / "__main__.py", measurements)
    (measurements / "__init__.py").touch()
    for name, status in statuses.items():
        (measurements / f"{name}.py").write_text(f"print('measured {name}', flush=True)\nraise SystemExit({status})\n")
    installed = [f"{name}={folder / name}" for name in ("RUNTIME", "BENCH")]
    for name in ("requirements.txt", "requirements-bench.txt", "requirements-dev.txt", "RUNTIME", "BENCH"):
        (folder / name).touch()
    command = [
        "make",
        "--no-print-directory",
        "-f",
        str(ROOT / "Makefile"),
        "bench",
        f"PY={sys.executable}",
        *installed,
    ]
    # `make test` may be what runs this, and would hand its own options on.
    alone = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, timeout=60, check=False)


def test_all_run_text_first_and_those_that_missed_are_named_at_the_end(tmp_path: Path) -> None:
    done = make_bench(tmp_path, {"encoding": 1, "pictures": 0, "speed": 2, "text": 0})
    assert [line for line in done.stdout.splitlines() if line.startswith("measured")] == [
        "measured text",
        "measured encoding",
        "measured pictures",
        "measured speed",
    ]
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("Missed a target, or could not be measured: encoding (status 1), speed (status 2).")
    assert done.returncode == 2  # make's own, as a command ended with another than 0
    assert "Error 1" in done.stderr


def test_where_all_went_well_it_is_said(tmp_path: Path) -> None:
    done = make_bench(tmp_path, {"speed": 0, "text": 0})
    assert done.returncode == 0
    assert done.stdout.strip().splitlines()[-1] == "All benchmarks ran, and none missed a target."


def test_every_measurement_of_the_folder_is_among_them() -> None:
    found = runner.names(ROOT / "benchmarks")
    assert found[0] == "text" and {"speed", "encoding", "pictures", "intake"} <= set(found)
    assert found[1:] == sorted(found[1:])
