"""From files to a preview, and from files with confirmed roles to a frozen data set. child.py runs it within limits."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trainer.data.checks import check_dataset
from trainer.data.frozen import freeze
from trainer.data.guessing import guess_roles
from trainer.data.limits import DEFAULT_LIMITS, ReadLimits
from trainer.data.pairing import PairingResult, Roled, pair_tables
from trainer.data.pairs import SplitDataset, SplitKind
from trainer.data.reading import read_table
from trainer.data.roles import Purpose, Role
from trainer.data.split import OwnQuestionsError, split_dataset
from trainer.data.table import RejectedRow
from trainer.data.texts import showable
from trainer.errors import DataError, Place

_SHOWN_ROWS = 20
_SHOWN_CHARACTERS = 300
_SHOWN_REJECTED = 100
MOST_REJECTED = 10_000
"""Rows left out that are kept with their reasons; nobody mends more by hand, and pages and reports stay small."""


@dataclass(frozen=True)
class Source:
    """A file and how to read it. name: what the person calls it. roles: {column: Role}, needed to prepare."""

    path: Path
    name: str
    roles: dict[str, Role] | None = None
    encoding: str | None = None
    sheet: str | None = None
    has_header: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "path": str(self.path.resolve())}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Source":
        """The opposite of `as_dict`."""
        roles = {column: Role(role) for column, role in (plain["roles"] or {}).items()}
        return cls(**{**plain, "path": Path(plain["path"]), "roles": roles})


@dataclass(frozen=True)
class Preview:
    """The beginning of a file, all in plain values.

    columns: [{"name", "role", "reason", "confidence"}]. rows: the first 20, long cells cut; row_numbers: their places.
    n_rows: that can be read; n_rejected: that cannot; rejected: the first 100 of these, as RejectedRow.as_dict().
    sheets, sheet: of a workbook. encoding: of a text file.
    """

    name: str
    columns: list[dict[str, Any]]
    rows: list[list[str]]
    row_numbers: list[int]
    n_rows: int
    n_rejected: int
    rejected: list[dict[str, Any]]
    notes: list[str]
    has_header: bool
    sheets: list[str]
    sheet: str
    encoding: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Prepared:
    """A prepared data set: `frozen` for trainer.data.frozen.thaw, the rest in plain values for pages.

    findings: [Finding.as_dict()]; receipt: SplitDataset.receipt with n_rejected, the count of all rows left out;
    rejected: [RejectedRow.as_dict()] of the first MOST_REJECTED, then one that says how many more there are.
    """

    frozen: bytes
    findings: list[dict[str, Any]]
    receipt: dict[str, int | str]
    rejected: list[dict[str, Any]]
    n_rows: int
    n_queries: int
    n_documents: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON, without the bytes."""
        return {name: value for name, value in vars(self).items() if name != "frozen"}


def preview(source: Source, purpose: Purpose, limits: ReadLimits = DEFAULT_LIMITS) -> Preview:
    """Read a file and guess what its columns are. Raises DataError."""
    table = read_table(source.path, source.name, limits, source.encoding, source.sheet, source.has_header)
    guesses = guess_roles(table, purpose)
    return Preview(
        name=table.name,
        columns=[
            {"name": name, "role": guess.role.value, "reason": guess.reason, "confidence": guess.confidence}
            for name, guess in guesses.items()
        ],
        rows=[[showable(cell, _SHOWN_CHARACTERS) for cell in row] for row in table.rows[:_SHOWN_ROWS]],
        row_numbers=table.row_numbers[:_SHOWN_ROWS],
        n_rows=len(table.rows),
        n_rejected=len(table.rejected),
        rejected=[row.as_dict() for row in table.rejected[:_SHOWN_REJECTED]],
        notes=table.notes,
        has_header=table.has_header,
        sheets=list(table.sheets),
        sheet=table.sheet,
        encoding=table.encoding,
    )


def prepare(
    examples: Source,
    questions: Source | None = None,
    catalogue: Source | None = None,
    kind: SplitKind | None = None,
    seed: int = 0,
    limits: ReadLimits = DEFAULT_LIMITS,
) -> Prepared:
    """Read, pair, split, check and freeze. A source without roles takes the guessed ones. Raises DataError."""
    pairing = pair_tables(
        _read(examples, Purpose.EXAMPLES, limits),
        _read(questions, Purpose.QUESTIONS, limits) if questions else None,
        _read(catalogue, Purpose.CATALOGUE, limits) if catalogue else None,
    )
    try:
        split = split_dataset(pairing.dataset, kind=kind, seed=seed, questions=pairing.questions)
    except DataError as error:
        name = questions.name if questions and isinstance(error, OwnQuestionsError) else examples.name
        raise DataError(_with_rejections(error.cause, pairing, name), error.remedy, Place(name)) from error
    rejected = [*pairing.rejected, *_left_out(pairing, split)]
    kept = _first_of(rejected)
    return Prepared(
        frozen=freeze(split, kept),
        findings=[finding.as_dict() for finding in check_dataset(pairing, split, rejected)],
        receipt={**split.receipt, "n_rejected": len(rejected)},
        rejected=[row.as_dict() for row in kept],
        n_rows=pairing.n_rows,
        n_queries=len(split.data.queries),
        n_documents=len(split.data.documents),
    )


def _read(source: Source, purpose: Purpose, limits: ReadLimits) -> Roled:
    table = read_table(source.path, source.name, limits, source.encoding, source.sheet, source.has_header)
    if source.roles:
        return table, source.roles
    return table, {name: guess.role for name, guess in guess_roles(table, purpose).items()}


def _with_rejections(cause: str, pairing: PairingResult, name: str) -> str:
    """Too few examples may be for rows of the file that were left out: say so, with the first of them."""
    rejected = [row for row in pairing.rejected if row.place.file == name]
    if not rejected:
        return cause
    count = "1 row was" if len(rejected) == 1 else f"{len(rejected):,} rows were"
    return f"{cause} {count} left out; the first: {rejected[0].message}"


def _first_of(rejected: list[RejectedRow]) -> list[RejectedRow]:
    more = len(rejected) - MOST_REJECTED
    if more <= 0:
        return rejected
    rest = RejectedRow(Place(), f"{more:,} more rows were left out. Correct these first, then upload the file again.")
    return [*rejected[:MOST_REJECTED], rest]


def _left_out(pairing: PairingResult, split: SplitDataset) -> list[RejectedRow]:
    """The examples that the split left out for being too like a test question."""
    reason = "is nearly the same as one of your test questions, so it was not learned from. Nothing needs to be done."
    return [
        RejectedRow.of(pairing.places[query_id], reason, (text,))
        for query_id, text in pairing.dataset.queries.items()
        if query_id not in split.data.queries
    ]
