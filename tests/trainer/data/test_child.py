"""Real child processes: the same answers, the same typed errors, and hard limits."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.trainer.data.files import cell, csv_pairs, raw_workbook, write
from trainer.data import child
from trainer.data.child import prepare_in_child, preview_in_child
from trainer.data.encodings import EncodingQuestion
from trainer.data.frozen import thaw
from trainer.data.limits import ReadLimits
from trainer.data.prepare import prepare, preview
from trainer.data.roles import Purpose, Role
from trainer.data.sources import Source
from trainer.errors import Cancelled, DataError, ResourceError

MIB = 1024 * 1024


def test_same_answers_as_without_a_child(tmp_path: Path) -> None:
    path = write(tmp_path, "pairs.csv", csv_pairs(60))
    shown = preview_in_child(path, "pairs.csv", Purpose.EXAMPLES)
    assert shown == preview(Source(path, "pairs.csv"), Purpose.EXAMPLES)
    assert json.loads(json.dumps(shown.as_dict())) == shown.as_dict()
    assert [column["role"] for column in shown.columns] == ["query", "document"]
    assert (shown.n_rows, len(shown.rows)) == (60, 20)

    roles = {"question": Role.QUERY, "answer": Role.DOCUMENT}
    source, items = Source(path, "pairs.csv", roles), Source(write(tmp_path, "c.csv", b"item\na\nb\n"), "c.csv")
    prepared = prepare_in_child(source, catalogue=items, kind="", seed=3)
    assert prepared == prepare(source, catalogue=items, seed=3)
    assert json.loads(json.dumps(prepared.as_dict())) == prepared.as_dict()
    assert thaw(prepared.frozen)[0].seed == 3


def test_typed_errors_come_back(tmp_path: Path) -> None:
    with pytest.raises(EncodingQuestion) as asked:
        preview_in_child(write(tmp_path, "alt.csv", "question,answer\ngrün,blau\n".encode("cp1252")), "alt.csv")
    assert dict(asked.value.candidates)["cp1252"] == "grün,blau"
    assert str(asked.value).startswith("alt.csv, row 2:")
    with pytest.raises(DataError, match=r"t\.csv: There are only 3 different questions.*Add more") as refused:
        prepare_in_child(Source(write(tmp_path, "t.csv", csv_pairs(3)), "t.csv"))
    assert refused.value.place.file == "t.csv"
    with pytest.raises(DataError, match="cannot be opened"):
        preview_in_child(tmp_path / "gone.csv", "gone.csv")


def test_memory_limit(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "big.csv",
        b"question,answer\n" + b"".join(b"question %d,%s\n" % (i, b"x" * 400) for i in range(200_000)),
    )
    limits = ReadLimits(max_rows=10_000_000, max_memory_bytes=160 * MIB)
    with pytest.raises(DataError, match=r"^big\.csv: .*more (memory )?than the .*Leave out columns"):
        preview_in_child(path, "big.csv", limits=limits)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted otherwise")
def test_a_reader_that_has_no_memory_left_and_goes_on_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that Python keeps from ending comes about by chance, so a slow one stands for it, full by a higher bar."""
    path = write(tmp_path, "slow.csv", b"question,answer\n" + b'"a,b\n' * 190_000)
    limits = ReadLimits(max_seconds=20)
    monkeypatch.setattr(child, "_NOTHING_LEFT", limits.max_memory_bytes)
    start = time.monotonic()
    with pytest.raises(DataError, match=r"^slow\.csv: This file needs more memory than the "):
        preview_in_child(path, "slow.csv", limits=limits)
    assert time.monotonic() - start < 15


def test_time_limit(tmp_path: Path) -> None:
    path = write(
        tmp_path, "slow.csv", b"question,answer\n" + b'"a,b\n' * 190_000
    )  # each row scans on for its other quote
    start = time.monotonic()
    with pytest.raises(DataError, match=r"^slow\.csv: Reading takes longer than the 1 seconds of computing"):
        preview_in_child(path, "slow.csv", limits=ReadLimits(max_seconds=1))
    assert time.monotonic() - start < 20


def test_a_sheet_that_is_sparse_and_endless_stays_within_limits(tmp_path: Path) -> None:
    rows = f'<row r="1">{cell("A1", "question")}</row><row r="99999999999">{cell("A99999999999", "x")}</row>'
    with pytest.raises(DataError, match=r"^endless\.xlsx: "):
        preview_in_child(
            write(tmp_path, "endless.xlsx", raw_workbook(rows)), "endless.xlsx", limits=ReadLimits(max_seconds=20)
        )


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_child_that_dies_is_a_data_error(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # A real interpreter that kills itself stands in for a parser's crash.
    crash = write(tmp_path, "python", f"#!/bin/sh\nkill -{int(number)} $$\n".encode())
    crash.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(crash))
    with pytest.raises(DataError, match=r"^pairs\.csv: This file needs more memory than the 2,048 MB"):
        preview_in_child(write(tmp_path, "pairs.csv", csv_pairs()), "pairs.csv")


def test_a_child_that_fails_is_a_data_error_without_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        child.run_limited("no such function", {}, ReadLimits(), "pairs.csv")
    assert str(caught.value).startswith("pairs.csv: The file could not be read")
    assert "Traceback" not in str(caught.value) and "ValueError" not in str(caught.value)


def test_a_child_that_nobody_waits_for_is_killed(tmp_path: Path) -> None:
    path = write(tmp_path, "slow.csv", b"question,answer\n" + b'"a,b\n' * 150_000)
    start = time.monotonic()
    with pytest.raises(Cancelled):
        preview_in_child(path, "slow.csv", should_stop=lambda: time.monotonic() > start + 1)
    assert time.monotonic() - start < 5
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    assert not [pid for pid in listed if _runs(int(pid)) and b"trainer.data.child" in _command(int(pid))]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_full_disk_is_not_blamed_on_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A real interpreter that says what Python says when it cannot write its answer.
    full = write(tmp_path, "python", b"#!/bin/sh\necho 'OSError: [Errno 28] No space left on device' >&2\nexit 1\n")
    full.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(full))
    with pytest.raises(ResourceError, match=r"^The disk is full\. Make room"):
        preview_in_child(write(tmp_path, "pairs.csv", csv_pairs()), "pairs.csv")


def test_the_file_at_fault_is_named(tmp_path: Path) -> None:
    roles = {"question": Role.QUERY, "answer": Role.DOCUMENT}
    faulty = csv_pairs(60) + b",nothing asked\n"
    examples = Source(write(tmp_path, "e.csv", faulty), "examples.csv", roles)
    few = Source(write(tmp_path, "q.csv", csv_pairs(2) + b"no answer,\n"), "own.csv", roles)
    with pytest.raises(DataError, match="only 2 usable test questions") as caught:
        prepare(examples, few)
    assert caught.value.place.file == "own.csv"
    assert "1 row was left out; the first: own.csv, row 4" in caught.value.cause
    none = Source(write(tmp_path, "n.csv", b"question,answer\nno answer,\n"), "none.csv", roles)
    with pytest.raises(DataError, match=r"^none\.csv: No row of this file.*For example, none\.csv, row 2"):
        prepare(examples, none)


def test_of_very_many_rows_left_out_the_first_are_kept_and_all_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.data.prepare.MOST_REJECTED", 3)
    source = Source(write(tmp_path, "e.csv", csv_pairs(60) + b",unasked\n" * 8), "e.csv")
    prepared = prepare(source)
    assert prepared.receipt["n_rejected"] == 8
    assert [row["row"] for row in prepared.rejected] == [62, 63, 64, None]
    assert prepared.rejected[-1]["reason"].startswith("5 more rows were left out.")
    assert next(found for found in prepared.findings if found["kind"] == "rejected_rows")["count"] == 8
    assert len(thaw(prepared.frozen)[1]) == 4


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    """Kill -9 of the caller must not leave a reader behind."""
    path = write(tmp_path, "slow.csv", b"question,answer\n" + b'"a,b\n' * 150_000)
    code = f"import pathlib, trainer.data.child as c; c.preview_in_child(pathlib.Path({str(path)!r}), 'slow.csv')"
    caller = subprocess.Popen([sys.executable, "-c", code], cwd=Path(child.__file__).parents[2])
    reader = _child_of(caller.pid)
    time.sleep(1.0)  # for the reader to confine itself
    caller.kill()
    caller.wait()
    deadline = time.monotonic() + 10
    while _runs(reader) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(reader)


def _child_of(pid: int) -> int:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if children := listed.read_text().split():
            return int(children[0])
        time.sleep(0.05)
    raise AssertionError("the caller started no reader")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_nothing_secret_reaches_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "TAILOR_SECRET_KEY", "hidden")
    assert "hidden" not in json.dumps(child._environment())


def test_reading_imports_no_torch() -> None:
    code = (
        "import sys, trainer.data.child; sys.exit(any(m in sys.modules for m in ('torch', 'transformers', 'openpyxl')))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=Path(child.__file__).parents[2], check=False).returncode == 0
    )
