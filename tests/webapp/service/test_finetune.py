"""The command without a browser."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.conf import settings

from tests.webapp.runs.tiny_model import make_tiny_model

FRUIT = ("apple", "pear", "plum", "cherry", "grape", "lemon", "melon", "peach", "fig", "date")
ACTS = ("peel", "cut", "store", "plant")


def examples(path: Path) -> Path:
    rows = [f"how do I {act} a {fruit},{act.capitalize()}ing {fruit}s at home" for fruit in FRUIT for act in ACTS]
    path.write_text("\n".join(["question,answer", *rows]))
    return path


def command(tmp_path: Path, *arguments: str) -> list[str]:
    output = str(tmp_path / "output")
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "finetune", *arguments, "--output", output]


def environment(tmp_path: Path) -> dict[str, str]:
    # a Redis and a database that are not there: the command must not look for them
    nowhere = {"REDIS_URL": "redis://127.0.0.1:9/0", "TAILOR_DATA": str(tmp_path / "data"), "OMP_NUM_THREADS": "1"}
    return {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")} | nowhere


def finetune(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(tmp_path, *arguments),
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_writes_report_and_model_and_tells_the_result(tmp_path: Path) -> None:
    data = examples(tmp_path / "fruit.csv")
    base = make_tiny_model(tmp_path / "tiny")

    done = finetune(tmp_path, str(data), "--preset", "quick", "--seed", "3", "--base-model", str(base))

    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "output" / "report.json").read_text())
    assert (report["preset"], report["seed"]) == ("quick", 3)
    assert sorted(path.name for path in (tmp_path / "output").iterdir()) == ["model.zip", "report.json"]
    with zipfile.ZipFile(tmp_path / "output" / "model.zip") as archive:
        assert any(name.endswith("verify.py") for name in archive.namelist())
    row = next(line for line in done.stdout.splitlines() if line.startswith("nDCG@10"))
    assert row.split()[1:3] == [f"{report[name]['ndcg@10']:.3f}" for name in ("before", "after")]
    assert "questions to learn from" in done.stderr
    assert "Training" in done.stderr
    assert not (tmp_path / "data" / "tailor.sqlite3").exists()


def test_every_problem_is_told_once_without_a_traceback(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    missing = tmp_path / "missing.csv"

    done = finetune(tmp_path, str(missing), "--catalogue", str(tmp_path / "none.csv"), "--base-model", "nonesuch")
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"{missing}: there is no such file")
    assert "nonesuch" in lines[2]

    done = finetune(tmp_path, str(empty))
    assert done.returncode == 2
    assert "empty.csv" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--task", "image-image"), "No column names pictures"),
        (("--preset", "slow"), "invalid choice: 'slow'"),
        (("--column", "answer=meaning"), "write NAME=ROLE, the role one of query, document"),
    ],
)
def test_wrong_words_end_with_status_2(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = finetune(tmp_path, str(examples(tmp_path / "fruit.csv")), *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_columns_that_say_nothing_can_be_named(tmp_path: Path) -> None:
    data = tmp_path / "odd.csv"
    data.write_text("Zug,Gleis\n" + "\n".join(f"{number},{number * 2}" for number in range(40)))

    done = finetune(tmp_path, str(data), "--column", "Bahnsteig=document")

    assert done.returncode == 2
    assert "no column “Bahnsteig”" in done.stderr
    assert "Zug, Gleis" in done.stderr


def interrupted_after(end: str, tmp_path: Path, *arguments: str, options: tuple[str, ...] = ()) -> tuple[int, str]:
    """Exit status, and what standard error says after a line with this end, upon which Ctrl-C is pressed."""
    python, *rest = command(tmp_path, str(examples(tmp_path / "fruit.csv")), *arguments)
    process = subprocess.Popen(
        [python, *options, *rest],
        env=environment(tmp_path),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    assert any(line.rstrip().endswith(end) for line in process.stderr)
    os.killpg(process.pid, signal.SIGINT)
    said = [line for line in process.stderr if not line.startswith("import time:")]
    return process.wait(30), "".join(said)


@pytest.mark.model
def test_ctrl_c_stops_cleanly(tmp_path: Path) -> None:
    status, said = interrupted_after("Judging the base model", tmp_path, "--preset", "thorough")

    assert status == 130
    assert "Traceback" not in said
    assert said.endswith("Stopped. The same command goes on from here.\n")


@pytest.mark.parametrize("module", ["django.conf", "transformers.utils"])
def test_ctrl_c_stops_cleanly_in_the_middle_of_an_import(tmp_path: Path, module: str) -> None:
    base = make_tiny_model(tmp_path / "tiny")

    # Python writes a line for each module once it is imported; those that import it are not through yet
    status, said = interrupted_after(f" {module}", tmp_path, "--base-model", str(base), options=("-X", "importtime"))

    assert status == 130
    assert "Traceback" not in said
    assert said.endswith("Stopped. The same command goes on from here.\n")
