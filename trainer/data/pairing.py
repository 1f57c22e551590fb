"""From tables with roles to one PairDataset: equal texts become one, contradictions are set aside."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from trainer.config import Task
from trainer.data.judgements import Judgement, read_catalogue, read_judgements
from trainer.data.pairs import PairDataset
from trainer.data.roles import Purpose, Role, check_roles
from trainer.data.table import RejectedRow, Table
from trainer.data.texts import folded
from trainer.errors import DataError, Place

Roled = tuple[Table, dict[str, Role]]


@dataclass(frozen=True)
class Duplicate:
    """A pair that is there more than once. `times` counts all of them."""

    query: str
    document: str
    times: int


@dataclass(frozen=True)
class PairingResult:
    """The paired data.

    questions: ids of the queries of the own test file; until the split takes them apart, such a query may have the same
        text as one of the examples (its twin is then left out of training).
    choosing: ids of the queries that the person's own split column sets aside for choosing. split_column: its name.
    rejected: rows of all tables that were left out, in the order of the tables.
    duplicates: pairs that are there more than once; kept once.
    conflicts: pairs judged both right and wrong, or pictures with several labels; all their rows are rejected.
    places: {query_id: where its first row stands}.
    n_rows: rows of examples that were read, rejected ones included.
    not_in_catalogue: documents of the pairs that the catalogue, where there is one, does not have.
    """

    dataset: PairDataset
    questions: tuple[str, ...]
    rejected: list[RejectedRow]
    duplicates: list[Duplicate]
    conflicts: list[tuple[str, ...]]
    places: dict[str, Place]
    n_rows: int
    not_in_catalogue: tuple[str, ...] = ()
    choosing: tuple[str, ...] = ()
    split_column: str = ""

    @property
    def n_duplicates(self) -> int:
        """Rows too many."""
        return sum(duplicate.times - 1 for duplicate in self.duplicates)

    @property
    def n_conflicts(self) -> int:
        """Contradictions."""
        return len(self.conflicts)


@dataclass
class _Builder:
    """Queries, documents and judgements as they come; ids count from 1 in order of appearance."""

    queries: dict[str, str] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    relevance: dict[str, dict[str, float]] = field(default_factory=dict)
    negatives: dict[str, tuple[str, ...]] = field(default_factory=dict)
    segments: dict[str, str] = field(default_factory=dict)
    grades: dict[str, dict[str, float]] = field(default_factory=dict)
    document_ids: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    rejected: list[RejectedRow] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    conflicts: list[tuple[str, ...]] = field(default_factory=list)
    task: Task = Task.TEXT_TEXT

    def document_id(self, text: str) -> str:
        key = folded(text)
        if key not in self.document_ids:
            self.document_ids[key] = f"d{len(self.document_ids) + 1}"
            self.documents[self.document_ids[key]] = text.strip()
        return self.document_ids[key]

    def grade(self, query_id: str, document_id: str, grade: float) -> None:
        """Of several scores of one pair, the highest counts."""
        grades = self.grades.setdefault(query_id, {})
        grades[document_id] = max(grade, grades.get(document_id, 0.0))

    def dataset(self) -> PairDataset:
        twins: dict[str, str] = {}
        if self.task.has_picture_queries:
            queries = {picture: query_id for query_id, picture in self.queries.items()}
            twins = {key: queries[picture] for key, picture in self.documents.items() if picture in queries}
        return PairDataset(
            self.queries,
            self.documents,
            self.relevance,
            self.negatives,
            self.segments,
            self.grades,
            task=self.task,
            twins=twins,
        )


def pair_tables(
    examples: Roled,
    questions: Roled | None = None,
    catalogue: Roled | None = None,
    task: Task = Task.TEXT_TEXT,
    choosing: Roled | None = None,
) -> PairingResult:
    """Pair the tables of one project. Pictures stand in them by their keys. choosing: rows that the person sets aside.

    Raises DataError when the roles do not suffice or no row at all can be used.
    """
    for source, purpose in (
        (examples, Purpose.EXAMPLES),
        (questions, Purpose.QUESTIONS),
        (catalogue, Purpose.CATALOGUE),
    ):
        if source is not None:
            _check(source, purpose, task)
    builder = _Builder(task=task)
    _add_rows(builder, examples)
    chosen = _add_rows(builder, choosing) if choosing else ()
    own = _add_rows(builder, questions) if questions else ()
    return _result(builder, own, chosen, catalogue, len(examples[0].rows) + len(examples[0].rejected))


def pair_judgements(
    table: Table,
    learn: list[Judgement],
    choose: list[Judgement],
    judge: list[Judgement],
    catalogue: Roled | None,
    task: Task,
) -> PairingResult:
    """Pair what is known of one table already, for each side of its split. Raises DataError as `pair_tables` does."""
    builder = _Builder(task=task)
    _add_judged(builder, table, learn)
    chosen = _add_judged(builder, table, choose) if choose else ()
    own = _add_judged(builder, table, judge)
    return _result(builder, own, chosen, catalogue, len(table.rows))


def _result(
    builder: _Builder, own: tuple[str, ...], chosen: tuple[str, ...], catalogue: Roled | None, n_rows: int
) -> PairingResult:
    missing = _add_catalogue(builder, catalogue) if catalogue else ()
    dataset = builder.dataset()
    if builder.task.has_picture_documents:
        # Pictures of examples are not put among those that a shop, say, offers today.
        dataset = replace(dataset, learning_only=frozenset(missing))
    return PairingResult(
        dataset=dataset,
        questions=own,
        rejected=builder.rejected,
        duplicates=builder.duplicates,
        conflicts=builder.conflicts,
        places=builder.places,
        n_rows=n_rows,
        not_in_catalogue=missing,
        choosing=chosen,
    )


def _add_catalogue(builder: _Builder, catalogue: Roled) -> tuple[str, ...]:
    """Add the items of a catalogue; ids of the documents so far that are not among them."""
    items, rejected = read_catalogue(*catalogue, builder.task)
    builder.rejected.extend([*catalogue[0].rejected, *rejected])
    before = tuple(builder.documents)
    found = {builder.document_id(item) for item in items}
    return tuple(document_id for document_id in before if document_id not in found)


def _check(source: Roled, purpose: Purpose, task: Task) -> None:
    table, roles = source
    try:
        check_roles(table.columns, roles, purpose, task)
    except DataError as error:
        raise DataError(error.cause, error.remedy, Place(table.name)) from error


def _add_rows(builder: _Builder, source: Roled) -> tuple[str, ...]:
    table, roles = source
    judgements, rejected = read_judgements(table, roles, builder.task)
    return _add_judged(builder, table, judgements, [*table.rejected, *rejected])


def _add_judged(
    builder: _Builder, table: Table, judgements: list[Judgement], rejected: Sequence[RejectedRow] = ()
) -> tuple[str, ...]:
    """Add the queries of one table; their new ids. A query is one within its table, never across tables."""
    earlier = len(builder.rejected)  # those of another file
    builder.rejected.extend(rejected)
    kept = _without_orphans(builder, table, _without_conflicts(builder, table, judgements))
    if not kept:
        first = next(iter(builder.rejected[earlier:]), None)
        raise DataError(
            "No row of this file can be used." + (f" For example, {first.message}" if first else ""),
            "Check which column is chosen for what.",
            Place(table.name),
        )
    _count_duplicates(builder, kept)
    ids: dict[str, str] = {}
    wrong: dict[str, list[str]] = defaultdict(list)
    for judgement in kept:
        key = folded(judgement.query)
        if key not in ids:
            ids[key] = f"q{len(builder.queries) + 1}"
            builder.queries[ids[key]] = judgement.query.strip()
            builder.relevance[ids[key]] = {}
            builder.places[ids[key]] = table.place(judgement.row_number)
        query_id, document_id = ids[key], builder.document_id(judgement.document)
        if judgement.segment:
            builder.segments.setdefault(query_id, judgement.segment)
        if judgement.grade is not None:
            builder.grade(query_id, document_id, judgement.grade)
        if judgement.gain > 0:
            gains = builder.relevance[query_id]
            gains[document_id] = max(judgement.gain, gains.get(document_id, 0.0))
        elif document_id not in wrong[query_id]:
            wrong[query_id].append(document_id)
    builder.negatives.update({query_id: tuple(found) for query_id, found in wrong.items() if found})
    return tuple(ids.values())


def _pair(judgement: Judgement) -> tuple[str, str]:
    return folded(judgement.query), folded(judgement.document)


def _without_conflicts(builder: _Builder, table: Table, judgements: list[Judgement]) -> list[Judgement]:
    """Leave out, and report, every row that says of a pair what another row denies."""
    right = {_pair(judgement) for judgement in judgements if judgement.gain > 0}
    wrong = {_pair(judgement) for judgement in judgements if judgement.gain == 0}
    both = right & wrong
    first = {_pair(judgement): judgement for judgement in reversed(judgements) if _pair(judgement) in both}
    builder.conflicts.extend((judgement.query, judgement.document) for judgement in reversed(first.values()))
    rows: dict[int, Judgement] = {}
    for judgement in judgements:
        if _pair(judgement) in both:
            rows.setdefault(judgement.row_number, judgement)
    asked = "picture" if builder.task.has_picture_queries else "question"
    reason = f"calls this item right for this {asked}, and is contradicted, in this row or another. Keep what is true."
    for number, judgement in rows.items():
        values = (judgement.query, judgement.document)
        builder.rejected.append(RejectedRow.of(table.place(number), reason, values))
    return [judgement for judgement in judgements if judgement.row_number not in rows]


_ORPHAN = {
    False: "has a question that no row gives a right item for. Add a row with its match.",
    True: "has a picture that no row gives a similar one for. Add a row with its match.",
}


def _without_orphans(builder: _Builder, table: Table, judgements: list[Judgement]) -> list[Judgement]:
    """Leave out, and report, the rows of queries that have only wrong items."""
    matched = {folded(judgement.query) for judgement in judgements if judgement.gain > 0}
    kept = []
    for judgement in judgements:
        if folded(judgement.query) in matched:
            kept.append(judgement)
        else:
            builder.rejected.append(
                RejectedRow.of(
                    table.place(judgement.row_number),
                    _ORPHAN[builder.task.has_picture_queries],
                    (judgement.query, judgement.document),
                )
            )
    return kept


def _count_duplicates(builder: _Builder, judgements: list[Judgement]) -> None:
    # Counted by row: a negative that stands beside two matches of a query is no duplicate.
    counts = Counter(_pair(judgement) for judgement in judgements if judgement.gain > 0)
    first = {_pair(judgement): judgement for judgement in reversed(judgements) if judgement.gain > 0}
    for pair, times in counts.items():
        if times > 1:
            builder.duplicates.append(Duplicate(first[pair].query.strip(), first[pair].document.strip(), times))
