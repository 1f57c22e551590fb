"""From stored findings, receipts and previews to what the data pages show."""

from dataclasses import dataclass
from typing import Any

from django.forms import BoundField

from webapp import bridge
from webapp.datasets.examples import TABLES
from webapp.datasets.forms import RolesForm
from webapp.datasets.models import DatasetVersion, Purpose, Upload
from webapp.datasets.selectors import is_usable, uploads_by_purpose, uploads_in_use
from webapp.projects.models import Project

PURPOSE_WORDS = {
    Purpose.EXAMPLES: (
        "Examples",
        "What people ask, and the item they should find: one pair in each row. A few hundred rows are enough; "
        "one hundred is a start.",
    ),
    Purpose.QUESTIONS: (
        "My own test questions",
        "Questions with known answers that you want the models judged by. Tailor never learns from them. "
        "Without this file it sets a part of your examples aside for judging.",
    ),
    Purpose.CATALOGUE: (
        "My whole catalogue",
        "Everything that search can find, also items that no example mentions. It makes the test as hard as real life, "
        "and the live search complete.",
    ),
}


PURPOSE_HINTS = {
    Purpose.EXAMPLES: "",
    Purpose.QUESTIONS: "to judge by questions that you chose",
    Purpose.CATALOGUE: "everything that search can find",
}


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
    refused: Any = None


def purpose_sections(*, project: Project, refused: dict[str, Any]) -> list[PurposeSection]:
    """The three sections, each with its files and an example table."""
    found, in_use = uploads_by_purpose(project=project), uploads_in_use(project=project)
    return [
        PurposeSection(
            purpose=purpose,
            title=title,
            words=words,
            hint=PURPOSE_HINTS[purpose],
            header=TABLES[purpose][0],
            rows=TABLES[purpose][1:4],
            uploads=[UploadRow(upload, is_usable(upload), upload.pk in in_use) for upload in found[purpose.value]],
            files={kind: f"tailor-{purpose.value}.{kind}" for kind in ("csv", "xlsx")},
            refused=refused.get(purpose.value),
        )
        for purpose, (title, words) in PURPOSE_WORDS.items()
    ]


@dataclass(frozen=True)
class ColumnCard:
    """One column of a file: its menu, what Tailor believes it is and why, and some of its values."""

    name: str
    menu: BoundField
    reason: str
    values: list[str]


def column_cards(*, upload: Upload, form: RolesForm) -> list[ColumnCard]:
    """A card for each column of a read file; none while it is being read."""
    preview = upload.preview
    reasons = {column["name"]: column["reason"] for column in preview.get("columns", [])}
    rows = preview.get("rows", [])
    return [
        ColumnCard(column, form[f"role-{place}"], reasons.get(column, ""), _values(rows, place))
        for place, column in enumerate(form.columns)
    ]


def _values(rows: list[list[str]], place: int) -> list[str]:
    """The first three different values that are not blank."""
    values = dict.fromkeys(row[place] for row in rows if place < len(row) and row[place].strip())
    return list(values)[:3]


def reading_words(*, upload: Upload) -> dict[str, Any]:
    """How the file was read and what can be chosen instead."""
    words, preview = bridge.encoding_words(), upload.preview
    asked = upload.question.get("candidates", [])
    return {
        "encoding_choices": list(words.items()),
        "encodings": [(codec, words.get(codec, codec), line) for codec, line in asked],
        "header_choice": {True: "yes", False: "no", None: ""}[upload.has_header],
        "numbered_rows": list(zip(preview.get("row_numbers", []), preview.get("rows", []), strict=True))[:SHOWN_ROWS],
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
    """The split in words and as a bar."""

    sentence: str
    parts: list[Part]
    items: int
    known: int
    new: int
    kind: str
    why: str


GAP = 0.4  # between two parts of the bar, in hundredths of it


def receipt_words(*, receipt: dict[str, Any]) -> Receipt | None:
    """The split's receipt for a page; None before there is one."""
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
    )


SEVERITIES = {"info": ("Good to know", ""), "warn": ("Worth a look", "is-loss"), "stop": ("Serious", "is-failed")}


def finding_cards(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings, in their order, each with a word and a colour for its severity."""
    words = (SEVERITIES[finding["severity"]] for finding in findings)
    return [{**finding, "word": word, "badge": badge} for finding, (word, badge) in zip(findings, words, strict=True)]


def rejected_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows for a table: their filled cells in one line."""
    return [{**row, "cells": " · ".join(value for value in row["values"] if value.strip())} for row in rows]


SHOWN_REJECTED = 50
SHOWN_OF_PREVIEW = 20
SHOWN_ROWS = 10


def version_page(*, version: DatasetVersion) -> dict[str, Any]:
    """What the page of a data version shows."""
    return {
        "project": version.project,
        "version": version,
        "receipt": receipt_words(receipt=version.receipt),
        "sources": [
            (PURPOSE_WORDS[purpose][0], upload)
            for purpose in Purpose
            if (upload := getattr(version, purpose.value)) is not None
        ],
        "findings": finding_cards(version.findings),
        "rejected": rejected_rows(version.rejected[:SHOWN_REJECTED]),
        "rejected_count": version.receipt.get("n_rejected", len(version.rejected)),
        "runs": version.runs.all(),
    }
