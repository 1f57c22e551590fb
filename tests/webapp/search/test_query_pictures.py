"""A picture that is searched with, on its way: it is looked at with care, and it is not kept."""

import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from tests.webapp.reports.pictures import draw_picture
from trainer.data.picture_store import picture_key
from webapp.bridge import DataError, open_picture, picture_identity
from webapp.search.jobs import search_by_upload
from webapp.search.query_pictures import (
    LONGEST_WAY,
    query_picture_drop,
    query_picture_put,
    query_picture_take,
    query_pictures_sweep,
)


def png(**size: int) -> bytes:
    content = io.BytesIO()
    picture = Image.new("1", (size["width"], size["height"])) if size else draw_picture(0)
    picture.save(content, "PNG")
    return content.getvalue()


def test_it_is_taken_once() -> None:
    name = query_picture_put(file=ContentFile(b"picture"))
    assert query_picture_take(name=name) == b"picture"
    assert not default_storage.exists(name)
    with pytest.raises(DataError, match="did not reach the search in time"):
        query_picture_take(name=name)
    query_picture_drop(name=name)  # silent


def test_what_lost_its_way_is_swept_and_what_is_under_way_is_not() -> None:
    lost, under_way = (query_picture_put(file=ContentFile(b"x")) for _ in range(2))
    long_ago = time.time() - LONGEST_WAY.total_seconds() - 5
    os.utime(Path(default_storage.path(lost)), (long_ago, long_ago))
    query_pictures_sweep()
    assert (default_storage.exists(lost), default_storage.exists(under_way)) == (False, True)
    query_picture_drop(name=under_way)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: b"%PDF-1.7 ...", "This file is a PDF document"),
        (lambda: b"GIF89a" + b"\0" * 30, "This file is no picture, or a damaged one"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing (SVG)"),
        (lambda: png()[:-40], "This file is"),
        (lambda: png(width=9_000, height=9_000), "at most 60 million pixels"),
        (lambda: png(width=3, height=3), "too small to see anything"),
        (lambda: b"hello", "is a text, not a picture"),
    ],
)
@pytest.mark.django_db
def test_a_bad_picture_gives_a_sentence_and_is_gone(content: Callable[[], bytes], words: str) -> None:
    name = query_picture_put(file=ContentFile(content()))
    problem = search_by_upload(987_654, name, 10)["problem"]
    assert words in problem["cause"]
    assert not default_storage.exists(name)


def test_an_uploaded_picture_is_known_by_the_key_that_it_has_in_the_data() -> None:
    key, thumbnail = picture_identity(open_picture(png()))
    assert key == picture_key(draw_picture(0))
    assert max(Image.open(io.BytesIO(thumbnail)).size) == 192
