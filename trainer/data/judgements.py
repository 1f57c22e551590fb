"""From the rows of a table to judgements: this document matches this query, or is wrong for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from trainer.config import Task
from trainer.data.roles import Role
from trainer.data.scores import read_score
from trainer.data.table import RejectedRow, Table
from trainer.data.texts import folded


@dataclass(frozen=True)
class Judgement:
    """One row's word on one query and one document.

    gain: > 0 where it matches, 0 where it is judged wrong. grade: the row's score as a share of the highest in the
    table, 0…1 from the lowest or 0; None without scores.
    """

    row_number: int
    query: str
    document: str
    gain: float
    segment: str
    grade: float | None = None


@dataclass(frozen=True)
class _Columns:
    """Column indexes by role."""

    query: int
    documents: list[int]
    negatives: list[int]
    score: int | None
    segment: int | None
    used: list[int]


def _columns(table: Table, roles: dict[str, Role]) -> _Columns:
    def indexes(*wanted: Role) -> list[int]:
        return [index for index, name in enumerate(table.columns) if roles.get(name) in wanted]

    score, segment = indexes(Role.SCORE), indexes(Role.SEGMENT)
    return _Columns(
        query=indexes(Role.QUERY)[0],
        documents=indexes(Role.DOCUMENT, Role.LABEL),
        negatives=indexes(Role.NEGATIVE),
        score=score[0] if score else None,
        segment=segment[0] if segment else None,
        used=[index for index, name in enumerate(table.columns) if roles.get(name, Role.IGNORE) is not Role.IGNORE],
    )


def read_judgements(
    table: Table, roles: dict[str, Role], task: Task = Task.TEXT_TEXT
) -> tuple[list[Judgement], list[RejectedRow]]:
    """The judgements of a table with a query column, in the order of its rows, and the rows that give none.

    A score of at least half the highest score in the table, or in the one that it is a part of, is a match, its gain
    the share of the highest (0.5…1); a lower one is judged wrong. Without scores every gain is 1. Scores below 0 shift
    the grades, which keep the order of all scores, but not the gains.
    """
    columns = _columns(table, roles)
    scores = _scores(table, columns)
    known = [score for score in _scores(table.whole or table, columns) if score is not None]
    lowest, highest = min(known, default=0.0), max(known, default=1.0)
    judgements: list[Judgement] = []
    rejected: list[RejectedRow] = []
    for row, number, score in zip(table.rows, table.row_numbers, scores, strict=True):
        fault = _fault(table, columns, row, number, task)
        if fault is None and score is None:
            fault = (
                columns.score,
                f"has no number as its score, but “{row[columns.score or 0][:40]}”. Write a number.",
            )
        if fault is None and highest <= 0:
            fault = (columns.score, "is judged wrong, as all rows are. Give right matches the highest score.")
        if fault is not None:
            column = "" if fault[0] is None else table.columns[fault[0]]
            rejected.append(RejectedRow.of(table.place(number, column), fault[1], row))
            continue
        if columns.score is None:
            judgements.extend(_of_row(columns, row, number, 1.0, None))
        else:
            grade = _grade(score or 0.0, lowest, highest)
            judgements.extend(_of_row(columns, row, number, _gain(score or 0.0, highest), grade))
    return judgements, rejected


def _of_row(
    columns: _Columns, row: tuple[str, ...], number: int, gain: float, grade: float | None
) -> Iterator[Judgement]:
    segment = row[columns.segment].strip() if columns.segment is not None else ""
    for index in columns.documents:
        if folded(row[index]):
            yield Judgement(number, row[columns.query], row[index], gain, segment, grade)
    for index in columns.negatives:
        if folded(row[index]):
            wrong = None if grade is None else 0.0
            yield Judgement(number, row[columns.query], row[index], 0.0, segment, wrong)


def _scores(table: Table, columns: _Columns) -> list[float | None]:
    """Each row's score; 1 throughout when there is no such column."""
    if columns.score is None:
        return [1.0] * len(table.rows)
    return [read_score(row[columns.score]) for row in table.rows]


def _gain(score: float, highest: float) -> float:
    share = score / highest
    return round(share, 6) if share >= 0.5 else 0.0


def _grade(score: float, lowest: float, highest: float) -> float:
    size = max(abs(highest), abs(lowest))  # divided by first, so that no difference of huge numbers is infinite
    floor = min(lowest, 0.0) / size
    return round((score / size - floor) / (highest / size - floor), 6)


def _fault(
    table: Table, columns: _Columns, row: tuple[str, ...], number: int, task: Task
) -> tuple[int | None, str] | None:
    """(column, reason) why a row cannot be used."""
    for index in columns.used:
        if reason := table.cell_troubles.get((number, index)):
            return index, reason
    query = folded(row[columns.query])
    documents = [folded(row[index]) for index in columns.documents]
    asked = "picture" if task.has_picture_queries else "question"
    item = "picture" if task.has_picture_documents else "item"
    if not query and not any(documents):
        return None, f"has neither a {asked} nor a matching {item}. Fill in both, or delete the row."
    if not query:
        return columns.query, f"has no {asked}. Fill it in, or put {item}s without a {asked} into a catalogue."
    if not any(documents):
        return columns.documents[0], f"has no matching {item}. Fill it in, or delete the row."
    if task.has_picture_queries and query in documents:
        return None, "names the same picture twice, which finds itself anyway. Name another, or delete the row."
    return None


def read_catalogue(
    table: Table, roles: dict[str, Role], task: Task = Task.TEXT_TEXT
) -> tuple[list[str], list[RejectedRow]]:
    """The items of a catalogue, in the order of its rows, and the rows that give none."""
    wanted = (Role.DOCUMENT,) if task.has_picture_documents else (Role.DOCUMENT, Role.LABEL)
    index = next(i for i, name in enumerate(table.columns) if roles.get(name) in wanted)
    item = "picture" if task.has_picture_documents else "item"
    items: list[str] = []
    rejected: list[RejectedRow] = []
    for row, number in zip(table.rows, table.row_numbers, strict=True):
        reason = table.cell_troubles.get((number, index), "")
        if not reason and not folded(row[index]):
            reason = f"has no {item}. Fill it in, or delete the row."
        if reason:
            rejected.append(RejectedRow.of(table.place(number, table.columns[index]), reason, row))
        else:
            items.append(row[index])
    return items, rejected
