"""From stored findings, receipts and previews to what the data pages show."""

from dataclasses import dataclass, field
from typing import Any

from django.forms import BoundField

from webapp.datasets.examples import TABLES
from webapp.datasets.forms import RolesForm
from webapp.datasets.models import DatasetVersion, Purpose, Upload
from webapp.datasets.selectors import is_in_use, is_usable, uploads_by_purpose
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
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    uploads: list[UploadRow]
    refused: Any = None


def purpose_sections(*, project: Project, refused: dict[str, Any]) -> list[PurposeSection]:
    """The three sections, each with its files and an example table."""
    found = uploads_by_purpose(project=project)
    return [
        PurposeSection(
            purpose=purpose,
            title=title,
            words=words,
            header=TABLES[purpose][0],
            rows=TABLES[purpose][1:4],
            uploads=[UploadRow(upload, is_usable(upload), is_in_use(upload=upload)) for upload in found[purpose.value]],
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
    reasons = {column: guess["reason"] for column, guess in preview.get("roles", {}).items()}
    rows = preview.get("rows", [])
    return [
        ColumnCard(column, form[f"role-{place}"], reasons.get(column, ""), _values(rows, place))
        for place, column in enumerate(form.columns)
    ]


def _values(rows: list[list[str]], place: int) -> list[str]:
    """The first three different values that are not blank."""
    values = dict.fromkeys(row[place] for row in rows if place < len(row) and row[place].strip())
    return list(values)[:3]


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

    total: int
    sentence: str
    parts: list[Part] = field(default_factory=list)
    known: int = 0
    new: int = 0
    kind: str = ""


def receipt_words(*, receipt: dict[str, Any]) -> Receipt | None:
    """The split's receipt for a page; None before there is one."""
    if not receipt:
        return None
    counts = [
        ("learn", int(receipt["n_train"]), "to learn from"),
        ("choose", int(receipt["n_validation"]), "to choose settings"),
        ("judge", int(receipt["n_test"]), "to judge"),
    ]
    total = sum(count for _, count, _ in counts)
    words = ", ".join(f"{count:,} {purpose}" for _, count, purpose in counts)
    shared = int(receipt.get("shared_queries", 0))
    between = "no question shared between them" if not shared else f"{shared:,} questions shared between them"
    parts, x = [], 0.0
    for kind, count, purpose in counts:
        width = 100 * count / max(total, 1)
        parts.append(Part(kind, count, purpose, round(x, 2), round(width, 2)))
        x += width
    return Receipt(
        total=total,
        sentence=f"{total:,} questions: {words}, {between}.",
        parts=parts,
        known=int(receipt.get("n_known_items", 0)),
        new=int(receipt.get("n_new_items", 0)),
        kind=str(receipt.get("kind", "")),
    )


SHOWN_REJECTED = 50


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
        "rejected": version.rejected[:SHOWN_REJECTED],
        "rejected_count": len(version.rejected),
        "runs": version.runs.all(),
    }
