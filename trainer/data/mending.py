"""From a frozen data set and a person's corrections to the next one: paired, checked, split and frozen as files are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from PIL import Image

from trainer.config import Task
from trainer.data.corrections import Change, Correction, corrected
from trainer.data.frozen import thaw
from trainer.data.judgements import Judgement, read_judgements
from trainer.data.label_pairing import pair_labelled
from trainer.data.limits import DEFAULT_LIMITS, ReadLimits
from trainer.data.own_split import Part, divide
from trainer.data.pairing import PairingResult, Roled, pair_judgements
from trainer.data.pairs import PairDataset, SplitDataset
from trainer.data.picture_intake import PictureFacts
from trainer.data.picture_store import PictureStore, PictureWriter
from trainer.data.prepare import Prepared, prepared
from trainer.data.roles import Purpose, Role, check_roles
from trainer.data.rows import DataRow, DataTable, rows_of
from trainer.data.sources import Source, open_source
from trainer.data.split import split_dataset
from trainer.data.table import RejectedRow, Table
from trainer.errors import DataError, Place


@dataclass(frozen=True)
class Mend:
    """What is to be mended. name: of the data set, as people know it. frozen, pictures: its files, the second None for
    texts. keep_items: whether items stay to be searched when no row names them any more, as with a catalogue. more: a
    file of further examples, of texts only; they are learned from, unless they have a split column of their own."""

    name: str
    frozen: Path
    corrections: Sequence[Correction]
    keep_items: bool
    pictures: Path | None = None
    more: Source | None = None


def mend(asked: Mend, pictures: Path | None = None, limits: ReadLimits = DEFAULT_LIMITS) -> Prepared:
    """The corrected data set. Each question stays on the side of the split that it was on, so that the reports on both
    can be compared; but for those that are now nearly the same as one to judge by. Raises DataError.

    pictures: where the pictures are written to, for a task that has any.
    """
    split, _ = thaw(asked.frozen.read_bytes())
    table = rows_of(split)
    rows = corrected(table, asked.corrections)
    for part, what in ((Part.LEARN, "learn from"), (Part.JUDGE, "judge by")):
        if not any(row.part is part for row in rows):
            raise DataError(f"No row is left to {what}.", "Keep some of them.", Place(asked.name))
    catalogue = _catalogue(asked, split.data, table, rows)
    more = _more(asked.more, limits, scored=bool(split.data.grades)) if asked.more else None
    pairing = _labelled(asked, rows, catalogue) if table.labelled else _judged(asked, table, rows, catalogue, more)
    pairing, facts = _with_pictures(pairing, split.data, asked.pictures, pictures)
    mended = split_dataset(pairing.dataset, seed=split.seed, questions=pairing.questions, choosing=pairing.choosing)
    why = f"Each question stays on the side that it was on in {_lower(asked.name)}."
    return prepared(pairing, _because(mended, why), facts)


def _because(split: SplitDataset, why: str) -> SplitDataset:
    return replace(split, receipt={**split.receipt, "why": why})


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _table(name: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], numbers: list[int]) -> Table:
    return Table(name, columns, list(rows), numbers, rejected=[], notes=[], has_header=True)


def _judged(
    asked: Mend, table: DataTable, rows: list[DataRow], catalogue: Roled | None, more: "_More | None"
) -> PairingResult:
    said: dict[Part, list[Judgement]] = {part: [] for part in Part}
    for row in rows:
        said[row.part].append(Judgement(row.number, row.question, row.item, row.gain, row.segment, row.grade))
    cells = [(row.question, row.item) for row in rows]
    whole = _table(asked.name, ("question", "item"), cells, [row.number for row in rows])
    if more is not None:
        after = max(whole.row_numbers)  # the rows of the file are told from the others by higher numbers
        entries = {after + number: str(more.table.place(number)) for number in more.table.row_numbers}
        whole = replace(whole, entries=entries, rows=[*whole.rows, *more.table.rows])
        for part, judgements in more.said.items():
            said[part].extend(replace(each, row_number=after + each.row_number) for each in judgements)
    pairing = pair_judgements(whole, said[Part.LEARN], said[Part.CHOOSE], said[Part.JUDGE], catalogue, table.task)
    return replace(pairing, rejected=[*(more.rejected if more else []), *pairing.rejected])


@dataclass(frozen=True)
class _More:
    """A file of further examples: what its rows say for each side of the split, and those that say nothing."""

    table: Table
    said: dict[Part, list[Judgement]]
    rejected: list[RejectedRow]


def _more(source: Source, limits: ReadLimits, scored: bool) -> _More:
    """Raises DataError when the columns do not suffice, or only one of both has scores."""
    table = open_source(source, Purpose.EXAMPLES, Task.TEXT_TEXT, limits).table
    roles = source.roles or {}
    check_roles(table.columns, roles, Purpose.EXAMPLES)
    if (Role.SCORE in roles.values()) is not scored:
        one, other = ("The data version", "this file") if scored else ("This file", "the data version")
        raise DataError(
            f"{one} has scores, and {other} has none, so their rows cannot be compared.",
            "Add a column of scores." if scored else "Choose “Not used” for its column of scores.",
            Place(table.name),
        )
    own = divide((table, roles))
    parts = {Part.LEARN: own.learn, Part.CHOOSE: own.choose, Part.JUDGE: own.judge} if own else {}
    said: dict[Part, list[Judgement]] = {}
    rejected: list[RejectedRow] = []
    for part, roled in (parts or {Part.LEARN: (table, roles)}).items():
        if roled is not None:
            said[part], faulty = read_judgements(*roled)
            rejected += [*roled[0].rejected, *faulty]
    return _More(table, said, rejected)


_LABELLED = {"picture": Role.QUERY, "label": Role.LABEL, "segment": Role.SEGMENT}


def _labelled(asked: Mend, rows: list[DataRow], catalogue: Roled | None) -> PairingResult:
    """Pictures to choose by take turns with those to learn from."""

    def some(judging: bool) -> Roled:
        kept = [row for row in rows if (row.part is Part.JUDGE) is judging]
        cells = [(row.question, row.item, row.segment) for row in kept]
        return _table(asked.name, tuple(_LABELLED), cells, [row.number for row in kept]), _LABELLED

    return pair_labelled(some(False), some(True), catalogue)


def _catalogue(asked: Mend, data: PairDataset, table: DataTable, rows: list[DataRow]) -> Roled | None:
    """The items to search among, so that they stay the same but for what was corrected; None where the rows name all.

    An item leaves when it is written anew wherever it stood, or, without keep_items, when all its rows are dropped.
    """
    searched = {key: text for key, text in data.documents.items() if key not in data.learning_only}
    if table.labelled:
        return _labelled_catalogue(asked, data, table, rows, searched)
    named = {row.document_id for row in table.rows}
    if not asked.keep_items and not data.learning_only and set(searched) <= named:
        return None
    left = {row.item for row in rows}
    edited = {c.row for c in asked.corrections if c.kind is Change.EDIT and c.column == "item"}
    renamed = {row.document_id for row in table.rows if row.number in edited}
    gone = renamed if asked.keep_items else named
    items = [text for key, text in searched.items() if key not in gone or text in left]
    numbers = list(range(1, len(items) + 1))
    return _table(asked.name, ("item",), [(text,) for text in items], numbers), {"item": Role.DOCUMENT}


def _labelled_catalogue(
    asked: Mend, data: PairDataset, table: DataTable, rows: list[DataRow], searched: dict[str, str]
) -> Roled:
    """Pictures that are rows have the label of their row; those of dropped rows are gone."""
    labels = {data.documents[key]: label for key, label in getattr(data.relevance, "documents", {}).items()}
    now = {row.question: row.item for row in rows}
    dropped = {row.question for row in table.rows} - set(now)
    cells = [(picture, now.get(picture, labels[picture])) for picture in searched.values() if picture not in dropped]
    roles = {"picture": Role.DOCUMENT, "label": Role.LABEL}
    return _table(asked.name, tuple(roles), list(cells), list(range(1, len(cells) + 1))), roles


def _with_pictures(
    pairing: PairingResult, data: PairDataset, stored: Path | None, pictures: Path | None
) -> tuple[PairingResult, PictureFacts]:
    """The pictures of the data set, copied as they are, with their names and sizes."""
    if stored is None or pictures is None:
        return pairing, PictureFacts()
    paired = pairing.dataset
    used = dict.fromkeys(
        [*paired.documents.values(), *(paired.queries.values() if paired.task.has_picture_queries else ())]
    )
    sizes: dict[str, tuple[int, int]] = {}
    with PictureStore(stored) as store, PictureWriter(pictures) as writer:
        for key in used:
            writer.copy(key, store)
            sizes[key] = Image.open(BytesIO(store.read(key))).size
    captions = {key: name for key, name in data.captions.items() if key in used}
    alike = {key: first for key, first in data.alike.items() if key in used and first in used}
    rejected = [
        replace(row, values=tuple(data.captions.get(value, value) for value in row.values)) for row in pairing.rejected
    ]
    return replace(pairing, dataset=replace(paired, captions=captions, alike=alike), rejected=rejected), PictureFacts(
        sizes
    )
