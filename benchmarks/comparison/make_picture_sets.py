"""Builds data sets of pictures from public packages:
`.venv/bin/python -m benchmarks.comparison.make_picture_sets --out FOLDER`.

- stamps: a sentence → the picture that it describes, photographs and drawings (Debian package tuxpaint-stamps-default)
- clipart: title and keywords → the drawing (Debian packages openclipart-png and openclipart-svg)
- clipart_kinds: drawings by what they show, which is the folder that they are in (the same packages)

Each has train_100, train_300 and train_1000.csv where there are so many pictures, test.csv with others, and
catalogue.csv: where words are looked for, the pictures of test.csv; where labels count, pictures of neither. Pictures
are made smaller (`SIDE`), nothing else. The same packages give the same files. What is missing is named, and the
others are built.
"""

import argparse
import csv
import random
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from defusedxml.ElementTree import ParseError, parse
from PIL import Image

Shown = tuple[str, Path]
"""What is said of a picture (a sentence, keywords, a label), and its file."""
SIDE, TEST, CATALOGUE, SIZES = 256, 300, 1_000, (100, 300, 1_000)
PIXELS = 30_000_000
FEWEST, MOST = 30, 250
"""Pictures of a label: with fewer it is left out, of more some are drawn."""
DUBLIN_CORE, RDF = "{http://purl.org/dc/elements/1.1/}", "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
LEFT_OUT = {"unsorted", "special", "shapes", "signs_and_symbols", "computer", "logos"}
"""Folders of Open Clip Art that are not about one kind of thing, or that hold hundreds of near-identical drawings."""


def main() -> None:
    """Builds what can be built; exit status 1 when a set is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder that receives a folder for each data set")
    parser.add_argument("--stamps", type=Path, default=Path("/usr/share/tuxpaint/stamps"))
    parser.add_argument("--clipart", type=Path, default=Path("/usr/share/openclipart"), help="holds svg and png")
    arguments = parser.parse_args()
    makers: dict[str, tuple[Callable[[], Iterable[Shown]], bool, str]] = {
        "stamps": (lambda: stamps(arguments.stamps), False, "tuxpaint-stamps-default"),
        "clipart": (lambda: clipart(arguments.clipart), False, "openclipart-png openclipart-svg"),
        "clipart_kinds": (lambda: clipart_kinds(arguments.clipart), True, "openclipart-png"),
    }
    missing = 0
    for name, (make, by_label, packages) in makers.items():
        found = list(make())
        if found:
            print(write_set(arguments.out / name, found, by_label))
            continue
        missing += 1
        remedy = f"On Debian or Ubuntu: sudo apt-get install {packages}; else give the folder's path (--help)."
        print(f"{name}: left out, as there are no pictures. {remedy}", file=sys.stderr)
    sys.exit(1 if missing else 0)


def stamps(folder: Path) -> Iterator[Shown]:
    """The English sentence about each stamp: the first line of the text beside it."""
    for text in sorted(folder.rglob("*.txt")):
        picture = text.with_suffix(".png")
        lines = text.read_text(encoding="utf-8").splitlines()
        if picture.exists() and lines and lines[0].strip():
            yield lines[0].strip(), picture


def clipart(folder: Path) -> Iterator[Shown]:
    """Title and keywords, which only the SVG holds, of drawings that are there as PNG too."""
    for drawing in sorted((folder / "svg").rglob("*.svg")):
        picture = (folder / "png" / drawing.relative_to(folder / "svg")).with_suffix(".png")
        if picture.exists() and not LEFT_OUT & set(picture.parts):
            words = _words(drawing)
            if words:
                yield words, picture


def _words(drawing: Path) -> str:
    """`title: keyword, keyword`, or nothing where there are no keywords or the file can't be read."""
    try:
        root = parse(drawing).getroot()
    except (ParseError, UnicodeError, ValueError):
        return ""
    title = next((_plain(element.text) for element in root.iter(f"{DUBLIN_CORE}title")), "")
    keywords = [_plain(item.text) for bag in root.iter(f"{DUBLIN_CORE}subject") for item in bag.iter(f"{RDF}li")]
    keywords = [word for word in keywords if word and word.casefold() != title.casefold()]
    return f"{title}: {', '.join(dict.fromkeys(keywords))}" if title and keywords else ""


def _plain(text: str | None) -> str:
    return " ".join((text or "").replace("_", " ").split())


def clipart_kinds(folder: Path) -> Iterator[Shown]:
    """Drawings and the folder that each is in, `food/fruit` for example."""
    for picture in sorted((folder / "png").rglob("*.png")):
        if not LEFT_OUT & set(picture.parts):
            yield "/".join(picture.relative_to(folder / "png").parts[:-1][:2]), picture


def write_set(folder: Path, found: list[Shown], by_label: bool, seed: int = 0) -> str:
    """Draws pictures for each file; each is in one file only. What was written, in words."""
    draw = random.Random(seed)
    draw.shuffle(found)
    usable = [(words, path) for words, path in found if _is_usable(path)]
    chosen = _some_of_each(usable) if by_label else _once(usable)
    test, rest = chosen[:TEST], chosen[TEST:]
    catalogue = rest[:CATALOGUE] if by_label else test
    train = rest[len(catalogue) :] if by_label else rest
    sizes = [size for size in SIZES if size <= len(train)]
    (folder / "images").mkdir(parents=True, exist_ok=True)
    names = {path: f"images/{place:05}.png" for place, (_, path) in enumerate(chosen)}
    for path, name in names.items():
        with Image.open(path) as picture:
            picture.thumbnail((SIDE, SIDE))
            picture.save(folder / name)
    header = ["image", "label"] if by_label else ["text", "image"]

    def rows(part: list[Shown]) -> list[list[str]]:
        return [[names[path], words] if by_label else [words, names[path]] for words, path in part]

    _write(folder / "test.csv", rows(test), header)
    listed = rows(catalogue) if by_label else [[names[path]] for _, path in draw.sample(catalogue, len(catalogue))]
    _write(folder / "catalogue.csv", listed, header if by_label else ["image"])
    for size in sizes:
        _write(folder / f"train_{size}.csv", rows(train[:size]), header)
    return f"{folder.name}: {len(catalogue):,} pictures to search, {len(test)} to judge by, {sizes} to learn from"


def _is_usable(picture: Path) -> bool:
    """Whether it is a picture of at most `PIXELS`: Open Clip Art has some of hundreds of millions."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(picture) as opened:
                return opened.width * opened.height <= PIXELS
        except (OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
            return False


def _once(found: Iterable[Shown]) -> list[Shown]:
    """One picture of each wording."""
    first: dict[str, Shown] = {}
    for words, path in found:
        first.setdefault(re.sub(r"\W+", " ", words.casefold()).strip(), (words, path))
    return list(first.values())


def _some_of_each(found: list[Shown]) -> list[Shown]:
    """At most `MOST` pictures of each label that has `FEWEST`."""
    there, taken = Counter(label for label, _ in found), Counter[str]()
    chosen = []
    for label, path in found:
        taken[label] += 1
        if there[label] >= FEWEST and taken[label] <= MOST:
            chosen.append((label, path))
    return chosen


def _write(path: Path, rows: Iterable[Iterable[str]], header: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


if __name__ == "__main__":
    main()
