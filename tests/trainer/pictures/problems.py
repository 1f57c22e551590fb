"""Small search problems with pictures drawn by code: what matters is the colour of a disc among others' noise."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.trainer.tiny_pictures import make_store
from trainer.config import Task
from trainer.data.label_relevance import LabelRelevance
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.data.picture_store import PictureStore

COLOURS = ("red", "green", "blue", "yellow")


def disc(colour: str, number: int) -> Image.Image:
    """A disc of a colour, and a larger one of any, somewhere on a background of noise; another for every number."""
    random = np.random.default_rng(number)
    picture = Image.fromarray(random.integers(0, 255, (48, 48, 3), dtype=np.uint8))
    pen = ImageDraw.Draw(picture)
    for size, fill in ((28, tuple(random.integers(60, 190, 3).tolist())), (15, colour)):
        x, y = random.integers(0, 48 - size, 2).tolist()
        pen.ellipse((x, y, x + size, y + size), fill=fill)
    return picture


def labelled(
    folder: Path, *, train: int = 48, test: int = 24, catalogue: int = 24, shared: int = 0
) -> tuple[SplitDataset, PictureStore]:
    """Pictures labelled by colour, judged by other pictures over a catalogue of yet others, and of `shared` of those
    that judge."""
    count = train + test + catalogue
    colours = [COLOURS[number % len(COLOURS)] for number in range(count)]
    store, keys = make_store(folder / "pictures.zip", [disc(colour, n) for n, colour in enumerate(colours)])
    queries = {f"q{n}": keys[n] for n in range(train + test)}
    labels = {f"q{n}": colours[n] for n in range(train + test)}
    learned = {f"d{n}": keys[n] for n in range(train)}
    items = [*range(train, train + shared), *range(train + test, count)]
    found = {f"c{n}": keys[n] for n in items}
    of_documents = {f"d{n}": colours[n] for n in range(train)} | {f"c{n}": colours[n] for n in items}
    twins = {f"d{n}": f"q{n}" for n in range(train)} | {f"c{n}": f"q{n}" for n in items[:shared]}
    data = PairDataset(
        queries=queries,
        documents=learned | found,
        relevance=LabelRelevance(labels, of_documents, twins),
        task=Task.IMAGE_IMAGE,
        labels=labels,
        twins=twins,
        learning_only=frozenset(learned),
        captions={key: f"{number}.png" for number, key in enumerate(keys)},
    )
    names = list(queries)
    return SplitDataset(
        data, tuple(names[:train]), (), tuple(names[train:]), SplitKind.OWN_TEST, 0, frozenset(names[train:]), {}
    ), store


def captioned(folder: Path, *, train: int = 48, test: int = 16) -> tuple[SplitDataset, PictureStore]:
    """Words that name a colour and the picture that they mean, of which there are several of each colour."""
    colours = [COLOURS[number % len(COLOURS)] for number in range(train + test)]
    store, keys = make_store(folder / "pictures.zip", [disc(colour, n) for n, colour in enumerate(colours)])
    queries = {f"q{n}": f"a {colour} disc, number {n}" for n, colour in enumerate(colours)}
    documents = {f"d{n}": key for n, key in enumerate(keys)}
    by_colour = {colour: {f"d{n}": 1.0 for n, own in enumerate(colours) if own == colour} for colour in COLOURS}
    data = PairDataset(
        queries=queries,
        documents=documents,
        relevance={f"q{n}": by_colour[colour] for n, colour in enumerate(colours)},
        task=Task.TEXT_IMAGE,
        captions={key: f"{number}.png" for number, key in enumerate(keys)},
    )
    names = list(queries)
    return SplitDataset(
        data, tuple(names[:train]), (), tuple(names[train:]), SplitKind.OWN_TEST, 0, frozenset(names[train:]), {}
    ), store
