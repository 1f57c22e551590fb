"""Real processes that a test may kill: the embedded server and workers."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import redis
from django.conf import settings

from webapp.service.redis_server import redis_command

PATIENCE_SECONDS = 150


def wait_for(what: Callable[[], object], words: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Return once `what()` is true; fail with `words` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"after {seconds:g} s: {words}"
        time.sleep(0.05)


class Server:
    """The embedded server in a folder of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tailor-redis-"))
        self.socket = self.folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, with what the append-only file remembers."""
        self.process = subprocess.Popen(redis_command(self.socket, self.folder), stdout=subprocess.DEVNULL)
        wait_for(self._answers, "the server does not answer", 10)

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def forget(self) -> None:
        """Lose all data; only while it is not running."""
        shutil.rmtree(self.folder / "appendonlydir")

    def remove(self) -> None:
        """Stop for good."""
        self.kill()
        shutil.rmtree(self.folder)

    def _answers(self) -> bool:
        try:
            return bool(redis.Redis(unix_socket_path=str(self.socket)).ping())
        except redis.ConnectionError:
            return False


class Tailor:
    """Workers and a web server, each a process started as in production."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.processes: list[subprocess.Popen[bytes]] = []
        self.workers: dict[str, Process] = {}
        self.log = server.folder / "processes.log"

    def worker(self, kind: str) -> "Process":
        """The worker of this kind that runs, else a new one, by `manage.py worker <kind>`."""
        running = self.workers.get(kind)
        if running is None or running.process.poll() is not None:
            running = self.start([sys.executable, "manage.py", "worker", kind])
            self.workers[kind] = running
        return running

    def start(self, command: list[str]) -> "Process":
        """Start any command with the settings of this test."""
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.flows.process_settings",
            "TAILOR_FLOW_REDIS": self.server.url,
            "OMP_NUM_THREADS": "1",
        }
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, env=environment, cwd=settings.BASE_DIR, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        return Process(process)

    def stop(self) -> None:
        """End whatever still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()

    def words(self) -> str:
        """What the processes wrote."""
        return self.log.read_text(errors="replace")


class Process:
    """One started process."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.pid = process.pid

    def horse(self) -> psutil.Process:
        """The work-horse of a busy worker."""
        children: list[psutil.Process] = []

        def found() -> bool:
            children[:] = psutil.Process(self.pid).children()
            return bool(children)

        wait_for(found, "the worker has no work-horse")
        return children[0]

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def terminate(self, signum: signal.Signals = signal.SIGTERM) -> float:
        """Ask it to end, as supervisor does; the seconds that took."""
        started = time.monotonic()
        self.process.send_signal(signum)
        self.process.wait(30)
        return time.monotonic() - started
