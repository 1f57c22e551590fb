"""How fast files are read, beside pandas: `.venv/bin/python -m benchmarks.intake [--rows 100000] [--pictures 10000]`.

Makes a CSV, an XLSX and a ZIP of small labelled pictures. Reads each in Tailor's limited child process and, the tables,
with pandas in a process of its own, one after the other; then sends all three through a real web server. pandas reads
workbooks with openpyxl, its default, which Tailor uses too. Targets: reading takes at most 3 times as long as pandas,
and the web process grows by at most 30 MB.
"""

import argparse
import csv
import io
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import psutil

from benchmarks.comparison.packages import path_with_trainer

MOST_TIMES_PANDAS = 3.0
MOST_WEB_MB = 30.0
TURNS = 3  # of each table, taken in turns; the fastest counts, for a busy machine only slows
_MB = 2**20
_WORDS = (
    *("red", "blue", "green", "steel", "copper", "light", "heavy", "small", "large", "outdoor", "garden", "kitchen"),
    *(
        "office",
        "travel",
        "winter",
        "lamp",
        "chair",
        "table",
        "bottle",
        "jacket",
        "shoe",
        "cable",
        "charger",
        "printer",
    ),
)


def main() -> None:
    """Measure, print a table, exit with status 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(_ONE[arguments.one[0]](Path(arguments.one[1]))))
        return
    folder = Path(tempfile.mkdtemp(prefix="tailor-bench-"))
    try:
        files = [*_tables(folder, arguments.rows), _pictures(folder, arguments.pictures)]
        met = [_compare(path) for path in files[:2]]
        _say_pictures(files[2], arguments.pictures)
        met.append(_web(folder, files))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if all(met) else 1)


def _tables(folder: Path, count: int) -> tuple[Path, Path]:
    """The same rows as CSV and as XLSX: a question, an item, a score and a segment."""
    from openpyxl import Workbook

    chance = random.Random(0)
    rows: list[tuple[str, str, float, str]] = []
    for number in range(count):
        words = " ".join(chance.choices(_WORDS, k=8))
        rows.append(
            (f"where is the {words}?", f"item {number % 5000}, {words[:20]}", number % 4 / 3, _WORDS[number % 9])
        )
    headings = ("question", "item", "score", "segment")
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([headings, *rows])
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    for row in [headings, *rows]:
        sheet.append(row)
    book.save(folder / "table.xlsx")
    return folder / "table.csv", folder / "table.xlsx"


def _pictures(folder: Path, count: int) -> Path:
    """JPEGs of 96 × 96 pixels in twenty folders named by label."""
    from PIL import Image

    chance = random.Random(0)
    with zipfile.ZipFile(folder / "pictures.zip", "w") as archive:
        for number in range(count):
            drawn = Image.frombytes("RGB", (12, 12), chance.randbytes(432)).resize((96, 96))
            stream = io.BytesIO()
            drawn.save(stream, "JPEG", quality=85)
            archive.writestr(f"{_WORDS[number % 20]}/{number}.jpg", stream.getvalue())
    return folder / "pictures.zip"


def _by_tailor(path: Path) -> dict[str, float]:
    """The whole of what the upload's job does: a child process starts, reads, guesses, answers."""
    import resource

    from trainer.data.child import preview_in_child

    started = time.perf_counter()
    shown = preview_in_child(path, path.name)
    whole = time.perf_counter() - started
    assert [column["role"] for column in shown.columns] == ["query", "document", "score", "segment"]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"whole": whole, "peak": peak, "rows": shown.n_rows}


def _by_tailor_alone(path: Path) -> dict[str, float]:
    """The reader alone, without starting a process."""
    from trainer.data.reading import read_table

    if path.suffix == ".xlsx":
        import trainer.data.workbook  # noqa: F401 - imported before the clock starts, as pandas imports it then, too
    started, busy = time.perf_counter(), time.process_time()
    table = read_table(path, path.name)
    return {
        "reading": time.perf_counter() - started,
        "busy": time.process_time() - busy,
        "rows": len(table.rows),
    }


def _by_pandas(path: Path) -> dict[str, float]:
    """pandas with texts as texts, as Tailor reads them."""
    import resource

    import openpyxl  # noqa: F401
    import pandas  # type: ignore[import-not-found, import-untyped, unused-ignore]

    started, busy = time.perf_counter(), time.process_time()
    read = pandas.read_csv if path.suffix == ".csv" else pandas.read_excel
    frame = read(path, dtype=str)
    return {
        "reading": time.perf_counter() - started,
        "busy": time.process_time() - busy,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "rows": len(frame),
    }


def _all_pictures(path: Path) -> dict[str, float]:
    """Look at the first rows; then open every picture, check it, find look-alikes, split and freeze."""
    import resource

    from trainer.config import Task
    from trainer.data.child import prepare_in_child, preview_in_child
    from trainer.data.limits import ReadLimits
    from trainer.data.sources import Source

    limits = ReadLimits(max_seconds=3600)
    started = time.perf_counter()
    shown = preview_in_child(path, path.name, limits=limits, task=Task.IMAGE_IMAGE)
    first = time.perf_counter() - started
    prepared = prepare_in_child(
        Source(path, path.name), limits=limits, task=Task.IMAGE_IMAGE, pictures=path.with_suffix(".store")
    )
    whole = time.perf_counter() - started - first
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"preview": first, "whole": whole, "peak": peak, "rows": shown.n_rows, "queries": prepared.n_queries}


_ONE = {"tailor": _by_tailor, "reader": _by_tailor_alone, "pandas": _by_pandas, "pictures": _all_pictures}


def _measured(what: str, path: Path) -> dict[str, float]:
    """One measurement in a process of its own. whole: seconds with its start, unless it measures that itself."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    if what == "pandas":
        environment["PYTHONPATH"] = path_with_trainer()
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.intake", "--one", what, str(path)],
        env=environment,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    found: dict[str, float] = json.loads(done.stdout)
    return {"whole": time.perf_counter() - started, **found}


def _compare(path: Path) -> bool:
    """Print a table's figures beside those of pandas; whether the target is met."""
    turns = [{what: _measured(what, path) for what in ("pandas", "reader", "tailor")} for _ in range(TURNS)]
    rows = {found["rows"] for turn in turns for found in turn.values()}
    assert len(rows) == 1, rows
    fastest = {
        (what, clock): min(turn[what][clock] for turn in turns)
        for what in ("pandas", "reader")
        for clock in ("reading", "busy")
    }
    whole = {what: min(turn[what]["whole"] for turn in turns) for what in ("pandas", "tailor")}
    peak = {what: max(turn[what]["peak"] for turn in turns) for what in ("pandas", "tailor")}
    times = fastest["reader", "busy"] / fastest["pandas", "busy"]
    print(f"{path.name}, {path.stat().st_size / _MB:.1f} MB, {rows.pop():,.0f} rows")
    for what, words in (("reader", "reading, Tailor"), ("pandas", "reading, pandas")):
        print(f"  {words:<44}{fastest[what, 'reading']:>9.2f} s, of which computing {fastest[what, 'busy']:.2f} s")
    print(f"  {'whole process with guessed roles, Tailor':<44}{whole['tailor']:>9.2f} s, peak {peak['tailor']:,.0f} MB")
    print(f"  {'whole process, pandas':<44}{whole['pandas']:>9.2f} s, peak {peak['pandas']:,.0f} MB")
    met = times <= MOST_TIMES_PANDAS
    print(f"  {'times pandas in computing, at most 3':<44}{times:>9.2f}    {'met' if met else 'MISSED'}", flush=True)
    return met


def _say_pictures(path: Path, count: int) -> None:
    found = _measured("pictures", path)
    assert found["rows"] == count
    print(f"{path.name}, {path.stat().st_size / _MB:.1f} MB, {count:,} pictures")
    print(f"  {'first rows':<44}{found['preview']:>9.2f} s")
    print(f"  {'every picture opened, split and frozen':<44}{found['whole']:>9.2f} s, peak {found['peak']:,.0f} MB")
    print(f"  {'each picture':<44}{1000 * found['whole'] / count:>9.2f} ms", flush=True)


# --- The web process ------------------------------------------------------------------------------------------------


def _web(folder: Path, files: list[Path]) -> bool:
    """Send the files through a real server; whether its memory stayed within bounds."""
    data = folder / "data"
    data.mkdir()
    os.environ |= {"TAILOR_DATA": str(data), "DJANGO_SETTINGS_MODULE": "webapp.settings", "PORT": str(_free_port())}
    os.environ.pop("REDIS_URL", None)
    os.environ.pop("DATABASE_URL", None)
    with _server(data) as (process, port):
        cookie, projects = _signed_in()
        _ask(port, cookie, f"/projects/{projects['tables']}/data/")  # what every page loads is no growth by an upload
        before = process.memory_info().rss
        peak = [before]
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process, peak, done))
        watcher.start()
        for path in files:
            started = time.perf_counter()
            page = _send(port, cookie, projects["pictures" if path.suffix == ".zip" else "tables"], path)
            _ask(port, cookie, page)
            print(f"{path.name:<16}{'sent and stored by the web process':<30}{time.perf_counter() - started:>9.2f} s")
        done.set()
        watcher.join()
    grown = (peak[0] - before) / _MB
    met = grown <= MOST_WEB_MB
    print(f"web process: {before / _MB:.0f} MB before, {grown:+.1f} MB at most   {'met' if met else 'MISSED'}")
    return met


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _server(data: Path) -> Iterator[tuple[psutil.Process, int]]:
    """The database, the embedded Redis and the web server of a fresh installation; gives the web worker's process."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from webapp.install import make_socket_folder
    from webapp.service.processes import programs

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    make_socket_folder(settings.DATA_DIR)
    (data / "redis").mkdir(exist_ok=True)
    wanted = {program.name: program.command for program in programs() if program.name in ("web", "redis")}
    running = [subprocess.Popen(wanted[name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for name in wanted]
    web = psutil.Process(running[list(wanted).index("web")].pid)
    try:
        deadline = time.monotonic() + 120
        while not _is_up(settings.PORT) or not web.children():
            assert time.monotonic() < deadline, "the web server does not answer"
            time.sleep(0.2)
        yield web.children()[0], int(settings.PORT)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def _is_up(port: int) -> bool:
    try:
        return _ask(port, "", "/login/") < 500
    except OSError:
        return False


def _signed_in() -> tuple[str, dict[str, int]]:
    """The cookies of a person who is signed in, and the ids of two projects."""
    from django.test import Client

    from webapp.accounts.models import Person
    from webapp.projects.models import Project

    owner = Person.objects.create_person(email="bench@example.com", password="no one signs in here")  # noqa: S106
    tables = Project.objects.create(owner=owner, name="Tables")
    pictures = Project.objects.create(owner=owner, name="Pictures", task="image-image")
    client = Client()
    client.force_login(owner)
    session = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return f"{session}; csrftoken={'x' * 32}", {"tables": tables.pk, "pictures": pictures.pk}


def _ask(port: int, cookie: str, page: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", page, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert not cookie or answer.status == 200, (page, answer.status)
    return answer.status


def _send(port: int, cookie: str, project: int, path: Path) -> str:
    """Upload one file as a browser does, a piece at a time; the address of its page."""
    boundary = uuid.uuid4().hex
    fields = {"purpose": "examples", "csrfmiddlewaretoken": "x" * 32}
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    disposition = f'Content-Disposition: form-data; name="file"; filename="{path.name}"'
    head = f"{''.join(parts)}--{boundary}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    connection = HTTPConnection("127.0.0.1", port, timeout=300)
    connection.putrequest("POST", f"/projects/{project}/uploads/")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={boundary}")
    connection.putheader("Content-Length", str(len(head) + path.stat().st_size + len(tail)))
    connection.putheader("Accept", "application/json")
    connection.putheader("Cookie", cookie)
    connection.endheaders()
    connection.send(head)
    with path.open("rb") as file:
        while block := file.read(1 << 16):
            connection.send(block)
    connection.send(tail)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 201, (answer.status, content[:500])
    return str(json.loads(content)["url"])


def _watch(process: psutil.Process, peak: list[int], done: threading.Event) -> None:
    while not done.wait(0.02):
        peak[0] = max(peak[0], process.memory_info().rss)


if __name__ == "__main__":
    main()
