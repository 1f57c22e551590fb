"""What a person changes in the rows of a data set: a row dropped, a cell written anew, a match added."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from trainer.data.rows import DataRow, DataTable


class Change(StrEnum):
    """The kinds of corrections."""

    DROP = "drop"
    EDIT = "edit"
    ADD = "add"  # say of a question and an item of the data that they match


@dataclass(frozen=True)
class Correction:
    """One change. row: of the row that is dropped or edited. column, text: "question" or "item" and what it says now.
    query_id, document_id: of a match that is added."""

    kind: Change
    row: int = 0
    column: str = ""
    text: str = ""
    query_id: str = ""
    document_id: str = ""

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
        elif correction.kind is Change.EDIT and correction.row in rows and correction.column in ("question", "item"):
            rows[correction.row] = _edited(rows[correction.row], correction)
    dropped = {correction.row for correction in corrections if correction.kind is Change.DROP}
    return [row for number, row in rows.items() if number not in dropped]


def _edited(row: DataRow, correction: Correction) -> DataRow:
    text = correction.text.strip()
    return replace(row, question=text) if correction.column == "question" else replace(row, item=text)


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
