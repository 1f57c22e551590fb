"""How soon a report can be used in a browser: `.venv/bin/python -m benchmarks.report_page [--questions 500 5000]`.

Makes reports over 3,000 documents with 20 results a question, serves them as `make run` does (gunicorn with threads, in
a fresh data folder), and opens them in headless Chromium with an empty cache. Usable: from the start of the navigation
until verdict and questions are shown and their script runs, so that a click opens a question. The first visit after a
start of the server reads report.json; later ones find it read. Targets: 1 s for 500 questions and 2 s for 5,000, the
first visit included, and 150 kB of HTML on the wire. Processor time of the web server is told beside it, as it does not
depend on what else the machine does.
"""

import argparse
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from trainer.config import FinetuneConfig
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.evaluation import comparison
from trainer.evaluation.ranking import Rankings
from trainer.report import Report

DOCUMENTS, RESULTS = 3_000, 20
TARGETS = {500: 1.0, 5_000: 2.0}
"""Seconds until a report of so many questions is usable."""
HTML_TARGET = 150.0  # kB on the wire
SEGMENTS = ("north", "south", "east", "west")
WORDS = """
invoice order delivery password account refund printer contract address update server payment licence meeting holiday
request return damaged missing late cancel change reset approve confirm extend transfer report export install
""".split()  # noqa: SIM905  easier to read


@dataclass(frozen=True)
class Visit:
    """Seconds until usable and until the first chart is drawn, kB of HTML, and processor seconds of the web server."""

    usable: float
    first_chart: float
    html: float
    processor: float


def main() -> None:
    """Measure, print a table, exit with status 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, nargs="+", default=list(TARGETS))
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tailor-bench-"))
    os.environ |= {"TAILOR_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "webapp.settings", "PORT": str(_free_port())}
    for name in ("REDIS_URL", "DATABASE_URL"):
        os.environ.pop(name, None)
    try:
        paths, session = _prepare(arguments.questions)
        found = {
            count: (_visits(path, session, 1)[0], _visits(path, session, arguments.rounds))
            for count, path in paths.items()
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    met = [_tell(count, *visits) for count, visits in found.items()]
    sys.exit(0 if all(met) else 1)


def _tell(count: int, first: Visit, later: list[Visit]) -> bool:
    usable, chart = median(visit.usable for visit in later), median(visit.first_chart for visit in later)
    target = TARGETS.get(count, max(TARGETS.values()))
    met = max(first.usable, usable) <= target and first.html <= HTML_TARGET
    print(f"{count:,} questions, {DOCUMENTS:,} documents, {RESULTS} results each")
    print(f"{'  usable, first visit':<34}{first.usable:>9.2f} s   target {target:.1f} s")
    print(f"{'  usable, later visits':<34}{usable:>9.2f} s   slowest {max(visit.usable for visit in later):.2f} s")
    print(f"{'  first chart drawn, later visits':<34}{chart:>9.2f} s")
    print(f"{'  HTML on the wire':<34}{first.html:>9.0f} kB  target {HTML_TARGET:.0f} kB")
    print(f"{'  processor time, first visit':<34}{first.processor:>9.2f} s")
    print(f"{'  processor time, later visits':<34}{median(visit.processor for visit in later):>9.2f} s")
    print(f"  {'met' if met else 'MISSED'}")
    return met


def _prepare(counts: list[int]) -> tuple[dict[int, str], str]:
    """A database with one finished run for each of `counts`: the paths of their reports, and the owner's session."""
    import django

    django.setup()
    from django.core.files.base import ContentFile
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse

    from trainer.report import report_bytes
    from webapp.accounts.models import Person
    from webapp.datasets.models import DatasetVersion, Upload
    from webapp.projects.models import Project
    from webapp.queue.models import WorkStatus
    from webapp.runs.models import Run

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    owner = Person.objects.create_person(email="bench@example.com", password="no one signs in here", is_owner=True)  # noqa: S106
    project = Project.objects.create(owner=owner, name="Benchmark")
    upload = Upload.objects.create(project=project, name="b.csv", file="b.csv", size=1, status=WorkStatus.DONE)
    version = DatasetVersion.objects.create(project=project, number=1, examples=upload, status=WorkStatus.DONE)
    facts: dict[str, Any] = {"project": project, "dataset": version, "base_model": "minilm-l6"}
    paths = {}
    for number, count in enumerate(counts, start=1):
        content = report_bytes(make_report(count))
        print(f"report.json of {count:,} questions: {len(content) / 1e6:.1f} MB", flush=True)
        run = Run.objects.create(number=number, status=WorkStatus.DONE, **facts)
        run.report.save(f"{run.pk}/report.json", ContentFile(content))
        paths[count] = reverse("report", args=(project.pk, number))
    client = Client()
    client.force_login(owner)
    return paths, client.cookies["sessionid"].value


def make_report(n_questions: int) -> Report:
    """A whole report by the trainer's own evaluation: ranks by chance, better after than before."""
    comparison.TOP = RESULTS  # reports of runs keep the first 10
    draw = random.Random(n_questions)
    texts = [" ".join(draw.choices(WORDS, k=12)) for _ in range(DOCUMENTS)]
    documents = {f"d{number}": f"{text} {number}" for number, text in enumerate(texts)}
    queries = {
        f"q{number}": f"how do I {' '.join(draw.choices(WORDS, k=6))} {number}?" for number in range(n_questions)
    }
    right = {name: {draw.choice(list(documents)): 1.0} for name in queries}
    data = PairDataset(queries, documents, right, segments={name: draw.choice(SEGMENTS) for name in queries})
    test = tuple(queries)
    known = frozenset(draw.sample(test, len(test) // 2))
    split = SplitDataset(data, (), (), test, SplitKind.OWN_TEST, 0, known, {"n_test": len(test)})
    return comparison.build_report(
        split=split,
        before=_rankings(split, 8.0, 1),
        after=_rankings(split, 3.0, 2),
        base_model="minilm-l6",
        base_model_title="MiniLM L6 (English)",
        config=FinetuneConfig.for_preset("balanced"),
        learning="The model learns to tell the matching item of each question from all others (InfoNCE).",
        choices=[
            {"candidate": "2 hard negatives", "recipe": 1, "epoch": 3, "blend": 0.5, "score": 0.6, "chosen": True}
        ],
        training={"loss": [[step, 2.0 / step] for step in range(1, 200)], "validation": [[0, 0.4], [3, 0.6]]},
        seconds={"before": 5.0, "fit": 60.0, "after": 5.0, "total": 75.0},
        blend=0.5,
        epoch=3,
        recipe=1,
        n_chose=400,
        rejected=[],
        embedding_map=_map(split, draw),
    )


def _rankings(split: SplitDataset, mean_rank: float, seed: int) -> Rankings:
    draw, names = random.Random(seed), list(split.data.documents)
    rankings: Rankings = {}
    for query_id in split.test:
        (right,) = split.data.relevance[query_id]
        found = [name for name in draw.sample(names, 100) if name != right]
        found.insert(int(draw.expovariate(1 / mean_rank)), right)
        rankings[query_id] = [(name, round(0.95 - place / 150, 6)) for place, name in enumerate(found[:100])]
    return rankings


def _map(split: SplitDataset, draw: random.Random) -> Any:
    """As many points as a run draws."""
    queries, documents = list(split.test)[:300], list(split.data.documents)[:500]
    places = [[round(draw.uniform(-60, 60), 2) for _ in range(len(queries) + len(documents))] for _ in range(4)]
    names = [*(split.data.queries[name] for name in queries), *(split.data.documents[name] for name in documents)]
    return {
        "ids": [*queries, *documents],
        "names": [name[:80] for name in names],
        "n_queries": len(queries),
        "n_all_queries": len(split.test),
        "n_all_documents": DOCUMENTS,
        "before": {"x": places[0], "y": places[1]},
        "after": {"x": places[2], "y": places[3]},
        "near": {"before": 0.4, "after": 0.6},
        "method": "t-SNE",
    }


def _visits(path: str, session: str, times: int) -> list[Visit]:
    """So many visits of one report by a fresh browser to a fresh server; more than one: after one that does not
    count."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with _web_server() as (address, process), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*flags, "--disable-dev-shm-usage"])
        visits = [_visit(browser, address, path, session, process) for _ in range(times if times == 1 else times + 1)]
        browser.close()
    return visits[-times:]


def _visit(browser: Any, address: str, path: str, session: str, process: psutil.Process) -> Visit:
    context = browser.new_context(viewport={"width": 1280, "height": 900})  # an empty cache each
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    page, sizes = context.new_page(), []
    page.goto(f"{address}/healthz-of-nothing")  # the browser's own start does not count
    page.on("requestfinished", lambda request: sizes.append((request.url, request.sizes()["responseBodySize"])))
    before, started = _processor(process), time.perf_counter()
    page.goto(address + path, wait_until="commit")
    page.wait_for_selector("#verdict:visible")
    page.wait_for_selector("#questions a[data-question]:visible")
    page.wait_for_selector("[role=tablist]:visible")  # hidden until the page's script runs
    usable = time.perf_counter() - started
    page.wait_for_selector("[data-chart][data-drawn]", state="attached", timeout=60_000)
    drawn = time.perf_counter() - started
    page.wait_for_load_state("networkidle")
    used = _processor(process) - before
    context.close()
    return Visit(usable, drawn, next(size for url, size in sizes if url == address + path) / 1000, used)


def _processor(process: psutil.Process) -> float:
    """Processor seconds of a process and its children."""
    return float(sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True))))


@contextmanager
def _web_server() -> Iterator[tuple[str, psutil.Process]]:
    """The web process of `make run`: its address, and its process."""
    from django.conf import settings

    from webapp.service.processes import programs

    (web,) = (program for program in programs() if program.name == "web")
    address = f"http://{settings.HOST}:{settings.PORT}"
    process = subprocess.Popen(web.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{address}/login/", timeout=5)  # noqa: S310  our own server
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
