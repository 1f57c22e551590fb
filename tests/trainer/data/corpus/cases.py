"""What a file of the corpus is, and what must come of reading it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from trainer.config import Task
from trainer.data.limits import ReadLimits

LIMITS = ReadLimits(max_bytes=3_000_000, max_rows=500, max_columns=40, max_cell_characters=2_000)
"""Small, so that going over them takes no large files."""

Rows = Sequence[tuple[str, ...]]
PAIRS: Rows = (
    ("Where is my parcel?", "Delivery"),
    ("How do I pay, and when?", "Billing; invoices"),
    ('The 5" pipe | leaks', "Repairs\tand tools"),
    ("Größe für Kinder", "Sizes"),
)
"""Rows with every usual delimiter in their texts."""
HEADINGS = ("question", "answer")


@dataclass(frozen=True)
class Case:
    """One file. kind: what is odd about it; its name is `kind` with an ending.

    columns, rows: what is read, where it is (None: not compared). n_rows: of the readable rows, where `rows` is None.
    roles: {column: role} that must be guessed. rejected: {row number or name in the ZIP: words of the reason}.
    refused: words of the cause and the remedy, where the whole file is refused; row: that it must name.
    task: of a ZIP with pictures. encoding, sheet, has_header: what the person chose.
    """

    kind: str
    ending: str
    content: bytes | Callable[[], bytes]
    columns: tuple[str, ...] | None = None
    rows: Rows | None = None
    n_rows: int | None = None
    roles: dict[str, str] = field(default_factory=dict)
    rejected: dict[int | str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    row: int | None = None
    task: Task = Task.TEXT_TEXT
    encoding: str | None = None
    sheet: str | None = None
    has_header: bool | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.kind}.{self.ending}"

    def made(self) -> bytes:
        """The file's content."""
        return self.content if isinstance(self.content, bytes) else self.content()


def good(kind: str, ending: str, content: Any, rows: Rows = PAIRS, **more: Any) -> Case:
    """A file that is read as `columns`, by default question and answer, and `rows`."""
    return Case(kind, ending, content, rows=tuple(rows), **{"columns": HEADINGS, **more})


def refused(kind: str, ending: str, content: Any, *words: str, **more: Any) -> Case:
    """A file that is refused with these words, of the cause and of the remedy."""
    return Case(kind, ending, content, refused=words, **more)


def spared(kind: str, ending: str, content: Any, rejected: dict[int | str, str], **more: Any) -> Case:
    """A file of which some rows are left out, with these reasons, and the others are read."""
    return Case(kind, ending, content, rejected=rejected, **more)
