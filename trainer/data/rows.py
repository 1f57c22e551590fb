"""A frozen data set as rows that people can read and correct: a question, an item, and what the data says of both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trainer.config import Task
from trainer.data.own_split import Part
from trainer.data.pairs import PairDataset, SplitDataset


@dataclass(frozen=True)
class DataRow:
    """One judged pair, or one labelled picture.

    number: its place, from 1, which never changes within a data set. question, item: texts, or keys of pictures; of a
    labelled picture `item` is the label, and document_id is blank. gain: above 0 where they match, 0 where the item is
    judged wrong. grade: the score, 0…1; None without scores. part: what its question is for.
    """

    number: int
    query_id: str
    document_id: str
    question: str
    item: str
    gain: float
    grade: float | None
    segment: str
    part: Part


@dataclass(frozen=True)
class DataTable:
    """All rows of a data set. labelled: whether its items are labels. documents: {document_id: text or picture} of all
    items, those that no row names included. captions: {picture: name of its file}."""

    task: Task
    labelled: bool
    rows: list[DataRow]
    documents: Mapping[str, str]
    captions: Mapping[str, str]

    @property
    def pictured(self) -> tuple[str, ...]:
        """The columns that hold pictures, "question" and "item"."""
        found = {
            "question": self.task.has_picture_queries,
            "item": self.task.has_picture_documents and not self.labelled,
        }
        return tuple(column for column, has in found.items() if has)


def rows_of(split: SplitDataset) -> DataTable:
    """The rows in the order of the data's questions, matches of each before what was judged wrong."""
    data = split.data
    found = _labelled(split) if data.labels else _judged(split)
    rows = [DataRow(number, *fields) for number, fields in enumerate(found, start=1)]
    return DataTable(data.task, bool(data.labels), rows, data.documents, data.captions)


_Fields = tuple[str, str, str, str, float, float | None, str, Part]


def _parts(split: SplitDataset) -> dict[str, Part]:
    sides = ((Part.LEARN, split.train), (Part.CHOOSE, split.validation), (Part.JUDGE, split.test))
    return {query_id: part for part, query_ids in sides for query_id in query_ids}


def _judged(split: SplitDataset) -> Iterator[_Fields]:
    data, parts = split.data, _parts(split)
    for query_id, question in data.queries.items():
        for document_id, gain in _pairs(data, query_id):
            yield (
                query_id,
                document_id,
                question,
                data.documents[document_id],
                gain,
                data.grades.get(query_id, {}).get(document_id),
                data.segments.get(query_id, ""),
                parts[query_id],
            )


def _pairs(data: PairDataset, query_id: str) -> Iterator[tuple[str, float]]:
    yield from data.relevance[query_id].items()
    for document_id in data.negatives.get(query_id, ()):
        yield document_id, 0.0


def _labelled(split: SplitDataset) -> Iterator[_Fields]:
    data, parts = split.data, _parts(split)
    for query_id, picture in data.queries.items():
        label, segment = data.labels[query_id], data.segments.get(query_id, "")
        yield query_id, "", picture, label, 1.0, None, segment, parts[query_id]
