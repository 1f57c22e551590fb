"""A fresh installation with the processes that a search passes, as `make run` starts them, and finished runs in it."""

import json
import os
import random
import socket
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from trainer.index import Floats, write_index

if TYPE_CHECKING:
    from webapp.runs.models import Run

WORDS = """
red blue green steel copper light heavy small large outdoor indoor garden kitchen office travel winter summer lamp chair
table bottle jacket shoe cable charger printer router camera tripod filter valve hose pump drill saw hammer screw bolt
paint brush ladder glove helmet mask oil grease battery switch sensor timer clock radio speaker stand
""".split()  # noqa: SIM905  easier to read
TEST_QUESTIONS = 500
WAIT_SECONDS = 60


def prepare_environment(folder: Path) -> None:
    """What the settings read, before they are read."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ |= {
        "TAILOR_DATA": str(folder),
        "DJANGO_SETTINGS_MODULE": "webapp.settings",
        "HF_HUB_OFFLINE": "1",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    for name in ("REDIS_URL", "DATABASE_URL", "TAILOR_HTTPS", "TAILOR_URL"):
        os.environ.pop(name, None)


@contextmanager
def services() -> Iterator[dict[str, list[psutil.Process]]]:
    """A database, and Redis, web server and search workers running; gives the processes of the last two by kind."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from webapp.install import make_socket_folder
    from webapp.service.processes import programs

    call_command("migrate", verbosity=0)
    make_socket_folder(settings.DATA_DIR)
    wanted = [program for program in programs() if program.name.startswith(("redis", "search", "web"))]
    started: list[tuple[str, subprocess.Popen[bytes]]] = []
    try:
        for program in sorted(wanted, key=lambda program: program.priority):
            environment = {**os.environ, **program.environment}
            log = (settings.DATA_DIR / f"{program.name}.log").open("wb")
            process = subprocess.Popen(program.command, env=environment, stdout=log, stderr=log, cwd=settings.BASE_DIR)
            started.append((program.name, process))
        _wait_for_web(settings.PORT)
        yield {kind: _family([p for name, p in started if name.startswith(kind)]) for kind in ("web", "search")}
    finally:
        for _, process in reversed(started):
            process.terminate()
            process.wait(20)


def _wait_for_web(port: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=5).close()
            return
        except OSError as error:
            if getattr(error, "code", 0):  # it answers, whatever it says
                return
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _family(processes: Sequence["subprocess.Popen[bytes]"]) -> list[psutil.Process]:
    found = [psutil.Process(process.pid) for process in processes]
    return [*found, *(child for process in found for child in process.children(recursive=True))]


def make_texts(count: int, seed: int) -> list[str]:
    """Short product names, drawn at random."""
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randint(3, 14))) for _ in range(count)]


def enlarged(vectors: Floats, items: int) -> Floats:
    """(items, dim): the vectors, and variations of them by a little noise, which a search costs as much."""
    draw = np.random.default_rng(0)
    copies = np.tile(vectors, (-(-items // len(vectors)), 1))[:items]
    copies[len(vectors) :] += draw.normal(0, 0.02, copies[len(vectors) :].shape).astype(np.float32)
    return np.ascontiguousarray(copies / np.linalg.norm(copies, axis=1, keepdims=True))


def finished_run(folder: Path, model: Path, texts: Sequence[str], vectors: Floats) -> "Run":
    """A run that is done; its tuned model is the base model once more, which costs what any tuned model costs."""
    from webapp.accounts.models import Person
    from webapp.datasets.models import DatasetVersion, Upload
    from webapp.projects.models import Project
    from webapp.queue.models import WorkStatus
    from webapp.runs.artefacts import artefacts_store
    from webapp.runs.models import Run

    output = folder / f"output-{len(texts)}"
    write_index(output / "index", [f"d{row}" for row in range(len(texts))], texts, vectors, vectors)
    with zipfile.ZipFile(output / "model.zip", "w") as archive:
        for path in model.rglob("*"):
            archive.write(path, path.relative_to(model.parent))
    (output / "report.json").write_text(json.dumps(_report(texts)))
    owner = Person.objects.get_or_create(email="bench@example.com", defaults={"is_owner": True})[0]
    project = Project.objects.create(owner=owner, name="Benchmark")
    upload = Upload.objects.create(project=project, name="b.csv", file="b.csv", size=1, status=WorkStatus.DONE)
    version = DatasetVersion.objects.create(project=project, number=1, examples=upload, status=WorkStatus.DONE)
    run = Run.objects.create(project=project, number=1, dataset=version, base_model="minilm-l6", status=WorkStatus.DONE)
    for field, name in artefacts_store(run, output).items():
        setattr(run, field, name)
    run.save()
    return run


def _report(texts: Sequence[str]) -> dict[str, Any]:
    """As far as the search page reads one: test questions with their right items."""
    from trainer.report import FORMAT, Report

    system = {"rank": 1, "ndcg": 1.0, "top": []}
    queries = [
        {"id": f"q{n}", "query": f"{texts[n]}?", "relevant": [f"d{n}"], "before": system, "after": system}
        for n in range(TEST_QUESTIONS)
    ]
    unread: dict[str, Any] = dict.fromkeys(Report.__required_keys__)
    documents = {f"d{n}": texts[n] for n in range(TEST_QUESTIONS)}
    return {**unread, "format": FORMAT, "task": "text-text", "queries": queries, "documents": documents}


def session_cookie() -> str:
    """Of the owner, signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from webapp.accounts.models import Person

    owner = Person.objects.get(email="bench@example.com")
    session = SessionStore()
    session[SESSION_KEY] = str(owner.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = owner.get_session_auth_hash()
    session.create()
    return f"sessionid={session.session_key}"
