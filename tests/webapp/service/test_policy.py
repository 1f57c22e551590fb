"""What browsers are told to refuse, and that our parts work under it."""

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

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
