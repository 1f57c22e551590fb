"""The rows of a data version as pages that can be searched, with a person's corrections in their place."""

from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404

from webapp.bridge import DataError
from webapp.bridge import rows as bridge
from webapp.datasets.cells import cell_value, editable_columns, is_scored
from webapp.datasets.corrections import as_changes, pending_corrections
from webapp.datasets.models import ChangeKind, Correction, DatasetVersion

PER_PAGE = 50
_PART_WORDS = {"learn": "to learn", "choose": "to choose", "judge": "to judge"}


@dataclass(frozen=True)
class Cell:
    """One cell. text: what it says now; of a picture its file's name. before: what it said, where it was changed.
    value, entered: as a field of a form has it, the second what a person entered last."""

    column: str
    text: str
    picture: str = ""
    before: str | None = None
    value: str = ""
    entered: str | None = None
    error: str = ""


@dataclass(frozen=True)
class ShownRow:
    """One row as a page shows it. cells: question and item; says: whether, or how well, they match; None where labels
    say so. dropped: the correction that drops it."""

    number: int
    cells: list[Cell]
    says: Cell | None
    part: str
    segment: Cell
    dropped: Correction | None = None

    @property
    def can_be_edited(self) -> bool:
        """Whether it has anything that could be written anew."""
        return self.says is not None or bool(self.segment.text) or any(not cell.picture for cell in self.cells)


@dataclass(frozen=True)
class Editing:
    """The row that is being edited: what was entered into it, and what is wrong with which column."""

    row: int
    entered: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """Which rows a person wants to see. finding: only those that this kind of finding is about; page: its number, blank
    for the first, or the one with the row that is being edited."""

    search: str = ""
    page: str = ""
    finding: str = ""


def table_of(version: DatasetVersion) -> bridge.DataTable:
    """The frozen rows; 404 while there are none, and when the file is gone."""
    if not version.frozen:
        raise Http404("This version is not ready")
    try:
        with version.frozen.open("rb") as stored:
            return bridge.data_table(stored.read())
    except (DataError, OSError) as error:
        raise Http404("The rows are gone") from error


def row_number(table: bridge.DataTable, query_id: str, document_id: str) -> int | None:
    """The row of a pair; else the first of its question; without a question, the one in which the item is the picture
    that has a label; None where there is none."""
    if not query_id:
        picture = table.documents.get(document_id)
        return next((row.number for row in table.rows if table.labelled and row.question == picture), None)
    of_query = [row for row in table.rows if row.query_id == query_id]
    found = next((row for row in of_query if row.document_id == document_id), next(iter(of_query), None))
    return found.number if found else None


def rows_page(
    *, version: DatasetVersion, table: bridge.DataTable, by: Any, asked: Asked, editing: Editing | None
) -> dict[str, Any]:
    """One page of the rows that are asked for; a search finds texts as they were or as they are now, by all words."""
    pending = pending_corrections(version=version, by=by)
    words = asked.search.casefold().split()
    now = {row.number: row for row in bridge.corrected(table, as_changes(pending, without_drops=True))}
    about = set(version.finding_rows.get(asked.finding, {}).get("about", ())) if asked.finding else None
    found = [
        row
        for row in table.rows
        if (about is None or row.number in about) and (not words or _has(words, table, row, now[row.number]))
    ]
    number = asked.page or _page_with(editing, found)
    shown: Page[Any] = Paginator(found, PER_PAGE).get_page(number)
    return {
        "rows": [_shown(table, row, now[row.number], pending, editing) for row in shown],
        "page": shown,
        "found_count": len(found),
        "row_count": len(table.rows),
        "headings": _headings(table),
        "segment_names": sorted({row.segment for row in table.rows if row.segment})[:200],
        "labelled": table.labelled,
        "scored": is_scored(table),
        "editing": editing.row if editing else None,
        "focus": next(iter([*editing.errors, *editable_columns(table)]), "") if editing else "",
        "pending": pending,
        "search": asked.search,
        "finding": next((each for each in version.findings if each["kind"] == asked.finding), None),
    }


def _page_with(editing: Editing | None, found: list[bridge.DataRow]) -> int:
    """The page of the row that is edited, so that a link to a row need not know it."""
    places = (place for place, row in enumerate(found) if editing and row.number == editing.row)
    return next(places, 0) // PER_PAGE + 1


def _has(words: list[str], table: bridge.DataTable, *rows: bridge.DataRow) -> bool:
    texts = {table.captions.get(text, text) for row in rows for text in (row.question, row.item, row.segment)}
    said = "\n".join(texts).casefold()
    return all(word in said for word in words)


def _headings(table: bridge.DataTable) -> tuple[str, str]:
    question = "Picture" if table.task.has_picture_queries else "Question"
    if table.labelled:
        return question, "Label"
    return question, "Matching picture" if table.task.has_picture_documents else "Item"


def _shown(
    table: bridge.DataTable,
    row: bridge.DataRow,
    now: bridge.DataRow,
    pending: list[Correction],
    editing: Editing | None,
) -> ShownRow:
    edit = editing if editing and editing.row == row.number else None
    cells = []
    for column in ("question", "item"):
        if column in table.pictured:
            key = str(getattr(now, column))
            cells.append(Cell(column, table.captions.get(key, ""), picture=key))
        else:
            cells.append(_cell(column, row, now, edit))
    says = None if table.labelled else _cell("match" if row.grade is None else "score", row, now, edit)
    dropped = next((each for each in pending if each.kind == ChangeKind.DROP and each.row == row.number), None)
    return ShownRow(row.number, cells, says, _PART_WORDS[row.part.value], _cell("segment", row, now, edit), dropped)


def _cell(column: str, row: bridge.DataRow, now: bridge.DataRow, edit: Editing | None) -> Cell:
    value = form_value(column, cell_value(now, column))
    return Cell(
        column,
        _said(column, now),
        before=_said(column, row) if cell_value(now, column) != cell_value(row, column) else None,
        value=value,
        entered=edit.entered.get(column, value) if edit else None,
        error=edit.errors.get(column, "") if edit else "",
    )


def form_value(column: str, kept: str) -> str:
    """What a correction keeps, as a field has it: of a score hundredths of the highest."""
    return f"{100 * float(kept):.6g}" if column == "score" and kept else kept


def _said(column: str, row: bridge.DataRow) -> str:
    if column not in ("match", "score"):
        return str(getattr(row, column))
    says = "they match" if row.gain > 0 else "no match"
    return says if row.grade is None else f"{says}, {100 * row.grade:.3g}%"
