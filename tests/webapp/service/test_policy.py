"""What browsers are told to refuse, and that our parts work under it."""

import gzip
import io
import socket
import zipfile
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.service import middleware

CHART = """async () => {
  const chart = document.createElement("div");
  document.body.append(chart);
  const data = [
    {x: [1, 2, 3], y: [1, 4, 9], type: "scatter", name: "loss"},
    {x: [1, 2, 3], y: [2, 3, 1], type: "bar", error_y: {type: "data", array: [1, 2, 3]}},
    {x: [1, 2, 2], type: "histogram"},
  ];
  await Plotly.newPlot(chart, data, {title: {text: "A chart"}, hovermode: "x unified"}, {responsive: true});
  await Plotly.react(chart, [{x: [1, 2], y: [3, 4], type: "scatter"}], {title: {text: "Another"}});
  return {
    drawn: chart.querySelectorAll(".scatterlayer .trace path.js-line").length,
    bar: getComputedStyle(chart.querySelector(".modebar")).position,
  };
}"""


def test_every_page_forbids_inline_code_and_other_hosts(db: None, client: Client) -> None:
    response = client.get("/login/")

    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "http" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


def test_pages_are_sent_compressed_but_files_as_they_are(client_of: Callable[[Person], Client], owner: Person) -> None:
    run = make_run(make_version(owner), make_report(realistic_ranks(40)))
    signed_in, accepted = client_of(owner), {"Accept-Encoding": "gzip, deflate"}
    for name in ("report", "report_charts"):
        path = reverse(name, args=(run.project_id, run.number))
        plain, small = signed_in.get(path), signed_in.get(path, headers=accepted)
        assert "Content-Encoding" not in plain.headers and small["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in small["Vary"]
        assert len(small.content) < len(plain.content) / 3
        assert b"Right item" in gzip.decompress(small.content)
    file = signed_in.get(reverse("model_download", args=(run.project_id, run.number)), headers=accepted)
    assert "Content-Encoding" not in file.headers
    assert zipfile.is_zipfile(io.BytesIO(b"".join(file.streaming_content)))  # type: ignore[attr-defined]


class NeverRead:
    """A body that must not be looked at."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def post_big(client: Client, path: str, megabytes: int, **headers: str) -> HttpResponse:
    request = {"CONTENT_LENGTH": str(megabytes * 2**20), "CONTENT_TYPE": "multipart/form-data; boundary=x", **headers}
    return client.generic("POST", path, **{"wsgi.input": NeverRead(), **request})  # type: ignore[return-value,arg-type]


def test_no_page_of_a_signed_in_person_is_kept(client_of: Callable[[Person], Client], owner: Person) -> None:
    run = make_run(make_version(owner), make_report(realistic_ranks(5)))
    signed_in = client_of(owner)
    for name, args in (("project_list", ()), ("report", (run.project_id, run.number))):
        assert "no-store" in signed_in.get(reverse(name, args=args))["Cache-Control"], name


def test_a_stranger_cannot_fill_the_disk(db: None, client: Client) -> None:
    answer = post_big(client, "/login/", 50)
    assert answer.status_code == 413
    assert "not signed in" in answer.content.decode()


def test_a_file_that_the_disk_cannot_take_is_refused_before_it_is_read(
    owner: Person, client_of: Callable[[Person], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware.shutil, "disk_usage", lambda folder: SimpleNamespace(free=120 * 2**20))
    answer = post_big(client_of(owner), "/projects/1/uploads/", 50, HTTP_ACCEPT="application/json")
    assert answer.status_code == 507
    assert set(answer.json()) == {"cause", "remedy"}  # type: ignore[attr-defined]
    assert "disk is full" in answer.json()["cause"]  # type: ignore[attr-defined]


def test_a_sender_that_falls_silent_keeps_no_thread(db: None, client: Client, settings: Settings) -> None:
    settings.SILENCE_SECONDS = 0.1
    line, sender = socket.socketpair()
    sender.sendall(b"username=")  # and then nothing more, nor an end
    request = {"CONTENT_LENGTH": "1000", "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    client.raise_request_exception = False
    client.generic("POST", "/login/", **{"wsgi.input": line.makefile("rb"), "gunicorn.socket": line, **request})  # type: ignore[arg-type]
    assert line.gettimeout() == 0.1


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_charts_are_drawn_and_styled_under_the_policy(live_server: LiveServer, page: Page) -> None:
    page.goto(f"{live_server.url}/login/")
    page.add_script_tag(url=f"{live_server.url}/static/vendor/plotly.min.js")

    assert page.evaluate(CHART) == {"drawn": 1, "bar": "absolute"}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_browser_refuses_inline_styles_and_scripts(live_server: LiveServer, page: Page) -> None:
    page.goto(f"{live_server.url}/login/")
    page.evaluate(
        """() => {
          for (const tag of ["script", "style"]) {
            const element = document.createElement(tag);
            element.textContent = tag === "script" ? "window.ran = true" : "body { color: rgb(1, 2, 3) }";
            document.head.append(element);
          }
        }"""
    )

    assert page.evaluate("[window.ran === true, getComputedStyle(document.body).color]") != [True, "rgb(1, 2, 3)"]
    assert page.evaluate("window.ran") is None
    assert len(page.problems) == 2  # type: ignore[attr-defined]
    page.problems.clear()  # type: ignore[attr-defined]
