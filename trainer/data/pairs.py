"""The parsed data of one search problem, in the field's terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from trainer.config import Task


class SplitKind(StrEnum):
    """What must not be shared between learning and judging (DESIGN §3a)."""

    NEW_QUESTIONS = "new_questions"  # test queries are new; their documents may be known
    NEW_ITEMS = "new_items"  # queries and documents are both new
    OWN_TEST = "own_test"  # the person gave a separate file of test questions


@dataclass(frozen=True)
class PairDataset:
    """Queries, documents and what matches what.

    task: what queries and documents are: texts, or pictures, which stand here by their keys in the `PictureStore`.
    queries: {query_id: text or picture}, in the order of the file.
    documents: {document_id: text or picture}; those of the pairs first, then the catalogue's. Equal ones are one.
    relevance: {query_id: {document_id: gain}}, gain > 0; every query has at least one.
    negatives: {query_id: document ids judged wrong}; queries without any are absent.
    segments: {query_id: name of the segment}; empty when the data has no segment column.
    grades: {query_id: {document_id: how well they match}} of the judged pairs, matches and wrong ones alike, as a
        person's score says it, 0…1 of the highest; empty when the data has no score column.
    labels: {query_id: label} where labels and not pairs say what matches; `relevance` is then a `LabelRelevance`.
    twins: {document_id: query_id} of documents that are the very picture of a query, which must not find itself.
    learning_only: document ids to learn from that nobody searches among: labelled pictures beside a catalogue.
    captions: {picture: name of the file that it came in}. alike: {picture: the first picture that looks the same}, of
        pictures that have such a one.
    """

    queries: dict[str, str]
    documents: dict[str, str]
    relevance: Mapping[str, Mapping[str, float]]
    negatives: dict[str, tuple[str, ...]] = field(default_factory=dict)
    segments: dict[str, str] = field(default_factory=dict)
    grades: dict[str, dict[str, float]] = field(default_factory=dict)
    task: Task = Task.TEXT_TEXT
    labels: dict[str, str] = field(default_factory=dict)
    twins: dict[str, str] = field(default_factory=dict)
    learning_only: frozenset[str] = frozenset()
    captions: dict[str, str] = field(default_factory=dict)
    alike: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SplitDataset:
    """A data set with its three lists of query ids, disjoint and together all queries.

    known_items: those test queries all of whose relevant documents also occur in the training pairs; the rest of the
        test queries have at least one document without a training example ("new items").
    receipt: what the page says about the split, in numbers: n_train, n_validation, n_test, n_known_items, n_new_items,
        shared_queries (0 by construction), near_duplicates_kept_together, kind.
    """

    data: PairDataset
    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    kind: SplitKind
    seed: int
    known_items: frozenset[str]
    receipt: dict[str, int | str]
