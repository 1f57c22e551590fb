"""A file of further examples for a data set: what its rows say, and which of them say what is said already."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from trainer.config import Task
from trainer.data.albums import ONE_ZIP
from trainer.data.judgements import Judgement, read_judgements
from trainer.data.limits import ReadLimits
from trainer.data.own_split import Part, divide, joined
from trainer.data.pairing import Roled
from trainer.data.picture_intake import PictureIntake
from trainer.data.roles import Purpose, Role, check_roles, picture_roles
from trainer.data.rows import DataRow, DataTable
from trainer.data.sources import Source, open_source
from trainer.data.table import RejectedRow, Table
from trainer.data.texts import folded
from trainer.errors import DataError, Place

LABELLED = {"picture": Role.QUERY, "label": Role.LABEL, "segment": Role.SEGMENT}
"""The columns of labelled pictures, as `Further.labelled` has them."""


@dataclass(frozen=True)
class Further:
    """A read file. said: what its rows judge, for each side of the split; labelled: the same of labelled pictures, in
    the columns of LABELLED. rejected: rows that say nothing. there: numbers of rows that say what is said already."""

    table: Table
    said: dict[Part, list[Judgement]] = field(default_factory=dict)
    labelled: dict[Part, Table] = field(default_factory=dict)
    rejected: list[RejectedRow] = field(default_factory=list)
    there: frozenset[int] = frozenset()

    @property
    def asked(self) -> dict[int, str]:
        """{row number: the text, or the picture, that it searches with}."""
        pairs = {each.row_number: folded(each.query) for judged in self.said.values() for each in judged}
        rows = {
            number: row[0]
            for table in self.labelled.values()
            for number, row in zip(table.row_numbers, table.rows, strict=True)
        }
        return {**pairs, **rows}


def read_further(
    source: Source,
    limits: ReadLimits,
    *,
    earlier: DataTable,
    rows: Sequence[DataRow],
    scored: bool,
    intake: PictureIntake | None,
) -> Further:
    """rows: those of the data set `earlier` that it is to join. scored: whether they have scores. intake: of pictures.

    Raises DataError when the columns do not suffice, or are of another kind than those of the data set.
    """
    task = earlier.task
    opened = open_source(source, Purpose.EXAMPLES, task, limits)
    table, roles = opened.table, source.roles or {}
    check_roles(table.columns, roles, Purpose.EXAMPLES, task)
    _check_kind(table.name, roles, task, earlier.labelled, scored)
    if intake is not None:
        if opened.album is None:
            raise DataError("This file names pictures, but they did not come with it.", ONE_ZIP, Place(source.name))
        table = intake.take_in(table, roles, picture_roles(task, Purpose.EXAMPLES), opened.album)
    parts = _parts((table, roles))
    if earlier.labelled:
        return _labelled(table, parts, rows)
    return _judged(table, parts, rows, task)


def _check_kind(name: str, roles: dict[str, Role], task: Task, labelled: bool, scored: bool) -> None:
    if task is Task.IMAGE_IMAGE and (Role.LABEL in roles.values()) is not labelled:
        one, other = ("The data version", "this file") if labelled else ("This file", "the data version")
        raise DataError(
            f"{one} has labels, and {other} says which two pictures are similar, so they cannot be put together.",
            "Add a file of the same kind, or check this one as a data version of its own.",
            Place(name),
        )
    if (Role.SCORE in roles.values()) is not scored and not labelled:
        one, other = ("The data version", "this file") if scored else ("This file", "the data version")
        raise DataError(
            f"{one} has scores, and {other} has none, so their rows cannot be compared.",
            "Add a column of scores." if scored else "Choose “Not used” for its column of scores.",
            Place(name),
        )


def _parts(examples: Roled) -> dict[Part, Roled]:
    """What the file's own split says; without one all is learned from."""
    own = divide(examples)
    if own is None:
        return {Part.LEARN: examples}
    found = {Part.LEARN: own.learn, Part.CHOOSE: own.choose, Part.JUDGE: own.judge}
    return {part: roled for part, roled in found.items() if roled is not None}


def _judged(table: Table, parts: dict[Part, Roled], rows: Sequence[DataRow], task: Task) -> Further:
    said: dict[Part, list[Judgement]] = {}
    rejected: list[RejectedRow] = []
    for part, roled in parts.items():
        said[part], faulty = read_judgements(*roled, task)
        rejected += [*roled[0].rejected, *faulty]
    known = {(folded(row.question), folded(row.item), row.gain > 0) for row in rows}
    said_by: dict[int, set[tuple[str, str, bool]]] = {}
    for each in (each for judged in said.values() for each in judged):
        pair = (folded(each.query), folded(each.document), each.gain > 0)
        said_by.setdefault(each.row_number, set()).add(pair)
    return Further(table, said=said, rejected=rejected, there=frozenset(_repeated(said_by, known)))


def _labelled(table: Table, parts: dict[Part, Roled], rows: Sequence[DataRow]) -> Further:
    """Pictures to choose by take turns with those to learn from."""
    if Part.CHOOSE in parts:
        parts = {Part.LEARN: joined(parts[Part.LEARN], parts[Part.CHOOSE]), Part.JUDGE: parts[Part.JUDGE]}
    plain = {part: _plain(*roled) for part, roled in parts.items()}
    known = {(row.question, folded(row.item).casefold(), True) for row in rows}
    said_by = {
        number: {(row[0], folded(row[1]).casefold(), True)}
        for each in plain.values()
        for number, row in zip(each.row_numbers, each.rows, strict=True)
    }
    rejected = [row for roled in parts.values() for row in roled[0].rejected]
    return Further(table, labelled=plain, rejected=rejected, there=frozenset(_repeated(said_by, known)))


def _plain(table: Table, roles: dict[str, Role]) -> Table:
    """The columns of LABELLED alone, with the troubles of their cells; a missing one is blank."""
    places = [
        next((i for i, name in enumerate(table.columns) if roles.get(name) is role), None) for role in LABELLED.values()
    ]
    now = {place: index for index, place in enumerate(places) if place is not None}
    return replace(
        table,
        columns=tuple(LABELLED),
        rows=[tuple("" if i is None else row[i].strip() for i in places) for row in table.rows],
        cell_troubles={(n, now[i]): reason for (n, i), reason in table.cell_troubles.items() if i in now},
        rejected=[],
    )


def _repeated(said_by: dict[int, set[tuple[str, str, bool]]], known: set[tuple[str, str, bool]]) -> Iterator[int]:
    """Rows that say nothing but what is known, or what rows above them say."""
    known = set(known)
    for number in sorted(said_by):
        if said_by[number] <= known:
            yield number
        known |= said_by[number]
