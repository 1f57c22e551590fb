"""From files to a preview, and from files with confirmed roles to a frozen data set. child.py runs it within limits."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from trainer.config import Task
from trainer.data.checks import check_dataset
from trainer.data.findings import Finding, gravest_first
from trainer.data.frozen import freeze
from trainer.data.gallery import gallery, preview_thumbnails
from trainer.data.limits import DEFAULT_LIMITS, ReadLimits
from trainer.data.pairing import PairingResult
from trainer.data.pairs import SplitDataset, SplitKind
from trainer.data.picture_checks import check_pictures
from trainer.data.picture_guessing import guess_task
from trainer.data.picture_intake import PictureFacts
from trainer.data.remedies import with_rows
from trainer.data.roles import Purpose, picture_roles
from trainer.data.sources import Source, open_source
from trainer.data.split import OwnQuestionsError, split_dataset
from trainer.data.split_drawing import draw
from trainer.data.table import RejectedRow
from trainer.data.taking_in import guess, read_and_pair
from trainer.data.texts import showable
from trainer.errors import DataError, Place

_SHOWN_ROWS = 20
_SHOWN_CHARACTERS = 300
_SHOWN_REJECTED = 100
MOST_REJECTED = 10_000
"""Rows left out that are kept with their reasons; nobody mends more by hand, and pages and reports stay small."""


@dataclass(frozen=True)
class Preview:
    """The beginning of a file, all in plain values.

    columns: [{"name", "role", "reason", "confidence"}]. rows: the first 20, long cells cut; row_numbers: their places.
    n_rows: that can be read; n_rejected: that cannot; rejected: the first 100 of these, as RejectedRow.as_dict().
    sheets, sheet: of a workbook; of a ZIP with several tables, these. encoding: of a text file. task: as given or
        told from the data. thumbnails: {cell: the picture that it names, as a data: address}; "" where it is unusable.
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
    task: str
    thumbnails: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Prepared:
    """A prepared data set: `frozen` for trainer.data.frozen.thaw, the rest in plain values for pages.

    findings: [Finding.as_dict()]; finding_rows: {kind: FindingRows.as_dict()}, rows as trainer.data.rows numbers them;
    receipt: SplitDataset.receipt with n_rejected, the count of all rows left out, and `drawn`, the split as
        trainer.data.split_drawing.draw gives it;
    rejected: [RejectedRow.as_dict()] of the first MOST_REJECTED, then one that says how many more there are. gallery:
        some of the pictures, as trainer.data.gallery.gallery gives them; empty for texts.
    """

    frozen: bytes
    findings: list[dict[str, Any]]
    finding_rows: dict[str, dict[str, list[int]]]
    receipt: dict[str, Any]
    rejected: list[dict[str, Any]]
    n_rows: int
    n_queries: int
    n_documents: int
    gallery: list[dict[str, str]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON, without the bytes."""
        return {name: value for name, value in vars(self).items() if name != "frozen"}


def preview(
    source: Source, purpose: Purpose, limits: ReadLimits = DEFAULT_LIMITS, task: Task | None = Task.TEXT_TEXT
) -> Preview:
    """Read a file and guess what its columns are. task None: tell it from the data. Raises DataError."""
    opened = open_source(source, purpose, task, limits)
    table, album = opened.table, opened.album
    task = task or guess_task(table, album)
    guesses = guess(opened, purpose, task)
    shown, numbers = table.rows[:_SHOWN_ROWS], table.row_numbers[:_SHOWN_ROWS]
    wanted = picture_roles(task, purpose)
    named = [index for index, column in enumerate(table.columns) if guesses[column].role in wanted]
    return Preview(
        name=table.name,
        columns=[
            {"name": name, "role": guess.role.value, "reason": guess.reason, "confidence": guess.confidence}
            for name, guess in guesses.items()
        ],
        rows=[[showable(cell, _SHOWN_CHARACTERS) for cell in row] for row in shown],
        row_numbers=numbers,
        n_rows=len(table.rows),
        n_rejected=len(table.rejected),
        rejected=[row.as_dict() for row in table.rejected[:_SHOWN_REJECTED]],
        notes=table.notes,
        has_header=table.has_header,
        sheets=list(table.sheets),
        sheet=table.sheet,
        encoding=table.encoding,
        task=task.value,
        thumbnails=preview_thumbnails((row[index] for row in shown for index in named), album) if album else {},
    )


def prepare(
    examples: Source,
    questions: Source | None = None,
    catalogue: Source | None = None,
    kind: SplitKind | None = None,
    seed: int = 0,
    limits: ReadLimits = DEFAULT_LIMITS,
    task: Task = Task.TEXT_TEXT,
    pictures: Path | None = None,
) -> Prepared:
    """Read, pair, split, check and freeze. A source without roles takes the guessed ones. Raises DataError.

    pictures: where the pictures are written to, for a task that has any.
    """
    sources = {Purpose.EXAMPLES: examples, Purpose.QUESTIONS: questions, Purpose.CATALOGUE: catalogue}
    pairing, facts = read_and_pair(
        {purpose: source for purpose, source in sources.items() if source}, task, limits, pictures
    )
    try:
        split = split_dataset(
            pairing.dataset, kind=kind, seed=seed, questions=pairing.questions, choosing=pairing.choosing
        )
    except DataError as error:
        name = questions.name if questions and isinstance(error, OwnQuestionsError) else examples.name
        raise DataError(_with_rejections(error.cause, pairing, name), error.remedy, Place(name)) from error
    if pairing.split_column:
        why = f"Your own column “{pairing.split_column}” says which examples judge."
        split = replace(split, receipt={**split.receipt, "why": why})
    return prepared(pairing, split, facts)


def prepared(
    pairing: PairingResult, split: SplitDataset, facts: PictureFacts, known: Sequence[Finding] = ()
) -> Prepared:
    """Check and freeze what was paired and split. known: what was found already."""
    rejected = [*pairing.rejected, *_left_out(pairing, split)]
    kept = _first_of(rejected)
    found = [*known, *check_pictures(pairing, split, facts), *check_dataset(pairing, split, rejected)]
    findings, rows = with_rows(gravest_first(found), split)
    return Prepared(
        frozen=freeze(split, kept),
        findings=[finding.as_dict() for finding in findings],
        finding_rows={kind: of_kind.as_dict() for kind, of_kind in rows.items()},
        receipt={**split.receipt, "n_rejected": len(rejected), "drawn": draw(split)},
        rejected=[row.as_dict() for row in kept],
        n_rows=pairing.n_rows,
        n_queries=len(split.data.queries),
        n_documents=len(split.data.documents),
        gallery=gallery(split),
    )


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


_NEARLY = "is nearly the same as one of your test questions"
_NEARLY_IN_SPLIT = "is nearly the same as a question that your own split sets aside to judge or to choose by"


def _left_out(pairing: PairingResult, split: SplitDataset) -> list[RejectedRow]:
    """The examples that the split left out for being too like a test question."""
    data = pairing.dataset
    nearly = _NEARLY_IN_SPLIT if pairing.split_column else _NEARLY
    alike = "looks like one of your test pictures" if data.task.has_picture_queries else nearly
    reason = f"{alike}, so it was not learned from. Nothing needs to be done."
    return [
        RejectedRow.of(pairing.places[query_id], reason, (data.captions.get(text, text),))
        for query_id, text in pairing.dataset.queries.items()
        if query_id not in split.data.queries
    ]
