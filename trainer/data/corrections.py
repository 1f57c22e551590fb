"""What a person changes in the rows of a data set: a row dropped, a cell written anew, a match or a row added."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from trainer.data.own_split import Part
from trainer.data.rows import DataRow, DataTable
from trainer.data.texts import folded


class Change(StrEnum):
    """The kinds of corrections."""

    DROP = "drop"
    EDIT = "edit"
    ADD = "add"  # say of a question and an item of the data that they match
    NEW = "new"  # a row that the data does not have, of texts only


LONGEST_ENTERED = 10_000
"""Characters of a text that a person writes into a cell."""
EDITABLE = ("question", "item", "match", "score", "segment")
"""The cells of a row. match: "yes" or "no", of data without scores; score: 0…1 of the highest; segment: of the row's
question, and so of all its rows."""


@dataclass(frozen=True)
class Correction:
    """One change. row: of the row that is dropped or edited. column, text: one of EDITABLE and what it says now.
    query_id, document_id: of a match that is added. question, text, column: of a new row its question, its item, and
    "match", or "wrong" where they do not match."""

    kind: Change
    row: int = 0
    column: str = ""
    text: str = ""
    query_id: str = ""
    document_id: str = ""
    question: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**vars(self), "kind": self.kind.value}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Correction":
        """The opposite of `as_dict`."""
        return cls(**{**plain, "kind": Change(plain["kind"])})


def corrected(table: DataTable, corrections: Sequence[Correction]) -> list[DataRow]:
    """The rows as they are with the corrections, numbered as before; added ones come last. Corrections of what is not
    there change nothing."""
    rows = {row.number: row for row in table.rows}
    for correction in corrections:
        if correction.kind is Change.ADD:
            _add(rows, table, correction)
        elif correction.kind is Change.EDIT and correction.row in rows:
            _edit(rows, table, correction)
    known = {folded(row.question): row for row in reversed(rows.values())}
    for correction in corrections:
        if correction.kind is Change.NEW:
            _new(rows, known, table, correction)
    dropped = {correction.row for correction in corrections if correction.kind is Change.DROP}
    return [row for number, row in rows.items() if number not in dropped]


def _edit(rows: dict[int, DataRow], table: DataTable, correction: Correction) -> None:
    row, text = rows[correction.row], correction.text.strip()
    match correction.column:
        case "question":
            rows[row.number] = replace(row, question=text)
        case "item":
            rows[row.number] = replace(row, item=text)
        case "match":
            rows[row.number] = replace(row, gain=1.0 if text == "yes" else 0.0)
        case "score":
            grade = float(text)
            rows[row.number] = replace(row, grade=grade, gain=gain_of(grade, table))
        case "segment":
            for other in table.rows:
                if other.query_id == row.query_id:
                    rows[other.number] = replace(rows[other.number], segment=text)


def gain_of(grade: float, table: DataTable) -> float:
    """The gain of a score, by the rule of trainer.data.judgements: a match is at least half the highest score.

    Scores below 0 shift the grades and not the gains. How far, any row tells that is a match and not the highest.
    """
    told = next((row for row in table.rows if 0 < row.gain < 1 and row.grade is not None and row.grade < 1), None)
    floor = 0.0 if told is None or told.grade is None else (told.gain - told.grade) / (1 - told.grade)
    share = grade * (1 - floor) + floor
    return round(share, 6) if share >= 0.5 else 0.0


def _add(rows: dict[int, DataRow], table: DataTable, correction: Correction) -> None:
    """The pair matches: its row if it was judged wrong, else a new one beside the others of its question."""
    known = [row for row in table.rows if row.query_id == correction.query_id]
    if not known or correction.document_id not in table.documents:
        return
    grade = None if all(row.grade is None for row in known) else 1.0
    there = next((row.number for row in known if row.document_id == correction.document_id), None)
    if there is not None:
        if rows[there].gain == 0:
            rows[there] = replace(rows[there], gain=1.0, grade=grade)
        return
    number, item = max(rows) + 1, table.documents[correction.document_id]
    rows[number] = replace(
        known[0], number=number, document_id=correction.document_id, item=item, gain=1.0, grade=grade
    )


def _new(rows: dict[int, DataRow], known: dict[str, DataRow], table: DataTable, correction: Correction) -> None:
    """A row on the side of its question; a question that the data does not have is learned from."""
    number, gain = max(rows, default=0) + 1, 0.0 if correction.column == "wrong" else 1.0
    grade = gain if any(row.grade is not None for row in table.rows) else None
    twin = known.get(folded(correction.question))
    if twin is not None:
        rows[number] = replace(twin, number=number, document_id="", item=correction.text, gain=gain, grade=grade)
    else:
        rows[number] = DataRow(number, "", "", correction.question, correction.text, gain, grade, "", Part.LEARN)
