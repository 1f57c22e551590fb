"""A person's changes to the rows of a data version: kept until they are saved as the next version, or undone."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import Http404

from webapp.accounts.models import Person
from webapp.bridge import rows
from webapp.datasets.doubts import doubt_dismiss
from webapp.datasets.models import ChangeKind, Correction, DatasetVersion, DoubtfulPair, Upload
from webapp.datasets.services import RefusedError, version_create
from webapp.projects.models import Project
from webapp.queue.models import WorkStatus

_LONGEST = 10_000
_OF_NO_VERSION = Q(saved_as=None) | Q(saved_as__status__in=(WorkStatus.FAILED, WorkStatus.CANCELLED))


class CellError(Exception):
    """What was entered cannot stand in a cell. column: "question" or "item"; the text says why and what to do."""

    def __init__(self, column: str, words: str) -> None:
        super().__init__(words)
        self.column = column


def pending_corrections(*, version: DatasetVersion, by: Any) -> list[Correction]:
    """The person's changes that are in no version yet, in their order."""
    return list(version.corrected_by.filter(_OF_NO_VERSION, by=by))


def as_changes(corrections: Sequence[Correction], without_drops: bool = False) -> list[rows.Correction]:
    """As the bridge takes them."""
    names = ("kind", "row", "column", "text", "query_id", "document_id")
    kept = [each for each in corrections if not (without_drops and each.kind == ChangeKind.DROP)]
    return [rows.Correction.from_dict({name: getattr(each, name) for name in names}) for each in kept]


def row_drop(*, version: DatasetVersion, by: Person, row: int, table: rows.DataTable) -> None:
    """Leave a row out of the next version. 404 when there is no such row."""
    found = _row(table, row)
    with transaction.atomic():
        pending = _locked(version, by)
        if not pending.filter(kind=ChangeKind.DROP, row=row).exists():
            change = {"row": row, "query_id": found.query_id, "document_id": found.document_id}
            words = _words(table, found)
            Correction.objects.create(version=version, by=by, kind=ChangeKind.DROP, before=words, **change)


def row_edit(*, version: DatasetVersion, by: Person, row: int, entered: dict[str, str], table: rows.DataTable) -> None:
    """Write cells of a row anew. What is as it was is no change. Raises CellError; 404 when there is no such row."""
    found = _row(table, row)
    texts = {column: text.strip() for column, text in entered.items() if column not in table.pictured}
    with transaction.atomic():
        pending = _locked(version, by)
        others = as_changes([each for each in pending if each.row != row])
        _check_cells(texts, table.labelled)
        _check_pair(texts, found, rows.corrected(table, others), table.labelled)
        pending.filter(row=row, kind=ChangeKind.EDIT).delete()
        for column, text in texts.items():
            before = str(getattr(found, column))
            if text != before:
                change = {"row": row, "column": column, "text": text, "before": before}
                Correction.objects.create(version=version, by=by, kind=ChangeKind.EDIT, **change)


def _check_cells(texts: dict[str, str], labelled: bool) -> None:
    for column, text in texts.items():
        what = ("label" if labelled else "item") if column == "item" else "question"
        if not rows.folded(text):
            raise CellError(column, f"This cell is empty. Write the {what}, or drop the whole row.")
        if len(text) > _LONGEST:
            words = f"This has {len(text):,} characters; at most {_LONGEST:,} fit. Write what matters most."
            raise CellError(column, words)
        if trouble := rows.unstorable(text):
            raise CellError(column, f"This {trouble}")


def _check_pair(texts: dict[str, str], row: rows.DataRow, others: list[rows.DataRow], labelled: bool) -> None:
    """A row must not say what another says already, nor the contrary."""
    if labelled:
        return
    pair = {column: rows.folded(texts.get(column, getattr(row, column))) for column in ("question", "item")}
    for other in others:
        same = all(rows.folded(getattr(other, column)) == key for column, key in pair.items())
        if other.number == row.number or not same:
            continue
        column = next((name for name, text in texts.items() if text != getattr(row, name)), "item")
        if (other.gain > 0) == (row.gain > 0):
            raise CellError(column, f"Row {other.number:,} says the same already. Drop this row instead.")
        says = "match" if other.gain > 0 else "do not match"
        raise CellError(column, f"Row {other.number:,} says that these two {says}. Drop the one that is wrong.")


def doubt_accept(*, pair: DoubtfulPair, by: Person, table: rows.DataTable) -> None:
    """Correct a doubted pair: drop its row where the data says that they match, else add the match.

    Raises RefusedError when labels say what matches, or the pair is no row.
    """
    if table.labelled:
        raise RefusedError(
            "Here labels say what matches.", "Look for the picture among the rows and correct its label."
        )
    version = pair.version
    if pair.marked_right:
        named = [row for row in table.rows if (row.query_id, row.document_id) == (pair.query_id, pair.document_id)]
        if not named:
            raise RefusedError("This pair is no row of the data.", "Look for its question among the rows.")
        row_drop(version=version, by=by, row=named[0].number, table=table)
        return
    ids = {"query_id": pair.query_id, "document_id": pair.document_id}
    with transaction.atomic():
        if not _locked(version, by).filter(kind=ChangeKind.ADD, **ids).exists():
            before = f"{pair.question} → {pair.item}"
            Correction.objects.create(version=version, by=by, kind=ChangeKind.ADD, before=before, **ids)


def correction_undo(*, version: DatasetVersion, by: Person, correction_id: int) -> None:
    """Take one change back. 404 when the person has no such pending one."""
    deleted, _ = version.corrected_by.filter(_OF_NO_VERSION, by=by, pk=correction_id).delete()
    if not deleted:
        raise Http404("No such change")


def corrections_discard(*, version: DatasetVersion, by: Person) -> int:
    """Take all of the person's pending changes back; how many there were."""
    return version.corrected_by.filter(_OF_NO_VERSION, by=by).delete()[0]


def version_from_corrections(*, version: DatasetVersion, by: Person, added: Upload | None = None) -> DatasetVersion:
    """The project's next data version: this one with the person's changes and the examples of the file `added`, queued
    to be checked and frozen. Doubted pairs whose correction is in it are dismissed. Raises RefusedError when there is
    neither, and when the file was not read or its columns do not suffice."""
    with transaction.atomic():
        pending = list(_locked(version, by))
        if not pending and added is None:
            raise RefusedError("Nothing was changed yet.", "Edit or drop a row first.")
        mended = version_create(
            project=version.project,
            examples=version.examples,
            questions=version.questions,
            catalogue=version.catalogue,
            mended_from=version,
            seed=version.seed,
            added=added,
        )
        Correction.objects.filter(pk__in=[each.pk for each in pending]).update(saved_as=mended)
        doubted = list(version.doubtful_pairs.filter(dismissed_at=None))
        settled = corrected_pairs(pairs=doubted, pending=pending)
        for pair in doubted:
            if pair.pk in settled:
                doubt_dismiss(pair=pair, by=by)
    return mended


def corrected_pairs(*, pairs: list[DoubtfulPair], pending: list[Correction]) -> set[int]:
    """The keys of those doubted pairs that pending changes correct."""
    settled = {(each.kind, each.query_id, each.document_id) for each in pending}
    return {pair.pk for pair in pairs if (_kind_for(pair), pair.query_id, pair.document_id) in settled}


def _kind_for(pair: DoubtfulPair) -> str:
    return (ChangeKind.DROP if pair.marked_right else ChangeKind.ADD).value


def _locked(version: DatasetVersion, by: Person) -> Any:
    """The pending changes, while nobody else changes those of this project."""
    Project.objects.select_for_update().get(pk=version.project_id)
    return version.corrected_by.filter(_OF_NO_VERSION, by=by)


def _row(table: rows.DataTable, number: int) -> rows.DataRow:
    if not 1 <= number <= len(table.rows):
        raise Http404("No such row")
    return table.rows[number - 1]


def _words(table: rows.DataTable, row: rows.DataRow) -> str:
    return " → ".join(table.captions.get(text, text) for text in (row.question, row.item))
