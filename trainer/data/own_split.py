"""A person's own split: a column that says of each row whether it is to learn from, to choose by, or to judge."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from trainer.data.heading_words import heading_key
from trainer.data.roles import Role, RoleGuess
from trainer.data.table import RejectedRow, Table
from trainer.errors import DataError, Place

Roled = tuple[Table, dict[str, Role]]

_LOOKED_AT = 2000
_MOST = 0.95  # of the filled cells must be such words


class Part(StrEnum):
    """What a row is for."""

    LEARN = "learn"
    CHOOSE = "choose"
    JUDGE = "judge"


_WORDS = {
    Part.LEARN: "train training learn learning fit trainieren lernen entrenamiento apprentissage entrainement",
    Part.CHOOSE: "validation valid val dev development choose choosing tune tuning validierung validacion",
    Part.JUDGE: "test testing judge judging eval evaluation holdout heldout prufen prueba",
}
_PARTS = {word: part for part, words in _WORDS.items() for word in words.split()}
_HEADINGS = frozenset("split subset set part parts fold partition usage aufteilung teil ensemble particion".split())  # noqa: SIM905
_SAY = "Write “train” or “test” (or “validation”)."


@dataclass(frozen=True)
class OwnSplit:
    """The rows of one table by their part. column: that says so."""

    column: str
    learn: Roled
    choose: Roled | None
    judge: Roled


def read_part(text: str) -> Part | None:
    """What a cell says, in any usual word, however written; None when it says nothing of the kind."""
    return _PARTS.get(heading_key(text))


def split_guess(table: Table, columns: Sequence[str]) -> dict[str, RoleGuess]:
    """{column: guess} of the first of `columns` whose values are such words, for learning and for something else."""
    for name in columns:
        index = table.columns.index(name)
        cells = [cell for row in table.rows[:_LOOKED_AT] if (cell := row[index].strip())]
        counts = Counter(read_part(cell) for cell in cells if len(cell) < 20)
        told = counts.total() - counts[None]
        if counts[Part.LEARN] and told > counts[Part.LEARN] and told >= _MOST * len(cells):
            reason = f"{told:,} of {len(cells):,} values say what learns and what judges, such as “{cells[0]}”."
            return {name: RoleGuess(Role.SPLIT, reason, 1.0 if heading_key(name) in _HEADINGS else 0.8)}
    return {}


def divide(examples: Roled) -> OwnSplit | None:
    """The rows of examples by what their split column says; None where no column has that role.

    Rows for choosing judge where none is for judging. Raises DataError when nothing is there to learn from or judge by.
    """
    table, roles = examples
    column = next((name for name in table.columns if roles.get(name) is Role.SPLIT), None)
    if column is None:
        return None
    index = table.columns.index(column)
    kept: dict[Part, list[int]] = {part: [] for part in Part}
    rejected = list(table.rejected)
    for position, (number, row) in enumerate(zip(table.row_numbers, table.rows, strict=True)):
        part = read_part(row[index])
        if part is None or (number, index) in table.cell_troubles:
            reason = table.cell_troubles.get((number, index)) or _fault(row[index], column)
            rejected.append(RejectedRow.of(table.place(number, column), reason, row))
        else:
            kept[part].append(position)
    if not kept[Part.JUDGE]:
        kept[Part.JUDGE], kept[Part.CHOOSE] = kept[Part.CHOOSE], []
    for part, what in ((Part.LEARN, "learn from"), (Part.JUDGE, "judge by")):
        if not kept[part]:
            raise DataError(
                f"No row has “{'train' if part is Part.LEARN else 'test'}” in the column “{column}”, "
                f"so there is nothing to {what}.",
                f"{_SAY} Or choose “Not used” for this column, and Tailor splits the examples itself.",
                Place(table.name, column=column),
            )
    parts = {part: (_some(table, positions), roles) for part, positions in kept.items()}
    learn = replace(parts[Part.LEARN][0], rejected=rejected)
    return OwnSplit(column, (learn, roles), parts[Part.CHOOSE] if kept[Part.CHOOSE] else None, parts[Part.JUDGE])


def _fault(text: str, column: str) -> str:
    said = f"says “{text.strip()[:40]}”" if text.strip() else "says nothing"
    return f"{said} in the column “{column}”, which tells what learns and what judges. {_SAY}"


def _some(table: Table, positions: list[int]) -> Table:
    rows, numbers = [table.rows[i] for i in positions], [table.row_numbers[i] for i in positions]
    return replace(table, rows=rows, row_numbers=numbers, rejected=[], whole=table)


def joined(one: Roled, other: Roled | None) -> Roled:
    """Two parts of one table as one."""
    if other is None:
        return one
    table, roles = one
    more = other[0]
    return replace(table, rows=[*table.rows, *more.rows], row_numbers=[*table.row_numbers, *more.row_numbers]), roles
