"""The question which of several tables is meant."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from trainer.errors import DataError, Place

TableKind = Literal["sheet", "table"]


@dataclass(frozen=True)
class Candidate:
    """A table that could be the one. columns, rows: the first of them; n_columns, n_rows: of all, 0 while its letters
    cannot be read without a question of their own."""

    name: str
    n_rows: int
    n_columns: int
    columns: list[str]
    rows: list[list[str]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        """Such as: “Tickets” (312 rows: question, answer)."""
        return f"“{self.name}” ({self.n_rows:,} rows: {', '.join(self.columns)})" if self.columns else f"“{self.name}”"


class TableQuestion(DataError):  # noqa: N818 - it asks; the answer is the remedy
    """Several tables could be the one that is meant. `candidates` in their order; `kind`: what they are."""

    def __init__(
        self, cause: str, remedy: str, place: Place, candidates: list[Candidate], kind: TableKind = "sheet"
    ) -> None:
        super().__init__(cause, remedy, place)
        self.candidates = candidates
        self.kind = kind
