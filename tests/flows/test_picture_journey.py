"""The journeys of pictures: a ZIP, a quick run, thumbnails, live search with a picture and with words, and models that
load without Tailor."""

import io
import re
import subprocess
import sys
import zipfile
from itertools import product
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
from webapp.projects.shop.words import PHRASES, phrase

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
LOAD_WORDS = """
import json, sys
from pathlib import Path
from PIL import Image
from safetensors.numpy import load_file
folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
from load_model import load_model
golden, expected = json.loads((folder / "golden.json").read_text()), load_file(folder / "golden.safetensors")
model = load_model(folder)
vectors = model.encode_pictures([Image.open(folder / name) for name in golden["pictures"]])
words = model.encode_texts(golden["texts"])
print(len(golden["texts"]), max(abs(vectors - expected["pictures"]).max(), abs(words - expected["texts"]).max()))
"""
"""By the loader that the model card documents."""


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


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A ZIP with pictures and a table of words for each."""
    random = Random(4)
    path, rows = tmp_path / "articles.zip", ["words,picture"]
    with zipfile.ZipFile(path, "w") as archive:
        for place, (thing, colour) in enumerate(product(THINGS, list(COLOURS)[:8])):
            pattern = ("plain", "stripes")[place % 2]
            rows.append(f'"{phrase(place % PHRASES, thing, pattern, colour, random)}",{place:02}.png')
            archive.writestr(f"{place:02}.png", png(photograph(thing, pattern, colour, random)))
        archive.writestr("words.csv", "\n".join(rows))
    return path


def test_from_zips_of_pictures_to_models_that_load_elsewhere(
    served: Served, page: Page, designs: Path, articles: Path, tmp_path: Path
) -> None:
    """Similar pictures first, then pictures from words, in one installation."""
    page.set_default_timeout(20_000)
    make_owner(page, served)
    upload(page, designs, "Find similar pictures", f"{len(DESIGNS) * OF_EACH} pictures:")
    train(page)
    read_report(page)
    search(page)
    loads_in_a_fresh_process(LOAD, download(page, tmp_path))
    page.goto(f"http://127.0.0.1:{served.port}/")
    upload(page, articles, "Find a picture from words", "48 questions:")
    train(page)
    read_report(page)
    search_by_words(page)
    loads_in_a_fresh_process(LOAD_WORDS, download(page, tmp_path / "words"))


def upload(page: Page, pictures: Path, task: str, receipt: str) -> None:
    page.get_by_role("link", name="New project").click()
    page.get_by_role("textbox", name="Name").fill(task)
    page.get_by_role("radio", name=re.compile(f"^{task}")).check()
    page.get_by_role("button", name="Create project").click()
    page.locator("#examples input[type=file]").first.set_input_files(pictures)
    page.wait_for_url(re.compile(r"/uploads/\d+/$"))
    expect(page.locator(".sample-pictures img").first).to_be_visible(timeout=60_000)
    expect_drawn(page.locator(".sample-pictures img"))
    page.get_by_role("button", name="Check my data").click()
    expect(page.locator(".receipt-sentence")).to_contain_text(receipt, timeout=60_000)
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
    page.wait_for_url(re.compile(r"/search/$"))  # and until its scripts have come: a drop before them leaves the page
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


def search_by_words(page: Page) -> None:
    page.get_by_role("link", name="Try it live").click()
    page.get_by_role("searchbox").fill("a green lamp")
    results = page.locator("#results ol > li")
    expect(results).to_have_count(20, timeout=60_000)
    expect_drawn(results.locator("img"))
    first = page.locator("#results .is-after li").first.inner_text()
    page.get_by_role("searchbox").fill("a pink mug")
    expect(page.locator("#results .is-after li").first).not_to_have_text(first, timeout=10_000)


def right(place: Locator, side: str) -> Locator:
    """Results of one list that are marked as right."""
    return place.locator(f".is-{side} li.is-right")


def loads_in_a_fresh_process(program: str, folder: Path) -> None:
    command = [sys.executable, "-I", "-c", program, str(folder)]
    loaded = subprocess.run(
        command, cwd=folder, env=offline_environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert loaded.returncode == 0, loaded.stderr
    count, difference = loaded.stdout.split()
    assert int(count) >= 4
    assert float(difference) < 1e-5
