"""The rows of a data version as pages that can be searched, with a person's corrections in their place."""

from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404

from webapp.bridge import DataError
from webapp.bridge import rows as bridge
from webapp.datasets.corrections import as_changes, pending_corrections
from webapp.datasets.models import ChangeKind, Correction, DatasetVersion

PER_PAGE = 50
_PART_WORDS = {"learn": "to learn", "choose": "to choose", "judge": "to judge"}


@dataclass(frozen=True)
class Cell:
    """One cell. text: what it says now; of a picture its file's name. before: what it said, where it was changed."""

    column: str
    text: str
    picture: str = ""
    before: str | None = None
    entered: str | None = None
    error: str = ""


@dataclass(frozen=True)
class ShownRow:
    """One row as a page shows it. dropped: the correction that drops it."""

    number: int
    cells: list[Cell]
    matches: bool
    part: str
    segment: str
    dropped: Correction | None = None

    @property
    def pictures_only(self) -> bool:
        """Whether it has no text that could be written anew."""
        return all(cell.picture for cell in self.cells)


@dataclass(frozen=True)
class Editing:
    """The row that is being edited: what was entered into it, and what is wrong with which column."""

    row: int
    entered: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def table_of(version: DatasetVersion) -> bridge.DataTable:
    """The frozen rows; 404 while there are none, and when the file is gone."""
    if not version.frozen:
        raise Http404("This version is not ready")
    try:
        with version.frozen.open("rb") as stored:
            return bridge.data_table(stored.read())
    except (DataError, OSError) as error:
        raise Http404("The rows are gone") from error


def rows_page(*, version: DatasetVersion, by: Any, search: str, page: str, editing: Editing | None) -> dict[str, Any]:
    """One page of the rows whose texts, as they were or as they are now, have all words of the search."""
    table, pending = table_of(version), pending_corrections(version=version, by=by)
    words = search.casefold().split()
    now = {row.number: row for row in bridge.corrected(table, as_changes(pending, without_drops=True))}
    found = [row for row in table.rows if not words or _has(words, table, row, now[row.number])]
    shown: Page[Any] = Paginator(found, PER_PAGE).get_page(page)
    return {
        "rows": [_shown(table, row, now[row.number], pending, editing) for row in shown],
        "page": shown,
        "found_count": len(found),
        "row_count": len(table.rows),
        "headings": _headings(table),
        "segments": any(row.segment for row in table.rows),
        "labelled": table.labelled,
        "editing": editing.row if editing else None,
        "pending": pending,
        "search": search,
    }


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
        text, was = str(getattr(now, column)), str(getattr(row, column))
        if column in table.pictured:
            cells.append(Cell(column, table.captions.get(text, ""), picture=text))
        else:
            entered = edit.entered.get(column, text) if edit else None
            error = edit.errors.get(column, "") if edit else ""
            cells.append(Cell(column, text, before=was if was != text else None, entered=entered, error=error))
    dropped = next((each for each in pending if each.kind == ChangeKind.DROP and each.row == row.number), None)
    return ShownRow(row.number, cells, now.gain > 0, _PART_WORDS[row.part.value], row.segment, dropped)
