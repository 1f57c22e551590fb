"""How fast the live search answers: `.venv/bin/python -m benchmarks.live_search [--questions 200]`.

Makes a fresh installation, starts Redis, the web server and the search worker as `make run` does, and asks over HTTP as
a signed-in browser does: the time is from the request to the last byte of both models' lists as HTML. One person, then
eight at once who never pause, over 10,000 and 100,000 items. In turns with them, in this process: one call of
sentence_transformers.util.semantic_search for the same questions, encoded by one model, over the same vectors.

Targets for the 95th percentile on an idle machine with two cores: 100 ms (10,000 items), 250 ms (100,000), and 400 ms
with eight people. Ends with status 1 when one is missed.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.live.installation import (
    enlarged,
    finished_run,
    make_texts,
    prepare_environment,
    services,
    session_cookie,
)
from benchmarks.live.people import Asker, Page, ask_at_once, ask_in_turn, percentile, processor_seconds

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from trainer.index import Floats

EMBEDDED = 10_000
TARGETS = {10_000: 100.0, 100_000: 250.0}
EIGHT_TARGET = 400.0
TURNS = 4
"""Ours and the peer take turns so often, so that what else the machine does meets both alike."""

Processes = dict[str, list[psutil.Process]]


@dataclass(frozen=True)
class Measured:
    """Milliseconds of each question, and the processor time of a question by kind of process."""

    items: int
    who: str
    times: list[float]
    busy: dict[str, float]
    target: float | None


def main() -> None:
    """Measure, print a table, exit with status 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=list(TARGETS))
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--people", type=int, default=8)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tailor-bench-"))
    prepare_environment(folder)
    print(f"{os.cpu_count()} cores; load average of the last minute {os.getloadavg()[0]:.1f}")
    try:
        with services() as processes:
            measured = _measure(folder, processes, arguments)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    missed = [row for row in measured if not _print(row)]
    sys.exit(1 if missed else 0)


def _measure(folder: Path, processes: Processes, arguments: argparse.Namespace) -> list[Measured]:
    from sentence_transformers import SentenceTransformer

    from trainer.encoders.base import Side
    from trainer.encoders.catalogue import resolve_base_model
    from trainer.encoders.text import TextEncoder

    base = resolve_base_model("minilm-l6")
    encoder = TextEncoder.load(base)
    vectors = encoder.encode(make_texts(EMBEDDED, seed=0), side=Side.DOCUMENT)
    encoder.save(folder / "tuned")
    peer = SentenceTransformer(str(base), device="cpu", local_files_only=True)
    found: list[Measured] = []
    for items in arguments.items:
        catalogue = enlarged(vectors, items)
        run = finished_run(folder, folder / "tuned", make_texts(items, seed=0), catalogue)
        page = Page(int(os.environ["PORT"]), f"/projects/{run.project_id}/runs/1/search/results/", session_cookie())
        print(f"{items:,} items: first answer after {Asker(page).wait_until_loaded():,.0f} ms (models loading)")
        found += _one_person(page, items, processes, arguments.questions, peer, catalogue)
        found.append(_several(page, items, processes, arguments.questions, arguments.people))
    return found


def _one_person(
    page: Page, items: int, processes: Processes, questions: int, peer: "SentenceTransformer", catalogue: "Floats"
) -> list[Measured]:
    """One person, in turns with the peer on the same questions."""
    asked = make_texts(questions, seed=1)
    ask_in_turn(page, asked[:20])
    _peer_times(peer, catalogue, asked[:20])
    ours: list[float] = []
    theirs: list[float] = []
    busy = dict.fromkeys(processes, 0.0)
    own, peer_busy = psutil.Process(), 0.0
    for turn in range(TURNS):
        share = asked[turn::TURNS]
        before = {kind: processor_seconds(found) for kind, found in processes.items()}
        ours += ask_in_turn(page, share)
        for kind, found in processes.items():
            busy[kind] += processor_seconds(found) - before[kind]
        begun = processor_seconds([own])
        theirs += _peer_times(peer, catalogue, share)
        peer_busy += processor_seconds([own]) - begun
    each = {kind: seconds * 1000 / len(ours) for kind, seconds in busy.items()}
    return [
        Measured(items, "one person", ours, each, TARGETS.get(items)),
        Measured(items, "semantic_search", theirs, {"peer": peer_busy * 1000 / len(theirs)}, None),
    ]


def _several(page: Page, items: int, processes: Processes, questions: int, people: int) -> Measured:
    asked = make_texts(questions * 2, seed=2)
    before = {kind: processor_seconds(found) for kind, found in processes.items()}
    times = ask_at_once(page, [asked[number::people] for number in range(people)])
    busy = {kind: (processor_seconds(found) - before[kind]) * 1000 / len(times) for kind, found in processes.items()}
    return Measured(items, f"{people} people", times, busy, EIGHT_TARGET)


def _peer_times(peer: "SentenceTransformer", catalogue: "Floats", questions: list[str]) -> list[float]:
    """Milliseconds of each question by sentence-transformers: encode with one model, search one list."""
    import torch
    from sentence_transformers.util import semantic_search

    corpus = torch.from_numpy(catalogue)
    times = []
    for text in questions:
        started = time.perf_counter()
        query = peer.encode([text], convert_to_tensor=True, show_progress_bar=False)
        found: Any = semantic_search(query, corpus, top_k=10)
        times.append((time.perf_counter() - started) * 1000)
        assert len(found[0]) == 10
    return times


def _print(row: Measured) -> bool:
    """One line of the table; whether the target is met."""
    p50, p95 = percentile(row.times, 50), percentile(row.times, 95)
    met = row.target is None or p95 <= row.target
    busy = ", ".join(f"{kind} {value:.1f}" for kind, value in row.busy.items())
    goal = "" if row.target is None else f"  target {row.target:.0f}: {'met' if met else 'MISSED'}"
    print(
        f"{row.items:>7,} items  {row.who:<16} p50 {p50:6.1f}  p95 {p95:6.1f} ms  processor ms a question: {busy}{goal}"
    )
    return met


if __name__ == "__main__":
    main()
