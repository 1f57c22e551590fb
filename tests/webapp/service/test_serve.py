"""Starting and stopping everything, as `make run` does: real processes, a fresh data folder."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

pytestmark = pytest.mark.worker


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """One `manage.py serve` on a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.log = folder.with_suffix(".log")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
        self.environment |= {"TAILOR_DATA": str(folder), "PORT": str(self.port)}
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(self.command(), env=self.environment, stdout=log, stderr=log)

    def command(self) -> list[str]:
        return [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve"]

    def health(self) -> tuple[int, dict[str, object]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except OSError:
            return 0, {}
        finally:
            connection.close()

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + 120
        while self.health()[0] != 200:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.5)
        while "ready" not in self.log.read_text():
            time.sleep(0.1)

    def processes(self) -> list[psutil.Process]:
        """All of them but the launcher, found by the data folder in their environment."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("TAILOR_DATA") == str(self.folder) and process.pid != self.process.pid:
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def again(self, **changes: str) -> "subprocess.CompletedProcess[str]":
        """A second start beside the first."""
        environment = self.environment | changes
        return subprocess.run(self.command(), env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path / "my data")  # a blank, which commands trip over
    try:
        yield served
    finally:
        for process in served.processes():
            process.kill()
        served.process.kill()
        served.process.wait()


def test_serves_refuses_a_second_start_and_leaves_no_process(served: Served, tmp_path: Path) -> None:
    served.wait_until_healthy()
    words = served.log.read_text()
    assert re.search(rf"open http://127\.0\.0\.1:{served.port}/setup/[\w-]{{32,}}/ in your browser", words)
    assert served.log.read_text().count("ready") == 1
    commands = [" ".join(process.cmdline()) for process in served.processes()]
    assert all(any(part in command for command in commands) for part in ("worker train", "gunicorn", "supervisord"))

    second = served.again()
    assert (second.returncode, second.stdout) == (1, "")
    assert re.fullmatch(r"Another Tailor \(process \d+\) is already running on .*\n", second.stderr)
    on_the_same_port = served.again(TAILOR_DATA=str(tmp_path / "other"))
    assert on_the_same_port.returncode == 1
    assert on_the_same_port.stderr.startswith(f"Port {served.port} is in use")

    served.process.send_signal(signal.SIGINT)

    assert served.process.wait(40) == 0
    assert served.processes() == []
    log = (served.folder / "logs" / "supervisord.log").read_text()
    ended = re.findall(r"stopped: (\S+) ", log)
    assert (ended[0], ended[-1]) == ("web", "redis")
    assert sorted(ended[1:-1]) == ["prepare", "search", "train"]


def wait_until_started(served: Served) -> list[psutil.Process]:
    """All processes, once the web server is among them; the workers are loading their libraries then."""
    deadline = time.monotonic() + 60
    while not any("gunicorn" in process.cmdline() for process in served.processes()):
        assert time.monotonic() < deadline, served.log.read_text()
        time.sleep(0.2)
    return served.processes()


def test_nothing_is_left_when_the_supervisor_or_everything_above_is_killed(served: Served) -> None:
    wait_until_started(served)
    supervisor = next(process for process in served.processes() if "supervisor.supervisord" in process.cmdline())

    supervisor.kill()

    assert served.process.wait(30) == 1
    assert "supervisor has ended unexpectedly" in served.log.read_text()
    assert served.processes() == []

    served.process = served.start()
    for process in wait_until_started(served):
        if "supervisor.supervisord" in process.cmdline():
            process.kill()
    served.process.kill()
    served.process.wait()
    _, left = psutil.wait_procs(served.processes(), timeout=20)
    assert [process.cmdline() for process in left] == []
