"""The whole journey, from first visit to downloaded model: `manage.py serve`, Chromium, the embedded base model."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import PASSWORD
from tests.webapp.service.test_serve import Served

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.model]

LOAD = """
import json, sys
from pathlib import Path
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer
folder = Path(sys.argv[1])
golden = json.loads((folder / "golden.json").read_text())
vectors = SentenceTransformer(str(folder)).encode(golden["texts"], normalize_embeddings=True)
(expected,) = load_file(folder / "golden.safetensors").values()
print(len(golden["texts"]), abs(vectors - expected).max())
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("journey") / "data")
    try:
        served.wait_until_healthy()
        yield served
    finally:
        served.process.terminate()
        served.process.wait(40)
        for log in sorted((served.folder / "logs").glob("*.log")):  # shown by pytest when the test fails
            print(f"--- {log.name}", log.read_text()[-3000:], sep="\n")


def test_from_first_visit_to_a_model_that_loads_elsewhere(served: Served, page: Page, tmp_path: Path) -> None:
    page.set_default_timeout(20_000)
    make_owner(page, served)
    page.get_by_role("button", name="Try it with sample data").first.click()
    page.wait_for_url(re.compile("/runs/new/"), timeout=60_000)
    train(page)
    read_report(page)
    search(page)
    texts, difference = loaded_in_a_fresh_process(download(page, tmp_path))
    assert texts >= 8
    assert difference < 1e-5


def make_owner(page: Page, served: Served) -> None:
    base = f"http://127.0.0.1:{served.port}"
    page.goto(base + "/")
    expect(page.get_by_text("make run")).to_be_visible()  # nobody can sign in yet: the page says what to do
    link = re.search(r"http://\S+/setup/\S+/", served.log.read_text())
    assert link
    page.goto(link.group())
    page.get_by_label("Your name").fill("Ada Analyst")
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("again|confirm", re.IGNORECASE)).fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("heading", name="Make search understand your business")).to_be_visible()
    page.goto(link.group())  # works once only
    expect(page.get_by_role("button", name="Make my account")).to_have_count(0)
    page.problems.clear()  # type: ignore[attr-defined]  # the console names the refused link
    page.goto(base + "/")


def train(page: Page) -> None:
    page.get_by_role("radio", name="Quick").check()
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(r"/runs/1/$"))
    expect(page.locator("[data-score] .scatterlayer .trace").first).to_be_attached(timeout=120_000)  # drawn live
    page.wait_for_url(re.compile(r"/runs/1/report/$"), timeout=200_000)


def read_report(page: Page) -> None:
    verdict = page.locator("section.verdict")
    expect(verdict).to_have_class(re.compile("is-better"))
    expect(verdict.get_by_role("heading")).to_contain_text(re.compile(r"\d+ (of|in) (every )?\d+"))
    expect(verdict).to_contain_text("95%")
    page.locator("[data-charts]").scroll_into_view_if_needed()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    page.locator("[data-question]").first.click()
    window = page.get_by_role("dialog")
    expect(window.locator("ol > li")).to_have_count(20)  # ten before, ten after
    expect(window).to_contain_text("Right item")
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)


def search(page: Page) -> None:
    page.get_by_role("link", name="Try it live").click()
    box = page.get_by_role("searchbox")
    box.fill("heart attack")
    results = page.locator("#results ol > li")
    expect(results).to_have_count(20, timeout=120_000)  # the models are being loaded, on a machine that tests share
    first = results.first.inner_text()
    box.fill("broken arm")
    expect(results.first).not_to_have_text(first, timeout=10_000)
    expect(page).to_have_url(re.compile(r"q=broken"))
    page.reload()
    expect(box).to_have_value("broken arm")
    expect(results).to_have_count(20)


def download(page: Page, tmp_path: Path) -> Path:
    page.get_by_role("link", name="Take it").click()
    with page.expect_download() as event:
        page.get_by_role("link", name=re.compile("Download the model")).click()
    archive = tmp_path / event.value.suggested_filename
    event.value.save_as(archive)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "elsewhere")
    (folder,) = (tmp_path / "elsewhere").iterdir()
    return folder


def offline_environment() -> dict[str, str]:
    """Of a stranger's process: nothing of ours on its path, and no hub."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return environment | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2"}


def loaded_in_a_fresh_process(folder: Path) -> tuple[int, float]:
    """How many golden texts the model has, and how far its vectors are from theirs."""
    command = [sys.executable, "-I", "-c", LOAD, str(folder)]
    loaded = subprocess.run(
        command, cwd=folder, env=offline_environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert loaded.returncode == 0, loaded.stderr
    count, difference = loaded.stdout.split()
    return int(count), float(difference)
