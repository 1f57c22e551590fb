"""The drawn samples: the same each time, light, and of a shape that learning can gain from."""

import csv
import io
import subprocess
import sys
import zipfile
from collections import Counter
from hashlib import sha256
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from webapp.projects import picture_samples
from webapp.projects.picture_samples import pictures_and_words, similar_pictures
from webapp.projects.shop.patterns import PATTERNS
from webapp.projects.shop.photographs import SIDE, photograph
from webapp.projects.shop.shapes import THINGS


@pytest.fixture(scope="module")
def similar() -> bytes:
    return similar_pictures()


@pytest.fixture(scope="module")
def named() -> bytes:
    return pictures_and_words()


def test_designs_are_folders_of_twenty_pictures_in_many_colours(similar: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(similar)) as archive:
        counts = Counter(name.split("/")[0] for name in archive.namelist())
        contents = {archive.read(name) for name in archive.namelist()}
    assert len(counts) == 12 and set(counts.values()) == {20}
    assert len(contents) == 240
    assert len(similar) < 2_500_000


def test_every_picture_has_two_different_phrases_and_only_its_own(named: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(named)) as archive:
        heading, *rows = csv.reader(io.StringIO(archive.read("words.csv").decode()))
        pictures = {name for name in archive.namelist() if name.endswith(".jpg")}
    assert heading == ["words", "picture"]
    assert {name for _, name in rows} == pictures and len(rows) == 2 * len(pictures) == 384
    assert len({words for words, _ in rows}) == len(rows)  # no words would fit two articles


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("thing", THINGS)
def test_pattern_and_colour_are_seen_on_every_thing(thing: str, pattern: str) -> None:
    red, blue = (np.asarray(photograph(thing, pattern, colour, Random(5)), int) for colour in ("red", "blue"))
    plain = np.asarray(photograph(thing, "plain", "red", Random(5)), int)
    assert red.shape == (SIDE, SIDE, 3)
    assert (abs(red - blue).sum(axis=2) > 60).mean() > 0.02
    assert pattern == "plain" or (abs(red - plain).sum(axis=2) > 60).mean() > 0.02


def test_a_fresh_start_gives_the_same_bytes_without_heavy_imports(named: bytes) -> None:
    code = (
        "import sys; from hashlib import sha256; from webapp.projects.picture_samples import pictures_and_words; "
        "print(sha256(pictures_and_words()).hexdigest()); "
        "assert not {'torch', 'trainer', 'numpy'} & set(sys.modules)"
    )
    root = Path(picture_samples.__file__).parents[2]
    fresh = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True, text=True)
    assert fresh.stdout.strip() == sha256(named).hexdigest()


def test_the_drawings_are_pictures_of_their_size(similar: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(similar)) as archive:
        sizes = {Image.open(io.BytesIO(archive.read(name))).size for name in archive.namelist()[::40]}
    assert sizes == {(SIDE, SIDE)}
