"""The items of a person's file that holds nothing else: a catalogue to search in, read without any questions.

child.py runs it within limits.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.config import Task
from trainer.data.albums import ONE_ZIP
from trainer.data.encodings import find_encoding
from trainer.data.formats import Format, find_format
from trainer.data.judgements import read_catalogue
from trainer.data.limits import ReadLimits
from trainer.data.picture_columns import picture_columns
from trainer.data.picture_intake import PictureIntake
from trainer.data.picture_store import PictureWriter
from trainer.data.roles import Purpose, Role, picture_roles
from trainer.data.sources import OpenedSource, Source, open_source
from trainer.data.table import RejectedRow, Table
from trainer.data.taking_in import guess
from trainer.data.texts import folded, showable, unstorable
from trainer.errors import DataError, Place

MOST_ITEMS = 100_000
SHOWN_REJECTED = 100
_SHOWN_CHARACTERS = 60
LINES = "line"
"""What the one column of a plain text is called, each line of which is an item."""


@dataclass(frozen=True)
class Items:
    """What can be found, each once, in the order of the file.

    texts: the items, or the keys of pictures. captions: {picture's key: file name}; labels: {picture's key: label}.
    column: the one that was read. rejected: the first rows that give no item, of n_rejected. choices: how else the file
    can be read, in plain values: "columns": [[name, its first value]], "sheets", "sheet", "encoding", "has_header", the
    last None where there can be none.
    """

    texts: list[str]
    captions: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    column: str = ""
    n_duplicates: int = 0
    n_rejected: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    choices: dict[str, Any] = field(default_factory=dict)

    def content(self) -> bytes:
        """All that a search needs, as JSON."""
        plain = {"texts": self.texts, "captions": self.captions, "labels": self.labels}
        return json.dumps(plain, separators=(",", ":")).encode()

    def facts(self) -> dict[str, Any]:
        """What a page tells about the reading, in plain values."""
        return {
            "n_items": len(self.texts),
            "column": self.column,
            "n_duplicates": self.n_duplicates,
            "n_rejected": self.n_rejected,
            "rejected": self.rejected,
            "choices": self.choices,
        }

    @classmethod
    def from_content(cls, content: bytes) -> "Items":
        """From `content`; the facts of the reading are not among it."""
        return cls(**json.loads(content))


def read_items(
    source: Source, task: Task, limits: ReadLimits, pictures: Path | None, column: str | None = None
) -> Items:
    """Read a file of any kind that a catalogue may come in; a plain text gives an item a line. Raises DataError, of
    which TableQuestion and EncodingQuestion where only a person can tell.

    pictures: where pictures are written to; needed where items are pictures. column: with the items, as a person says.
    """
    if not task.has_picture_documents:
        lines = _lines(source, limits)
        if lines is not None and column in (None, LINES):
            choices = _choices(lines, [[LINES, ""], *_columns_of(source, limits)])
            return _items(lines, {LINES: Role.DOCUMENT}, task, {}, choices)
        opened = open_source(source, Purpose.CATALOGUE, task, limits)
        columns = [[LINES, ""]] if lines is not None else []
        choices = _choices(opened.table, [*columns, *_first_values(opened.table, opened.table.columns)])
        return _items(opened.table, _roles(opened, task, column), task, {}, choices)
    if pictures is None:
        raise ValueError("pictures need a file to be written to")
    opened = open_source(source, Purpose.CATALOGUE, task, limits)
    roles = _roles(opened, task, column)
    if opened.album is None:
        raise DataError("This file names pictures, but they did not come with it.", ONE_ZIP, Place(source.name))
    named = [found.name for found in picture_columns(opened.table, opened.album)]
    choices = _choices(opened.table, _first_values(opened.table, named))
    with PictureWriter(pictures) as writer:
        intake = PictureIntake(writer)
        table = intake.take_in(opened.table, roles, picture_roles(task, Purpose.CATALOGUE), opened.album)
    return _items(table, roles, task, intake.captions, choices)


def _roles(opened: OpenedSource, task: Task, column: str | None) -> dict[str, Role]:
    """The guessed ones, or with the items in the column that a person chose."""
    guessed = {name: found.role for name, found in guess(opened, Purpose.CATALOGUE, task).items()}
    if column is None:
        return guessed
    if column not in guessed:
        known = ", ".join(guessed)
        raise DataError(f"There is no column “{column[:200]}”.", f"The columns are: {known}.", Place(opened.table.name))
    labels = {name: role for name, role in guessed.items() if role is Role.LABEL}
    return {**dict.fromkeys(guessed, Role.IGNORE), **labels, column: Role.DOCUMENT}


def _choices(table: Table, columns: list[list[str]]) -> dict[str, Any]:
    return {
        "columns": columns,
        "sheets": list(table.sheets),
        "sheet": table.sheet,
        "encoding": table.encoding,
        "has_header": None if table.entries or table.columns == (LINES,) else table.has_header,
    }


def _first_values(table: Table, columns: Iterable[str]) -> list[list[str]]:
    """[[column, its first value that is not blank]]."""
    places = ((name, table.columns.index(name)) for name in columns)
    return [
        [name, showable(next((row[i] for row in table.rows if row[i].strip()), ""), _SHOWN_CHARACTERS)]
        for name, i in places
    ]


def _columns_of(source: Source, limits: ReadLimits) -> list[list[str]]:
    """The columns of a plain text that could be a table as well; none where it has one."""
    try:
        table = open_source(source, Purpose.CATALOGUE, Task.TEXT_TEXT, limits).table
    except DataError:
        return []
    return _first_values(table, table.columns) if len(table.columns) > 1 else []


def _lines(source: Source, limits: ReadLimits) -> Table | None:
    """The lines of a plain text, commas and all; None where the file is anything else."""
    if (
        not source.name.lower().endswith(".txt")
        or find_format(source.path, source.name, limits) is not Format.DELIMITED
    ):
        return None
    codec = find_encoding(source.path, source.name, source.encoding)
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    rejected: list[RejectedRow] = []
    with source.path.open(encoding=codec, newline=None) as file:
        for number, line in enumerate(file, start=1):
            text = line.strip()
            if "\t" in text:
                return None  # a table after all
            fault = unstorable(text)
            if len(text) > limits.max_cell_characters:
                fault = f"has {len(text):,} characters; at most {limits.max_cell_characters:,} can be read. Cut it."
            if fault:
                rejected.append(RejectedRow.of(Place(source.name, number), fault, (text,)))
            elif text:
                rows.append((text,))
                numbers.append(number)
            if len(rows) + len(rejected) > limits.max_rows:
                break
    return Table(source.name, (LINES,), rows, numbers, rejected, [], has_header=False, encoding=codec)


def _items(
    table: Table, roles: dict[str, Role], task: Task, captions: dict[str, str], choices: dict[str, Any]
) -> Items:
    found, faulty = read_catalogue(table, roles, task)
    rejected = [*table.rejected, *faulty]
    unique = {folded(item): item.strip() for item in reversed(found)}  # of equal ones the first
    texts = [unique[key] for key in dict.fromkeys(map(folded, found))]
    if not texts:
        first = f" For example, {rejected[0].message}" if rejected else ""
        raise DataError(f"There is no item in this file.{first}", _WHAT_BELONGS[task], Place(table.name))
    if len(texts) > MOST_ITEMS:
        raise DataError(
            f"The file has {len(texts):,} items; at most {MOST_ITEMS:,} can be searched here.",
            "Take a part of it.",
            Place(table.name),
        )
    kept = set(texts)
    return Items(
        texts=texts,
        captions={key: name for key, name in captions.items() if key in kept},
        labels={key: label for key, label in _labels(table, roles).items() if key in kept and task is Task.IMAGE_IMAGE},
        column=next(name for role in _HOLD_ITEMS for name in table.columns if roles.get(name) is role),
        n_duplicates=len(found) - len(texts),
        n_rejected=len(rejected),
        rejected=[row.as_dict() for row in rejected[:SHOWN_REJECTED]],
        choices=choices,
    )


_HOLD_ITEMS = (Role.DOCUMENT, Role.LABEL)
_WHAT_BELONGS = {
    Task.TEXT_TEXT: "Put one item into each row of a table, or into each line of a plain text.",
    Task.TEXT_IMAGE: "Pack the pictures into a ZIP.",
    Task.IMAGE_IMAGE: "Pack the pictures into a ZIP.",
}


def _labels(table: Table, roles: dict[str, Role]) -> dict[str, str]:
    """{picture's key: its label}, where a column has labels."""
    columns = {role: index for index, name in enumerate(table.columns) if (role := roles.get(name))}
    if Role.LABEL not in columns or Role.DOCUMENT not in columns:
        return {}
    pairs = ((row[columns[Role.DOCUMENT]].strip(), folded(row[columns[Role.LABEL]])) for row in table.rows)
    return {key: label for key, label in pairs if label}
