"""The live search where pictures are found, with an encoder that sees nothing but the mean colour."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from trainer.config import Task
from trainer.index import read_index, write_index
from trainer.searcher import Searcher

COLOURS = {"red": "#e01010", "green": "#10c010", "blue": "#1010e0", "wine": "#801020"}
KEYS = {name: f"{name}-key.png" for name in COLOURS}


class ColourEncoder:
    """A picture is its mean colour; a text the colour that it names, black where it names none."""

    embedding_size = 3
    max_tokens = 8

    def encode_pictures(self, pictures: Sequence[Image.Image]) -> np.ndarray:
        return self._unit([np.asarray(picture).reshape(-1, 3).mean(0) for picture in pictures])

    def encode(self, texts: Sequence[str], **_: Any) -> np.ndarray:
        return self.encode_pictures([picture_of(COLOURS.get(text, "#010101")) for text in texts])

    def save(self, folder: Path) -> None:
        raise NotImplementedError

    @staticmethod
    def _unit(rows: list[np.ndarray]) -> np.ndarray:
        matrix = np.stack(rows).astype(np.float32)
        return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def picture_of(colour: str) -> Image.Image:
    return Image.new("RGB", (20, 10), colour)


@pytest.fixture
def searcher(tmp_path: Path) -> Searcher:
    encoder = ColourEncoder()
    before = encoder.encode(list(COLOURS))
    after = before.copy()
    after[[0, 2]] = after[[2, 0]]  # the tuned model takes red for blue
    ids = [f"d{number}" for number in range(len(COLOURS))]
    captions = {key: f"paint/{name}.jpg" for name, key in KEYS.items() if name != "wine"}
    labels = {"d0": "warm", "d3": "warm", "d1": "cold", "elsewhere": "cold"}
    write_index(tmp_path / "index", ids, list(KEYS.values()), before, after, captions=captions, labels=labels)
    return Searcher(encoder, encoder, read_index(tmp_path / "index"))


def test_a_picture_finds_pictures_with_their_names_and_labels(searcher: Searcher) -> None:
    found = searcher.search_picture(picture_of("#ff2020"), k=2)
    assert [hit[:2] for hit in found["before"]] == [["d0", KEYS["red"]], ["d3", KEYS["wine"]]]
    assert [hit[0] for hit in found["after"]] == ["d2", "d3"]
    assert found["captions"] == {KEYS["red"]: "paint/red.jpg", KEYS["blue"]: "paint/blue.jpg"}
    assert found["labels"] == {"d0": "warm", "d3": "warm"}


def test_a_picture_of_the_catalogue_does_not_find_itself(searcher: Searcher) -> None:
    found = searcher.search_picture(picture_of(COLOURS["red"]), k=2, without=KEYS["red"])
    assert found["before"][0][0] == "d3"
    assert [len(found[side]) for side in ("before", "after")] == [2, 2]
    assert all(hit[1] != KEYS["red"] for side in ("before", "after") for hit in found[side])


def test_words_find_pictures(searcher: Searcher) -> None:
    assert searcher.search("blue", k=1)["before"][0][:2] == ["d2", KEYS["blue"]]


def test_the_label_of_a_picture(searcher: Searcher) -> None:
    assert searcher.label_of(KEYS["red"]) == "warm"
    assert searcher.label_of(KEYS["blue"]) == searcher.label_of("unknown.png") == ""


class Watched(ColourEncoder):
    """Remembers what it was asked for, and how many at once."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def encode_pictures(self, pictures: Sequence[Image.Image]) -> np.ndarray:
        self.asked.append(("pictures", len(pictures)))
        assert all(picture.mode == "RGB" for picture in pictures)
        return super().encode_pictures(pictures)

    def encode(self, texts: Sequence[str], **_: Any) -> np.ndarray:
        self.asked.append(("texts", len(texts)))
        return self._unit([np.ones(3) for _ in texts])


@pytest.mark.parametrize(
    ("task", "asked"), [(Task.TEXT_TEXT, "texts"), (Task.TEXT_IMAGE, "texts"), (Task.IMAGE_IMAGE, "pictures")]
)
def test_warming_up_asks_both_models_what_people_will_ask(task: Task, asked: str, tmp_path: Path) -> None:
    before, after, vectors = Watched(), Watched(), np.eye(3, dtype=np.float32)
    write_index(tmp_path / "index", ["d0", "d1", "d2"], ["a", "b", "c"], vectors, vectors)
    Searcher(before, after, read_index(tmp_path / "index")).warm_up(task)
    assert before.asked == after.asked == [(asked, 1)]
