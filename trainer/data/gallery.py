"""A look at pictures: small copies for the first rows of a file, and a sample of a data set."""

import base64
import io
import random
from collections.abc import Iterable
from typing import Any

from PIL import Image

from trainer.data.albums import Album
from trainer.data.pairs import PairDataset, SplitDataset
from trainer.data.picture_files import PictureFault, open_picture

PREVIEW_SIDE = 96  # pixels
GALLERY = 24
"""Pictures in the sample of a data set."""


def preview_thumbnails(cells: Iterable[str], album: Album) -> dict[str, str]:
    """{cell: its picture as a data: address}; "" for a picture that cannot be used."""
    return {cell: _thumbnail(cell, album) for cell in dict.fromkeys(cells) if cell.strip()}


def _thumbnail(cell: str, album: Album) -> str:
    try:
        file = album.find(cell)
        picture = open_picture(album.read(file)) if file is not None else None
    except PictureFault:
        picture = None
    if picture is None:
        return ""
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=75)
    return f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode()}"


def gallery(split: SplitDataset) -> list[dict[str, str]]:
    """A sample of the pictures: {"key", "caption", "words"}, the words being its label or what finds it.

    Of labelled pictures each label in turn, so that the sample shows what there is.
    """
    data = split.data
    if not data.task.has_picture_documents:
        return []
    words = _labels(data) if data.labels else _searches(data)
    drawn = list(words)
    random.Random(split.seed).shuffle(drawn)  # noqa: S311 - a sample needs no secrecy, but must repeat
    if data.labels:
        drawn = _in_turn(drawn, words)
    return [{"key": key, "caption": data.captions.get(key, ""), "words": words[key]} for key in drawn[:GALLERY]]


def _labels(data: PairDataset) -> dict[str, str]:
    return {data.queries[query_id]: label for query_id, label in data.labels.items()}


def _searches(data: PairDataset) -> dict[str, str]:
    """{picture: the first words that find it}, or the name of the picture that is like it."""
    found: dict[str, str] = {}
    for query_id, gains in data.relevance.items():
        query = data.queries[query_id]
        for document in gains:
            found.setdefault(data.documents[document], data.captions.get(query, query)[:120])
    return found


def _in_turn(keys: list[str], labels: dict[str, str]) -> list[str]:
    """One of each label, then a second of each, and so on."""
    turns: dict[str, int] = {}
    places: dict[str, Any] = {}
    for key in keys:
        turns[labels[key]] = places[key] = turns.get(labels[key], 0) + 1
    return sorted(keys, key=lambda key: (places[key], labels[key]))
