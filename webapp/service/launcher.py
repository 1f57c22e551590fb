"""Starts all processes under supervisor, waits with them in the foreground, and leaves none behind."""

import ctypes
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import psutil
from django.conf import settings

from webapp.accounts.selectors import owner_exists
from webapp.service.preparation import Say
from webapp.service.tether import end_with_parent

PR_SET_CHILD_SUBREAPER = 36
SLOW_SECONDS = 90  # a start that takes longer is worth a word
STOP_SECONDS = 40  # more than all of supervisor's waits together


class Launcher:
    """One foreground session of Tailor."""

    def __init__(self, config: Path, say: Say) -> None:
        self.config = config
        self.say = say
        self.asked_to_stop = 0

    def run(self) -> int:
        """Serves until Ctrl-C or SIGTERM. Returns the exit status: 0 after an orderly stop, 1 when supervisor died."""
        _adopt_orphans()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        self.say("Starting …")
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop the others in order.
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.config)],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        try:
            return self._watch(supervisor.pid)
        finally:
            _end_descendants()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop += 1

    def _watch(self, supervisor: int) -> int:
        began, announced, warned = time.monotonic(), False, False
        while not self.asked_to_stop:
            if supervisor in _reap():
                self.say(f"The supervisor has ended unexpectedly; {settings.DATA_DIR / 'logs'} says why. Start again.")
                return 1
            if not announced:
                missing = not_alive()
                announced = not missing
                if announced:
                    self.say(welcome())
                elif not warned and time.monotonic() - began > SLOW_SECONDS:
                    warned = True
                    self.say(f"Still waiting for: {', '.join(missing)}. {settings.DATA_DIR / 'logs'} says why.")
            time.sleep(0.25 if time.monotonic() - began < 20 else 1)
        self.say("Stopping … (runs that are under way go on at the next start)")
        self._stop_supervisor(supervisor)
        self.say("Stopped.")
        return 0

    def _stop_supervisor(self, supervisor: int) -> None:
        os.kill(supervisor, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while supervisor not in _reap() and time.monotonic() < deadline and self.asked_to_stop < 3:
            time.sleep(0.1)


def welcome() -> str:
    """The one line that says where to go: the page that makes the owner, or the front page."""
    address = settings.PUBLIC_URL or f"http://{_browser_host()}:{settings.PORT}"
    if owner_exists():
        return f"Tailor is ready: open {address} in your browser. Ctrl-C stops it."
    return (
        f"Tailor is ready: open {address}/setup/{settings.SETUP_TOKEN}/ in your browser to make your account. "
        "Ctrl-C stops it."
    )


def _browser_host() -> str:
    if settings.HOST in {"0.0.0.0", "::", ""}:  # noqa: S104  compared, not bound
        return "127.0.0.1"
    return f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST


def not_alive() -> list[str]:
    """What /healthz names, asked as anybody would ask; ["web server"] while it does not answer."""
    host = settings.HOST if settings.HOST not in {"0.0.0.0", "::", ""} else "127.0.0.1"  # noqa: S104
    connection = http.client.HTTPConnection(host, settings.PORT, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": "127.0.0.1"})
        response = connection.getresponse()
        body = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return ["web server"]
    finally:
        connection.close()
    return [] if response.status == 200 else [str(name) for name in body.get("not_alive", ["web server"])]


def _adopt_orphans() -> None:
    """Makes the children of a supervisor that was killed ours, so that we can end them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reap() -> set[int]:
    """Collects every child that has ended, adopted ones too."""
    ended: set[int] = set()
    while True:
        try:
            number, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if number == 0:
            return ended
        ended.add(number)


def _end_descendants() -> None:
    """Ends whatever is left, politely and then not. After an orderly stop there is nothing."""
    left = psutil.Process().children(recursive=True)
    for send in (psutil.Process.terminate, psutil.Process.kill):
        for process in left:
            try:
                send(process)
            except psutil.NoSuchProcess:
                continue
        _, left = psutil.wait_procs(left, timeout=10)
