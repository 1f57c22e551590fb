"""`manage.py worker train|prepare|search [--gpu N]`: one worker of one queue, until SIGTERM or Ctrl-C."""

import gc
import importlib
import logging
import os
import signal
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from webapp.queue.selectors import redis_is_up

WAIT_FOR_REDIS_SECONDS = 30
NICE = {"train": 5, "prepare": 2, "search": 0}
"""A run takes minutes either way; a page or a search that waits for it is felt. Only counts where cores are short."""

THREADS = {"train": None, "prepare": 1, "search": 1}
"""One question is too little work to share: two threads took twice as long, and three times the processor."""

PRELOADED = {
    # Imported once, before the forks: each run starts seconds earlier. Importing starts no threads and touches no GPU.
    "train": ("torch", "transformers", "trainer.pipeline"),
    "prepare": ("numpy",),
    "search": (),
}
CHORES = {
    "train": ("webapp.runs.artefacts.artefacts_sweep",),
    "prepare": ("webapp.arrivals.services.arrivals_sweep",),
    "search": (
        "webapp.search.catalogues.catalogues_sweep",
        "webapp.search.models_cache.cache_sweep",
        "webapp.search.query_pictures.query_pictures_sweep",
    ),
}


class Command(BaseCommand):
    """Run one worker."""

    help = "Runs one worker of one kind until it is stopped. A stopped worker hands its work back."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """kind, --gpu"""
        parser.add_argument("kind", choices=tuple(NICE))
        parser.add_argument(
            "--gpu", type=int, help="number of the graphics card that this worker uses; others are hidden"
        )

    def handle(self, *, kind: str, gpu: int | None, **options: Any) -> None:
        """Returns when the worker is stopped."""
        signal.signal(
            signal.SIGINT, signal.SIG_DFL
        )  # until the worker listens: nothing has begun, nothing to hand back
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr)
        logging.getLogger("tailor").setLevel(logging.INFO)
        _prepare_environment(kind, gpu)
        _wait_for_redis()
        for module in PRELOADED[kind]:
            importlib.import_module(module)
        # Imported here, after the environment is set, and only in the process that is a worker.
        from webapp.queue.worker import SearchWorker, TailorWorker

        chores = tuple(import_string(path) for path in CHORES[kind])
        worker = (SearchWorker if kind == "search" else TailorWorker)(kind, chores)
        gc.freeze()  # what is loaded now stays shared with the forks
        worker.mend(at_once=True)
        worker.work(logging_level="WARNING")


def _prepare_environment(kind: str, gpu: int | None) -> None:
    """What must be set before torch is imported."""
    os.nice(NICE[kind])
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if THREADS[kind]:
        os.environ.setdefault("OMP_NUM_THREADS", str(THREADS[kind]))
    # Safe although we fork: the parent never tokenizes.
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if kind == "train" else "false"
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(gpu)
    elif kind != "train":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""


def _wait_for_redis() -> None:
    deadline = time.monotonic() + WAIT_FOR_REDIS_SECONDS
    while not redis_is_up():
        if time.monotonic() > deadline:
            raise CommandError("Redis cannot be reached. Start it, or correct REDIS_URL, and start the worker again.")
        time.sleep(0.2)
