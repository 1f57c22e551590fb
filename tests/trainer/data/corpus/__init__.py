"""Hundreds of small files as people make them, good and bad, each with what must come of it."""

from tests.trainer.data.corpus import (
    bad_objects,
    bad_tables,
    bad_texts,
    bad_workbooks,
    good_delimited,
    good_encodings,
    good_headings,
    good_objects,
    good_texts,
    good_workbooks,
    zips,
)
from tests.trainer.data.corpus.cases import Case

CASES: list[Case] = [
    *good_delimited.cases(),
    *good_encodings.cases(),
    *good_headings.cases(),
    *good_texts.cases(),
    *good_objects.cases(),
    *good_workbooks.cases(),
    *bad_texts.cases(),
    *bad_tables.cases(),
    *bad_objects.cases(),
    *bad_workbooks.cases(),
    *zips.cases(),
]
