"""People who ask the live search over HTTP, one after the other or several at once, and how long they wait."""

import http.client
import threading
import time
import urllib.parse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psutil

RETRY_WORDS = "tries again by itself"


@dataclass(frozen=True)
class Page:
    """Where to ask: the server's port, the address of the results, the cookie of whoever asks."""

    port: int
    address: str
    cookie: str


class Asker:
    """One browser: one connection that is kept open."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=30)

    def ask(self, text: str) -> str:
        """The HTML of both lists, or of why there are none."""
        address = f"{self._page.address}?{urllib.parse.urlencode({'q': text})}"
        self._connection.request("GET", address, headers={"Cookie": self._page.cookie, "HX-Request": "true"})
        answer = self._connection.getresponse()
        html = answer.read().decode()
        assert answer.status == 200, (answer.status, html[:300])
        return html

    def wait_until_loaded(self) -> float:
        """Milliseconds until the first answer, the models being loaded meanwhile."""
        started = time.perf_counter()
        while RETRY_WORDS in self.ask("warm up"):
            assert time.perf_counter() - started < 180, "the models are never loaded"
            time.sleep(0.2)
        return (time.perf_counter() - started) * 1000


def ask_in_turn(page: Page, questions: Iterable[str]) -> list[float]:
    """Milliseconds of each question of one person, who asks again as soon as there is an answer."""
    asker = Asker(page)
    times = []
    for text in questions:
        started = time.perf_counter()
        html = asker.ask(text)
        times.append((time.perf_counter() - started) * 1000)
        assert html.count('class="result-place"') == 20, html[:500]
    return times


def ask_at_once(page: Page, shares: Sequence[Sequence[str]]) -> list[float]:
    """The same with as many people as there are shares, none of whom ever pauses: harder than real typing."""
    times: list[float] = []
    threads = [threading.Thread(target=lambda share=share: times.extend(ask_in_turn(page, share))) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times) == sum(map(len, shares)), "somebody met an error"
    return times


def processor_seconds(processes: Iterable[psutil.Process]) -> float:
    """Computed so far."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that `percent` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, -(-len(ordered) * percent // 100) - 1)]
