"""Frozen data sets come back as they were, in the same bytes each time; anything else is refused."""

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.trainer.data.test_split import dataset, graded
from trainer.data.frozen import freeze, thaw
from trainer.data.split import split_dataset
from trainer.data.table import RejectedRow
from trainer.errors import DataError, Place

REJECTED = [RejectedRow.of(Place("a.csv", 7, "x", "sheet y"), "has no question.", ("\0\ud800", "größe"))]


def frozen_with(**changes: Any) -> bytes:
    plain = json.loads(gzip.decompress(freeze(split_dataset(dataset(40)), REJECTED)))
    return gzip.compress(json.dumps({**plain, **changes}).encode())


def test_round_trip() -> None:
    split = split_dataset(dataset(), seed=5)
    data = freeze(split, REJECTED)
    assert thaw(data) == (split, REJECTED)
    assert list(thaw(data)[0].data.queries) == list(split.data.queries)
    assert freeze(*thaw(data)) == data == freeze(split, REJECTED)
    assert data[4:8] == bytes(4), "the time of writing must not be in the bytes"


def test_grades_come_back_too() -> None:
    split = split_dataset(graded(dataset()), seed=5)
    assert split.data.grades
    assert thaw(freeze(split, []))[0] == split


def test_versions_from_before_grades_are_read_and_those_without_look_the_same() -> None:
    """Format 1 had no grades at first: data without scores must still have the very bytes of then."""
    split = split_dataset(dataset(40))
    plain = json.loads(gzip.decompress(freeze(split, [])))
    assert "grades" not in plain
    assert thaw(freeze(split, []))[0].data.grades == {}


def test_a_query_on_two_sides_is_refused() -> None:
    split = split_dataset(dataset(40))
    with pytest.raises(DataError, match="contradicts itself"):
        thaw(freeze(replace(split, train=(*split.train, split.test[0])), []))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        gzip.compress(b"[]", mtime=0),
        gzip.compress(b"{", mtime=0),
        gzip.compress(b"[" * 100_000, mtime=0),
        frozen_with()[:-20],
        frozen_with() + b"more",
        frozen_with(format=2),
        frozen_with(kind="other"),
        frozen_with(queries=[]),
        frozen_with(queries={"q0": 1}),
        frozen_with(train=["q0", "q0"]),
        frozen_with(test=[]),
        frozen_with(known_items=["q-1"]),
        frozen_with(documents={}),
        frozen_with(rejected=[{}]),
        frozen_with(relevance={f"q{i}": {} for i in range(40)}),
        frozen_with(relevance={f"q{i}": {"d1": float("nan")} for i in range(40)}),
        frozen_with(negatives={"q0": ["nobody"]}),
        frozen_with(grades={"nobody": {"d0": 1.0}}),
        frozen_with(grades={"q0": {"nobody": 1.0}}),
        frozen_with(grades={"q0": dict.fromkeys(thaw(frozen_with())[0].data.relevance["q0"], 1.5)}),
        frozen_with(grades={"q0": 1.0}),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="The stored data set"):
        thaw(data)
