"""A person's changes to the rows of a data version: kept until they are saved as the next version, or undone."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import Http404

from webapp.accounts.models import Person
from webapp.bridge import rows
from webapp.datasets.cells import cell_value, check_new_row, check_pair, check_row
from webapp.datasets.doubts import doubt_dismiss
from webapp.datasets.models import ChangeKind, Correction, DatasetVersion, DoubtfulPair, Upload
from webapp.datasets.services import RefusedError, version_create
from webapp.projects.models import Project, Task
from webapp.queue.models import WorkStatus

_OF_NO_VERSION = Q(saved_as=None) | Q(saved_as__status__in=(WorkStatus.FAILED, WorkStatus.CANCELLED))


def pending_corrections(*, version: DatasetVersion, by: Any) -> list[Correction]:
    """The person's changes that are in no version yet, in their order."""
    return list(version.corrected_by.filter(_OF_NO_VERSION, by=by))


def as_changes(corrections: Sequence[Correction], without_drops: bool = False) -> list[rows.Correction]:
    """As the bridge takes them."""
    names = ("kind", "row", "column", "text", "query_id", "document_id", "question")
    kept = [each for each in corrections if not (without_drops and each.kind == ChangeKind.DROP)]
    return [rows.Correction.from_dict({name: getattr(each, name) for name in names}) for each in kept]


def row_drop(*, version: DatasetVersion, by: Person, row: int, table: rows.DataTable) -> None:
    """Leave a row out of the next version. 404 when there is no such row."""
    rows_drop(version=version, by=by, found=[_row(table, row)], table=table)


def rows_drop(
    *, version: DatasetVersion, by: Person, found: Sequence[rows.DataRow], table: rows.DataTable, finding: str = ""
) -> int:
    """Leave rows out of the next version; how many were not left out already. finding: what says that they should."""
    with transaction.atomic():
        there = set(_locked(version, by).filter(kind=ChangeKind.DROP).values_list("row", flat=True))
        drops = [
            Correction(
                version=version,
                by=by,
                kind=ChangeKind.DROP,
                row=row.number,
                query_id=row.query_id,
                document_id=row.document_id,
                before=_words(table, row),
                finding=finding,
            )
            for row in found
            if row.number not in there
        ]
        Correction.objects.bulk_create(drops, batch_size=500)
    return len(drops)


def finding_fix(*, version: DatasetVersion, by: Person, kind: str, table: rows.DataTable) -> int:
    """What the click on a finding does: leave its rows out of the next version, or take the invisible characters out of
    them; how many changes that makes. 404 when it has no click."""
    numbers = version.finding_rows.get(kind, {})
    drop, edit = (set(numbers.get(name, ())) for name in ("drop", "edit"))
    if drop:
        found = [row for row in table.rows if row.number in drop]
        return rows_drop(version=version, by=by, found=found, table=table, finding=kind)
    if edit:
        found = [row for row in table.rows if row.number in edit]
        return _take_out_invisible(version=version, by=by, found=found, table=table, finding=kind)
    raise Http404("Nothing to do")


def _take_out_invisible(
    *, version: DatasetVersion, by: Person, found: Sequence[rows.DataRow], table: rows.DataTable, finding: str
) -> int:
    columns = [column for column in ("question", "item") if column not in table.pictured]
    with transaction.atomic():
        edited = _locked(version, by).filter(kind=ChangeKind.EDIT)
        there = set(edited.values_list("row", "column"))
        edits = [
            Correction(
                version=version,
                by=by,
                kind=ChangeKind.EDIT,
                row=row.number,
                column=column,
                text=clean,
                before=before,
                finding=finding,
            )
            for row in found
            for column in columns
            if (clean := rows.without_invisible(before := cell_value(row, column)).strip()) != before
            and (row.number, column) not in there
        ]
        Correction.objects.bulk_create(edits, batch_size=500)
    return len(edits)


def finding_undo(*, version: DatasetVersion, by: Person, kind: str) -> int:
    """Take back all that clicks on a finding did; how many changes those were."""
    with transaction.atomic():
        return int(_locked(version, by).filter(finding=kind).exclude(finding="").delete()[0])


def row_edit(*, version: DatasetVersion, by: Person, row: int, entered: dict[str, str], table: rows.DataTable) -> None:
    """Write cells of a row anew. What is as it was is no change. Raises CellError; 404 when there is no such row."""
    found = _row(table, row)
    values = check_row(entered, table)
    changed = {column: text for column, text in values.items() if text != cell_value(found, column)}
    edits = [rows.Correction(rows.Change.EDIT, row, column, text) for column, text in changed.items()]
    with transaction.atomic():
        pending = _locked(version, by)
        others = as_changes([each for each in pending if each.row != row])
        after = rows.corrected(table, [*others, *edits])
        check_pair(next(each for each in after if each.number == row), after, table, tuple(changed))
        pending.filter(row=row, kind=ChangeKind.EDIT).delete()
        if "segment" in values:  # it is the question's: what another row of it was given counts no more
            same = [each.number for each in table.rows if each.query_id == found.query_id]
            pending.filter(row__in=same, kind=ChangeKind.EDIT, column="segment").delete()
        for column, text in changed.items():
            change = {"row": row, "column": column, "text": text, "before": cell_value(found, column)}
            Correction.objects.create(version=version, by=by, kind=ChangeKind.EDIT, **change)


def row_add(
    *, version: DatasetVersion, by: Person, entered: dict[str, str], table: rows.DataTable, finding: str = ""
) -> None:
    """A row that the data does not have, of "question", "item" and "match" ("yes" or "no"). A new question is learned
    from. Raises CellError; RefusedError where rows hold pictures."""
    if version.project.task != Task.TEXT_TEXT:
        raise RefusedError("Pictures cannot be added by hand.", "Put them into the file, and upload it again.")
    question, item, match = check_new_row(entered)
    column = "match" if match else "wrong"
    added = rows.Correction(rows.Change.NEW, question=question, text=item, column=column)
    with transaction.atomic():
        pending = _locked(version, by)
        for each in pending.filter(kind=ChangeKind.NEW, finding=finding).exclude(finding=""):
            if (each.question, each.text) == (question, item):
                each.delete()  # decided anew
        after = rows.corrected(table, [*as_changes(list(pending.all())), added])
        check_pair(after[-1], after, table, ("item",))
        Correction.objects.create(
            version=version,
            by=by,
            kind=ChangeKind.NEW,
            question=question,
            text=item,
            column=column,
            before=f"{question} → {item}",
            finding=finding,
        )


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
        _locked(version, by).update(saved_as=mended)  # by condition: there may be more of them than a query takes keys
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
