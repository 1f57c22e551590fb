"""From tables of labelled pictures to one PairDataset: pictures of one label match each other."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from trainer.config import Task
from trainer.data.label_split import with_label_relevance
from trainer.data.pairing import Duplicate, PairingResult, Roled
from trainer.data.pairs import PairDataset
from trainer.data.roles import Purpose, Role, check_roles
from trainer.data.table import RejectedRow, Table
from trainer.data.texts import folded
from trainer.errors import DataError, Place


@dataclass(frozen=True)
class _Labelled:
    """One row: a picture and its label, which may be blank in a catalogue."""

    number: int
    picture: str
    label: str
    segment: str
    row: tuple[str, ...]


@dataclass
class _Builder:
    rejected: list[RejectedRow] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    conflicts: list[tuple[str, ...]] = field(default_factory=list)

    def label(self, text: str) -> str:
        """Labels that differ in capitals and blanks are one, spelled as it came first."""
        return self.spellings.setdefault(folded(text).casefold(), folded(text))

    def reject(self, table: Table, row: _Labelled, reason: str) -> None:
        self.rejected.append(RejectedRow.of(table.place(row.number), reason, row.row))


def pair_labelled(examples: Roled, questions: Roled | None = None, catalogue: Roled | None = None) -> PairingResult:
    """Pair the tables of one project whose examples are pictures with labels.

    Documents are all labelled pictures. With a catalogue people search among its pictures alone, and the others are
    `learning_only`. Raises DataError when the roles do not suffice or too few rows can be used.
    """
    _check(examples, questions, catalogue)
    builder = _Builder()
    learned = _read(builder, examples, Role.QUERY)
    items = _read(builder, catalogue, Role.DOCUMENT) if catalogue else []
    asked = _read(builder, questions, Role.QUERY) if questions else []
    counts = Counter(row.label for row in [*learned, *items, *asked])
    learned = _without(builder, examples[0], learned, {label for label, times in counts.items() if times < 2}, _ALONE)
    there = {row.label for row in (items if catalogue else learned)}
    if questions:
        asked = _without(builder, questions[0], asked, {row.label for row in asked} - there, _NOT_THERE)
    if len({row.label for row in learned}) < 2:
        raise _one_label(examples[0], learned, builder)
    dataset, own = _dataset(builder, (examples[0], learned), (questions[0], asked) if questions else None, items)
    return PairingResult(
        dataset=dataset,
        questions=own,
        rejected=builder.rejected,
        duplicates=builder.duplicates,
        conflicts=builder.conflicts,
        places=builder.places,
        n_rows=len(examples[0].rows) + len(examples[0].rejected),
    )


_ALONE = "is the only picture with the label “{}”, so nothing can match it. Add another, or leave it out."
_NOT_THERE = (
    "has the label “{}”, which no picture to search among has, so nothing can be found. Add some, or leave it out."
)


def _check(examples: Roled, questions: Roled | None, catalogue: Roled | None) -> None:
    sources = ((examples, Purpose.EXAMPLES), (questions, Purpose.QUESTIONS), (catalogue, Purpose.CATALOGUE))
    for source, purpose in sources:
        if source is None:
            continue
        table, roles = source
        place = Place(table.name)
        try:
            check_roles(table.columns, roles, purpose, Task.IMAGE_IMAGE)
        except DataError as error:
            raise DataError(error.cause, error.remedy, place) from error
        if Role.LABEL not in roles.values():
            raise DataError(
                "The examples have labels, and this file has none, so nobody can say which of its pictures match.",
                "Add a column with the label of each picture, or put the pictures into folders named by label.",
                place,
            )


def _one_label(table: Table, learned: list[_Labelled], builder: _Builder) -> DataError:
    if learned:
        cause = f"All pictures have the same label, “{learned[0].label}”, so there is nothing to tell apart."
        return DataError(cause, "Add pictures with other labels.", Place(table.name))
    first = next(iter(builder.rejected), None)
    return DataError(
        "No picture of this file can be used." + (f" For example, {first.message}" if first else ""),
        "Check which column is chosen for what.",
        Place(table.name),
    )


def _read(builder: _Builder, source: Roled, picture_role: Role) -> list[_Labelled]:
    """The rows of a table that can be used, each picture once."""
    table, roles = source
    builder.rejected.extend(table.rejected)
    index = {role: i for i, name in reversed(list(enumerate(table.columns))) if (role := roles.get(name))}
    used = [i for i, name in enumerate(table.columns) if roles.get(name, Role.IGNORE) is not Role.IGNORE]
    rows = []
    for number, cells in zip(table.row_numbers, table.rows, strict=True):
        picture, label = cells[index[picture_role]].strip(), builder.label(cells[index[Role.LABEL]])
        segment = cells[index[Role.SEGMENT]].strip() if Role.SEGMENT in index else ""
        row = _Labelled(number, picture, label, segment, cells)
        fault = next((reason for i in used if (reason := table.cell_troubles.get((number, i)))), "")
        if not fault and not picture:
            fault = "names no picture. Fill in its name, or delete the row."
        if not fault and not label and picture_role is Role.QUERY:
            fault = "has no label. Fill it in, or delete the row."
        if fault:
            builder.reject(table, row, fault)
        else:
            rows.append(row)
    return _each_once(builder, table, rows)


def _each_once(builder: _Builder, table: Table, rows: list[_Labelled]) -> list[_Labelled]:
    """Equal pictures are one; those with two labels are left out, all of them."""
    labels: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        labels[row.picture].add(row.label)
    kept: dict[str, _Labelled] = {}
    for row in rows:
        if len(labels[row.picture]) > 1:
            shown = " and ".join(f"“{label}”" for label in sorted(labels[row.picture]))
            builder.reject(table, row, f"is one picture with the labels {shown}. Keep the one that is true.")
        else:
            kept.setdefault(row.picture, row)
    builder.conflicts.extend((picture, *sorted(found)) for picture, found in labels.items() if len(found) > 1)
    times = Counter(row.picture for row in rows)
    for picture, row in kept.items():
        if times[picture] > 1:
            builder.duplicates.append(Duplicate(picture, row.label, times[picture]))
    return list(kept.values())


def _without(builder: _Builder, table: Table, rows: list[_Labelled], labels: set[str], reason: str) -> list[_Labelled]:
    for row in rows:
        if row.label in labels:
            builder.reject(table, row, reason.format(row.label))
    return [row for row in rows if row.label not in labels]


def _dataset(
    builder: _Builder,
    examples: tuple[Table, list[_Labelled]],
    questions: tuple[Table, list[_Labelled]] | None,
    items: list[_Labelled],
) -> tuple[PairDataset, tuple[str, ...]]:
    """The data set, and the ids of the queries of the own test file."""
    queries: dict[str, str] = {}
    labels: dict[str, str] = {}
    segments: dict[str, str] = {}
    own: list[str] = []
    for source in filter(None, (examples, questions)):
        for row in source[1]:
            query_id = f"q{len(queries) + 1}"
            queries[query_id], labels[query_id] = row.picture, row.label
            builder.places[query_id] = source[0].place(row.number)
            if row.segment:
                segments[query_id] = row.segment
            if source is questions:
                own.append(query_id)
    found = {row.picture: row.label for row in items}
    searched = set(found)
    found = {row.picture: row.label for row in examples[1]} | found
    documents = {f"d{number}": picture for number, picture in enumerate(found, start=1)}
    learning_only = frozenset(d for d, picture in documents.items() if searched and picture not in searched)
    plain = PairDataset(
        queries, documents, {}, segments=segments, task=Task.IMAGE_IMAGE, labels=labels, learning_only=learning_only
    )
    return with_label_relevance(plain, {d: found[picture] for d, picture in documents.items()}), tuple(own)
