"""The journey of pictures: a ZIP of folders, a quick run, thumbnails, a dropped picture, a model that timm loads."""

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from random import Random

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.flows.test_journey import download, make_owner, offline_environment, served
from tests.webapp.reports.test_pictures_browser import expect_drawn
from tests.webapp.search.test_pictures_browser import give
from tests.webapp.service.test_serve import Served
from webapp.projects.shop.patterns import COLOURS
from webapp.projects.shop.photographs import photograph
from webapp.projects.shop.shapes import THINGS

__all__ = ["served"]  # the fixture
pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.model, pytest.mark.timeout(500)]

DESIGNS = ("checks", "dots", "stars", "slanted stripes")
OF_EACH = 12
LOAD = """
import json, sys
from pathlib import Path
import timm, torch
from PIL import Image
from safetensors.numpy import load_file
folder = Path(sys.argv[1])
names = json.loads((folder / "golden.json").read_text())["pictures"]
model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
see = timm.data.create_transform(**timm.data.resolve_data_config({}, model=model))
with torch.inference_mode():
    vectors = model(torch.stack([see(Image.open(folder / name).convert("RGB")) for name in names]))
vectors = torch.nn.functional.normalize(vectors).numpy()
print(len(names), abs(vectors - load_file(folder / "golden.safetensors")["pictures"]).max())
"""


def png(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def designs(tmp_path: Path) -> Path:
    """A ZIP with a folder of pictures for each design; learning gains on them, for the base model goes by the thing."""
    random = Random(3)
    path = tmp_path / "designs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for design in DESIGNS:
            for number in range(OF_EACH):
                picture = photograph(THINGS[number % 6], design, list(COLOURS)[number % 10], random)
                archive.writestr(f"{design}/{number:02}.png", png(picture))
    return path


def test_from_a_zip_of_pictures_to_a_model_that_timm_loads(
    served: Served, page: Page, designs: Path, tmp_path: Path
) -> None:
    page.set_default_timeout(20_000)
    make_owner(page, served)
    upload(page, designs)
    train(page)
    read_report(page)
    search(page)
    loads_in_a_fresh_process(download(page, tmp_path))


def upload(page: Page, designs: Path) -> None:
    page.get_by_role("link", name="New project").click()
    page.get_by_role("textbox", name="Name").fill("Same design")
    page.get_by_role("radio", name=re.compile("^Find similar pictures")).check()
    page.get_by_role("button", name="Create project").click()
    page.locator("#examples input[type=file]").first.set_input_files(designs)
    page.wait_for_url(re.compile(r"/uploads/\d+/$"))
    expect(page.locator(".sample-pictures img").first).to_be_visible(timeout=60_000)
    expect_drawn(page.locator(".sample-pictures img"))
    page.get_by_role("button", name="Check my data").click()
    expect(page.locator(".receipt-sentence")).to_contain_text(f"{len(DESIGNS) * OF_EACH} pictures:", timeout=60_000)
    page.get_by_role("link", name="Choose a base model and start").click()


def train(page: Page) -> None:
    page.get_by_role("radio", name=re.compile("^Quick ")).check()
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(r"/runs/1/$"))
    page.wait_for_url(re.compile(r"/runs/1/report/$"), timeout=200_000)


def read_report(page: Page) -> None:
    expect(page.locator("section.verdict").get_by_role("heading")).to_contain_text(re.compile(r"\d+ of \d+ searches"))
    ranks = page.locator("#explorer .question-row")
    expect_drawn(ranks.locator("img"))
    ranks.first.click()
    window = page.get_by_role("dialog")
    expect(window.locator("ol > li img")).to_have_count(20)  # ten before, ten after
    expect(right(window, "before")).not_to_have_count(10)
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)


def search(page: Page) -> None:
    page.get_by_role("link", name="Try it live").click()
    new = photograph("shirt", "stars", "red", Random(99))  # of a known design; the picture itself was never uploaded
    give(page, "drop", ("new shirt.png", "image/png", png(new)))
    results = page.locator("#results ol > li")
    expect(results).to_have_count(20, timeout=60_000)
    expect_drawn(results.locator("img"))
    expect(page.locator("#results")).to_contain_text("new shirt.png")
    named = page.locator("#results .is-after .result-name").all_inner_texts()
    assert named[:3].count("stars") >= 2, named
    page.locator(".picture-strip a").first.click()
    expect(right(page.locator("#results"), "after")).not_to_have_count(0)


def right(place: Locator, side: str) -> Locator:
    """Results of one list that are marked as right."""
    return place.locator(f".is-{side} li.is-right")


def loads_in_a_fresh_process(folder: Path) -> None:
    command = [sys.executable, "-I", "-c", LOAD, str(folder)]
    loaded = subprocess.run(
        command, cwd=folder, env=offline_environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert loaded.returncode == 0, loaded.stderr
    count, difference = loaded.stdout.split()
    assert int(count) >= 4
    assert float(difference) < 1e-5
