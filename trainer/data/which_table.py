"""Which of several tables is meant, of the sheets of a workbook or the files in a ZIP.

Where it is plain, it is taken and the reason told; else a person is asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from trainer.config import Task
from trainer.data.albums import Album
from trainer.data.assigning import FEWEST_QUERIES, FEWEST_TEST_QUERIES
from trainer.data.encodings import EncodingQuestion
from trainer.data.findings import say
from trainer.data.guessing import guess_roles
from trainer.data.picture_guessing import guess_picture_roles, guess_task
from trainer.data.roles import Purpose, check_roles
from trainer.data.table import EmptyTable, Table
from trainer.data.table_question import Candidate, TableKind, TableQuestion
from trainer.data.texts import showable
from trainer.errors import DataError, Place

_ENOUGH = {Purpose.EXAMPLES: FEWEST_QUERIES, Purpose.QUESTIONS: FEWEST_TEST_QUERIES, Purpose.CATALOGUE: 2}
"""Rows without which a table cannot be what it is for."""

_WORDS = {
    Purpose.EXAMPLES: ("train", "example", "data", "label"),
    Purpose.QUESTIONS: ("test", "quer", "question"),
    Purpose.CATALOGUE: ("catalog", "corpus", "item"),
}
"""What a table of a purpose may be called."""

_SHOWN_ROWS, _SHOWN_COLUMNS, _SHOWN_CHARACTERS, _SHOWN_NAMES = 3, 6, 80, 4
_MEANT = {
    Purpose.EXAMPLES: "the examples",
    Purpose.QUESTIONS: "the test questions",
    Purpose.CATALOGUE: "the catalogue",
}


@dataclass(frozen=True)
class _Seen:
    """One table, or why it cannot be read. fits: whether its columns seem to suffice."""

    name: str
    table: Table | None
    fault: DataError | None = None
    fits: bool = False

    @property
    def n_rows(self) -> int:
        return len(self.table.rows) if self.table else 0


def choose_table(
    tables: Iterable[tuple[str, Table | DataError]],
    *,
    purpose: Purpose,
    task: Task | None,
    album: Album | None,
    file: str,
    kind: TableKind,
) -> tuple[str, Table]:
    """The one of several tables that is meant, with a note that says why, and its name.

    Raises TableQuestion where only a person can tell, and the first table's own DataError where none can be read.
    """
    seen = [_look_at(name, found, purpose, task, album, kind) for name, found in tables]
    candidates = _candidates(seen, purpose)
    if not candidates:
        faults = [each.fault for each in seen if each.fault]
        raise next((fault for fault in faults if not isinstance(fault, EmptyTable)), None) or faults[0]
    if len(candidates) > 1:
        raise _question(candidates, purpose, file, kind)
    chosen = candidates[0]
    if chosen.table is None:
        raise chosen.fault or ValueError("neither a table nor a fault")
    notes = chosen.table.notes if len(seen) == 1 else [*chosen.table.notes, _why(chosen, seen, purpose, kind)]
    return chosen.name, replace(chosen.table, notes=notes)


def _look_at(
    name: str, found: Table | DataError, purpose: Purpose, task: Task | None, album: Album | None, kind: TableKind
) -> _Seen:
    if isinstance(found, DataError):
        # a person's answer on its letters would make it a table like any other
        return _Seen(name, None, found, fits=isinstance(found, EncodingQuestion))
    try:
        known = task or guess_task(found, album)
        if kind == "table" and known is Task.TEXT_TEXT:
            return _Seen(name, found)  # beside pictures, a table that names none is about something else
        guesses = (
            guess_roles(found, purpose)
            if known is Task.TEXT_TEXT
            else guess_picture_roles(found, purpose, known, album)
        )
        check_roles(found.columns, {column: guess.role for column, guess in guesses.items()}, purpose, known)
    except DataError:
        return _Seen(name, found)
    return _Seen(name, found, fits=True)


def _candidates(seen: list[_Seen], purpose: Purpose) -> list[_Seen]:
    """Those that fit, of these the one that says so by its name, or those with enough rows; where none fits, all with
    data."""
    found = [each for each in seen if each.fits] or [each for each in seen if each.table]
    if len(found) > 1 and (named := _named(found, purpose)):
        return [named]
    return [each for each in found if each.n_rows >= _ENOUGH[purpose] or not each.table] or found


def _purposes(name: str) -> set[Purpose]:
    last = PurePosixPath(name).name.lower()
    return {purpose for purpose, words in _WORDS.items() if any(word in last for word in words)}


def _named(candidates: list[_Seen], purpose: Purpose) -> _Seen | None:
    """The only one whose name says that it is for this, where those of all others say what else they are for."""
    said = [_purposes(each.name) for each in candidates]
    mine = [each for each, purposes in zip(candidates, said, strict=True) if purpose in purposes]
    return mine[0] if len(mine) == 1 and all(said) else None


def _question(candidates: list[_Seen], purpose: Purpose, file: str, kind: TableKind) -> TableQuestion:
    named = _listed([each.name for each in candidates])
    return TableQuestion(
        f"{len(candidates)} {kind}s could be {_MEANT[purpose]}: {named}.",
        f"Choose the {kind} that is meant.",
        Place(file),
        [_shown(each) for each in candidates],
        kind,
    )


def _listed(names: Sequence[str]) -> str:
    shown = [f"“{name}”" for name in names[:_SHOWN_NAMES]]
    if len(names) > _SHOWN_NAMES:
        return f"{', '.join(shown)} and {len(names) - _SHOWN_NAMES} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _shown(seen: _Seen) -> Candidate:
    if seen.table is None:
        return Candidate(seen.name, 0, 0, [], [])
    table = seen.table
    return Candidate(
        seen.name,
        len(table.rows),
        len(table.columns),
        [showable(name, _SHOWN_CHARACTERS) for name in table.columns[:_SHOWN_COLUMNS]],
        [[showable(cell, _SHOWN_CHARACTERS) for cell in row[:_SHOWN_COLUMNS]] for row in table.rows[:_SHOWN_ROWS]],
    )


def _why(chosen: _Seen, seen: list[_Seen], purpose: Purpose, kind: TableKind) -> str:
    """Such as: Sheet “Tickets” was read: it has 312 rows. “Notes” holds no such table, and “Sheet3” is empty."""
    others = [each for each in seen if each is not chosen]
    said = f"{kind.capitalize()} “{chosen.name}” was read: it has {say(chosen.n_rows, 'row', 'rows')}."
    if len(others) > _SHOWN_NAMES:
        return f"{said} The other {len(others)} are empty, or hold no table of this kind, or too few rows."
    reasons = [f"“{each.name}” {_reason(each, purpose)}" for each in others]
    return f"{said} {' and '.join([', '.join(reasons[:-1]), reasons[-1]] if len(reasons) > 1 else reasons)}."


def _reason(other: _Seen, purpose: Purpose) -> str:
    if other.table is None:
        return "is empty" if isinstance(other.fault, EmptyTable) else "cannot be used"
    if not other.fits:
        return "holds no table of this kind"
    if _purposes(other.name) and purpose not in _purposes(other.name):
        return "says by its name that it is for something else"
    return f"has only {say(other.n_rows, 'row', 'rows')}"
