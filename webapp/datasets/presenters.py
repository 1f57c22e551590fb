"""From stored findings, receipts and previews to what the data pages show."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.forms import BoundField

from webapp import bridge
from webapp.accounts.models import Person
from webapp.arrivals.models import Arrival
from webapp.arrivals.selectors import arrivals_under_way
from webapp.datasets.changes import change_groups
from webapp.datasets.columns_instead import Instead, instead_of_each
from webapp.datasets.corrections import corrected_pairs, pending_corrections
from webapp.datasets.doubts import doubtful_pairs
from webapp.datasets.examples import example_table
from webapp.datasets.finding_cards import finding_cards, with_columns
from webapp.datasets.forms import RolesForm
from webapp.datasets.models import DatasetVersion, Purpose, Upload
from webapp.datasets.new_rows import can_be_written
from webapp.datasets.purpose_words import purpose_words
from webapp.datasets.selectors import is_usable, uploads_by_purpose, uploads_in_use, uploads_to_add
from webapp.datasets.split_picture import SplitPicture, split_picture
from webapp.projects.models import Project, Task
from webapp.queue.models import WorkStatus


@dataclass(frozen=True)
class UploadRow:
    """One file in a list."""

    upload: Upload
    usable: bool
    in_use: bool


@dataclass(frozen=True)
class PurposeSection:
    """One of the three upload sections of the data page."""

    purpose: Purpose
    title: str
    words: str
    hint: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    uploads: list[UploadRow]
    files: dict[str, str]  # {"csv": download name of the template, "xlsx": …}
    unfinished: list[Arrival]  # of the person who looks
    refused: Any = None


def purpose_sections(
    *, project: Project, user: Person | AnonymousUser, refused: dict[str, Any]
) -> list[PurposeSection]:
    """The three sections, each with its files, those of `user` that are still on their way, and an example table."""
    under_way = arrivals_under_way(user=user, project=project)
    found, in_use = uploads_by_purpose(project=project), uploads_in_use(project=project)
    sections = []
    for purpose, (title, words, hint) in purpose_words(project.task).items():
        table, files = example_table(task=project.task, purpose=purpose)
        uploads = [UploadRow(upload, is_usable(upload), upload.pk in in_use) for upload in found[purpose.value]]
        refusal = refused.get(purpose.value)
        unfinished = under_way.get(purpose.value, [])
        sections.append(
            PurposeSection(purpose, title, words, hint, table[0], table[1:4], uploads, files, unfinished, refusal)
        )
    return sections


@dataclass(frozen=True)
class ColumnCard:
    """One column of a file: its menu, what Tailor believes it is and why, and some of its values."""

    name: str
    menu: BoundField
    reason: str
    values: list["Cell"]
    instead: Instead | None = None

    @property
    def has_pictures(self) -> bool:
        """Whether its values are the names of pictures."""
        return any(cell.picture is not None for cell in self.values)


@dataclass(frozen=True)
class Cell:
    """A value; for the name of a picture with the picture as a data: address, "" where it cannot be used."""

    text: str
    picture: str | None = None


def column_cards(*, upload: Upload, form: RolesForm) -> list[ColumnCard]:
    """A card for each column of a read file; none while it is being read."""
    preview = upload.preview
    reasons = {column["name"]: column["reason"] for column in preview.get("columns", [])}
    rows = preview.get("rows", [])
    pictured = _pictured(upload)
    better = instead_of_each(upload=upload) if upload.project.task == Task.TEXT_TEXT else {}
    return [
        ColumnCard(
            column, form[f"role-{place}"], reasons.get(column, ""), _values(rows, place, pictured), better.get(column)
        )
        for place, column in enumerate(form.columns)
    ]


def _values(rows: list[list[str]], place: int, pictured: dict[int, dict[str, str]]) -> list[Cell]:
    """The first three different values that are not blank; of pictures six."""
    values = dict.fromkeys(row[place] for row in rows if place < len(row) and row[place].strip())
    return [_cell(value, place, pictured) for value in list(values)[: 6 if place in pictured else 3]]


def _pictured(upload: Upload) -> dict[int, dict[str, str]]:
    """{place of a column that was found to name pictures: {cell: picture}}."""
    thumbnails = upload.preview.get("thumbnails") or {}
    columns = upload.preview.get("columns", [])
    named = bridge.picture_columns(
        roles={column["name"]: column["role"] for column in columns}, purpose=upload.purpose, task=upload.project.task
    )
    return {place: thumbnails for place, column in enumerate(columns) if thumbnails and column["name"] in named}


def _cell(text: str, place: int, pictured: dict[int, dict[str, str]]) -> Cell:
    return Cell(text, pictured[place].get(text)) if place in pictured else Cell(text)


def reading_words(*, upload: Upload) -> dict[str, Any]:
    """How the file was read and what can be chosen instead."""
    words, preview = bridge.encoding_words(), upload.preview
    asked = upload.question.get("candidates", [])
    pictured = _pictured(upload)
    rows = [[_cell(text, place, pictured) for place, text in enumerate(row)] for row in preview.get("rows", [])]
    return {
        "encoding_choices": list(words.items()),
        "encodings": [(codec, words.get(codec, codec), line) for codec, line in asked],
        "header_choice": {True: "yes", False: "no", None: ""}[upload.has_header],
        "numbered_rows": list(zip(preview.get("row_numbers", []), rows, strict=True))[:SHOWN_ROWS],
        "within_zip": PurePosixPath(upload.name).suffix.lower() == ".zip",
        "rejected": rejected_rows(preview.get("rejected", [])[:SHOWN_OF_PREVIEW]),
        "rejected_count": preview.get("n_rejected", 0),
    }


@dataclass(frozen=True)
class Part:
    """One part of the split as a piece of a bar: `x` and `width` in hundredths of it, `kind` a CSS class."""

    kind: str
    count: int
    words: str
    x: float
    width: float


@dataclass(frozen=True)
class Receipt:
    """The split in words, as a bar, and as a picture, which versions that were frozen earlier do not have."""

    sentence: str
    parts: list[Part]
    items: int
    known: int
    new: int
    kind: str
    why: str
    picture: SplitPicture | None


GAP = 0.4  # between two parts of the bar, in hundredths of it


def receipt_words(*, receipt: dict[str, Any], pictured: bool = False) -> Receipt | None:
    """The split's receipt for a page; None before there is one. pictured: whether pictures are searched with."""
    if not receipt:
        return None
    aside = int(receipt["n_validation"])
    counts = [
        ("learn", int(receipt["n_train"]), "to learn from" if aside else "to learn and choose by"),
        *([("choose", aside, "to choose settings")] if aside else []),
        ("judge", int(receipt["n_test"]), "to judge"),
    ]
    total = max(sum(count for _, count, _ in counts), 1)
    parts, x = [], 0.0
    for kind, count, purpose in counts:
        width = 100 * count / total
        parts.append(Part(kind, count, purpose, x, max(width - GAP, GAP)))
        x += width
    return Receipt(
        sentence=str(receipt["sentence"]),
        parts=parts,
        items=int(receipt["n_documents"]),
        known=int(receipt["n_known_items"]),
        new=int(receipt["n_new_items"]),
        kind=str(receipt["kind"]),
        why=str(receipt["why"]),
        picture=split_picture(drawn=receipt.get("drawn"), parts=counts, kind=str(receipt["kind"]), pictured=pictured),
    )


def rejected_rows(rows: list[dict[str, Any]], version: DatasetVersion | None = None) -> list[dict[str, Any]]:
    """The rows for a table: their filled cells in one line; with a version, `add` says which can be written anew."""
    return [
        {
            **row,
            "cells": " · ".join(value for value in row["values"] if value.strip()),
            "add": str(place) if version and can_be_written(version=version, row=row) else "",
        }
        for place, row in enumerate(rows)
    ]


SHOWN_REJECTED = 100
SHOWN_OF_PREVIEW = 20
SHOWN_ROWS = 10


SPLIT_WORDS: dict[Task, dict[str, str]] = {
    Task.TEXT_TEXT: {
        "items": "items to search among",
        "new_questions": "New questions, the items we have",
        "new_questions_why": "Help articles, product lines, codes: the list stays, people ask in new words.",
        "new_items": "New items too",
        "new_items_why": "Tomorrow’s products: items that had no example must be found as well. A harder test.",
        "asked": "questions",
        "verb": "ask for items",
        "others": "for items that do not",
    },
    Task.TEXT_IMAGE: {
        "items": "pictures to search among",
        "new_questions": "New searches, the pictures we have",
        "new_questions_why": "The collection stays, people search in new words.",
        "new_items": "New pictures too",
        "new_items_why": "Tomorrow’s photos: pictures that had no example must be found as well. A harder test.",
        "asked": "questions",
        "verb": "ask for pictures",
        "others": "for pictures that do not",
    },
    Task.IMAGE_IMAGE: {
        "items": "pictures to search among",
        "new_questions": "New pictures of what we have",
        "new_questions_why": "The labels and products stay, people bring new photos of them.",
        "new_items": "New labels or products too",
        "new_items_why": "What had no example must be found as well. A harder test; labels need a catalogue for it.",
        "asked": "pictures",
        "verb": "match pictures",
        "others": "match others",
    },
}
"""What may be new in real life, in the words of each task."""

_OF_LABELS = {"verb": "have labels", "others": "have others"}


def _made(version: DatasetVersion) -> dict[str, Any] | None:
    """The changes that a version has over the one that it was made from, as `change_groups` gives them."""
    saved = list(version.corrections.all()) if version.mended_from else []
    findings = version.mended_from.findings if version.mended_from else []
    return change_groups(pending=saved, findings=findings) if saved else None


def version_page(*, version: DatasetVersion, by: Any) -> dict[str, Any]:
    """What the page of a data version shows to a person."""
    doubtful, dismissed = doubtful_pairs(version=version)
    labelled = version.project.task == Task.IMAGE_IMAGE and "label" in version.examples.roles.values()
    pending = pending_corrections(version=version, by=by)
    return {
        "pending": pending,
        "can_add": version.project.task == Task.TEXT_TEXT,
        "to_add": uploads_to_add(version=version) if version.status == WorkStatus.DONE else [],
        "labelled": labelled,
        "corrected": corrected_pairs(pairs=doubtful, pending=pending),
        "made": _made(version),
        "doubtful": doubtful,
        "dismissed": dismissed,
        "project": version.project,
        "version": version,
        "receipt": receipt_words(receipt=version.receipt, pictured=version.project.task == Task.IMAGE_IMAGE),
        "sources": [
            (purpose_words(version.project.task)[purpose][0], upload)
            for purpose in Purpose
            if (upload := getattr(version, purpose.value)) is not None
        ]
        + ([("More examples", version.added)] if version.added else []),
        "findings": with_columns(finding_cards(version.findings, pending), version),
        "rejected": rejected_rows(version.rejected[:SHOWN_REJECTED], version),
        "rejected_count": version.receipt.get("n_rejected", len(version.rejected)),
        "runs": version.runs.all(),
        "words": SPLIT_WORDS[Task(version.project.task)] | (_OF_LABELS if labelled else {}),
    }
