"""The files of the sample projects about pictures: a made-up shop, its pictures drawn and its words written for Tailor.

Always the same bytes; the pictures are drawn when asked for, in some seconds.
"""

import csv
import io
import zipfile
from itertools import product
from random import Random

from PIL import Image

from webapp.projects.shop.patterns import COLOURS, PATTERNS
from webapp.projects.shop.photographs import photograph
from webapp.projects.shop.shapes import THINGS
from webapp.projects.shop.words import PHRASES, phrase

DESIGNS = tuple(pattern for pattern in PATTERNS if pattern != "plain")
"""The labels where similar pictures are found: a design, whatever article it is on and in whatever colour."""
OF_EACH = 20
"""Pictures of a design."""

NAMED = tuple(product(("plain", "stripes", "checks", "dots"), THINGS, tuple(COLOURS)[:8]))
"""(pattern, thing, colour) of each picture that is found from words."""
PHRASES_OF_EACH = 2


def similar_pictures() -> bytes:
    """A ZIP with a folder of pictures for each design: "zigzag/red shirt 01.jpg"."""
    random = Random(1)  # noqa: S311 - the same pictures each time, no secret
    colours = tuple(COLOURS)
    pictures = {}
    for place, design in enumerate(DESIGNS):
        for number in range(OF_EACH):
            thing, colour = THINGS[number % len(THINGS)], colours[(3 * number + place) % len(colours)]
            picture = photograph(thing, design, colour, random)
            pictures[f"{design}/{colour} {thing} {number + 1:02}.jpg"] = _jpeg(picture)
    return _zip(pictures)


def pictures_and_words() -> bytes:
    """A ZIP with pictures and a table of the words that customers might look for each of them with."""
    random = Random(2)  # noqa: S311 - the same pictures and words each time, no secret
    table = io.StringIO(newline="")
    rows = csv.writer(table)
    rows.writerow(("words", "picture"))
    pictures = {}
    for pattern, thing, colour in NAMED:
        name = f"pictures/{colour} {thing}, {pattern}.jpg"
        pictures[name] = _jpeg(photograph(thing, pattern, colour, random))
        for form in random.sample(range(PHRASES), PHRASES_OF_EACH):
            rows.writerow((phrase(form, thing, pattern, colour, random), name))
    return _zip({"words.csv": table.getvalue().encode(), **pictures})


def _jpeg(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=88)
    return content.getvalue()


def _zip(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)  # a fixed date: the same bytes each time
    return content.getvalue()
