"""From a frozen data set, a person's corrections and further examples to the next one: paired, checked, split and
frozen as files are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from trainer.data.assigning import FEWEST_QUERIES, noun
from trainer.data.carried_pictures import carried
from trainer.data.corrections import Change, Correction, corrected
from trainer.data.frozen import thaw
from trainer.data.further import LABELLED, read_further
from trainer.data.joining import JoinedTable, check_adds, joined_findings, joined_receipt
from trainer.data.judgements import Judgement
from trainer.data.label_pairing import pair_labelled
from trainer.data.limits import DEFAULT_LIMITS, ReadLimits
from trainer.data.own_split import Part
from trainer.data.pairing import PairingResult, Roled, pair_judgements
from trainer.data.pairs import PairDataset
from trainer.data.picture_intake import PictureFacts
from trainer.data.prepare import Prepared, prepared
from trainer.data.roles import Role
from trainer.data.rows import DataRow, DataTable, rows_of
from trainer.data.sources import Source
from trainer.data.split import split_dataset
from trainer.data.table import Table
from trainer.errors import DataError, Place

_FEWEST_ASIDE = 2
"""Questions that a split of the data itself sets aside to judge by, at least."""


@dataclass(frozen=True)
class Mend:
    """What is to be mended. name: of the data set, as people know it. frozen, pictures: its files, the second None for
    texts. keep_items: whether items stay to be searched when no row names them any more, as with a catalogue. more: a
    file of further examples; they are learned from, unless they have a split column of their own."""

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
    with carried(split.data, asked.pictures, pictures) as album:
        intake, scored = album.intake if album else None, bool(split.data.grades)
        further = (
            read_further(asked.more, limits, earlier=table, rows=rows, scored=scored, intake=intake)
            if asked.more
            else None
        )
        joined = JoinedTable(asked.name, max(row.number for row in rows), further)
        pairing = joined.told_apart(_paired(asked, split.data, table, rows, joined))
        pairing, looks = album.finish(pairing) if album else (pairing, PictureFacts())
    judging = pairing.questions
    fewest = (_FEWEST_ASIDE, FEWEST_QUERIES - len(judging))  # of which the data itself may have set them aside
    mended = split_dataset(
        pairing.dataset, seed=split.seed, questions=judging, choosing=pairing.choosing, fewest=fewest
    )
    asks = noun(split.data).removesuffix("s")
    why = f"Each {asks} stays on the side that it was on in {_lower(asked.name)}."
    receipt = {**mended.receipt, "why": why}
    if further is None:
        return prepared(pairing, replace(mended, receipt=receipt), looks)
    counts = joined_receipt(further, pairing, mended)
    if not asked.corrections:
        check_adds(further, counts, asked.name)
    found = joined_findings(further, counts, pairing, mended, split.data)
    # what is there more than once is told of the file as a whole
    pairing = replace(pairing, duplicates=[])
    return prepared(pairing, replace(mended, receipt={**receipt, **counts}), looks, found)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _paired(
    asked: Mend, data: PairDataset, table: DataTable, rows: list[DataRow], joined: JoinedTable
) -> PairingResult:
    catalogue = _catalogue(asked, data, table, rows)
    pair = _labelled if table.labelled else _judged
    pairing = pair(table, rows, catalogue, joined)
    if not asked.keep_items:
        pairing = replace(pairing, not_in_catalogue=())  # nobody brought a catalogue
    if not table.labelled and not data.learning_only:  # pictures of examples were searched among, and new ones are too
        pairing = replace(pairing, dataset=replace(pairing.dataset, learning_only=frozenset()))
    return pairing


def _judged(table: DataTable, rows: list[DataRow], catalogue: Roled | None, joined: JoinedTable) -> PairingResult:
    said: dict[Part, list[Judgement]] = {part: [] for part in Part}
    for row in rows:
        said[row.part].append(Judgement(row.number, row.question, row.item, row.gain, row.segment, row.grade))
    for part, judgements in joined.said().items():
        said[part].extend(judgements)
    whole = joined.of(("question", "item"), [(row.question, row.item) for row in rows], [row.number for row in rows])
    return pair_judgements(whole, said[Part.LEARN], said[Part.CHOOSE], said[Part.JUDGE], catalogue, table.task)


def _labelled(table: DataTable, rows: list[DataRow], catalogue: Roled | None, joined: JoinedTable) -> PairingResult:
    """Pictures to choose by take turns with those to learn from."""

    def some(part: Part) -> Roled:
        kept = [row for row in rows if (row.part is Part.JUDGE) is (part is Part.JUDGE)]
        cells = [(row.question, row.item, row.segment) for row in kept]
        return joined.of(tuple(LABELLED), cells, [row.number for row in kept], part), LABELLED

    return pair_labelled(some(Part.LEARN), some(Part.JUDGE), catalogue)


def _plain_table(name: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    return Table(name, columns, list(rows), list(range(1, len(rows) + 1)), rejected=[], notes=[], has_header=True)


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
    return _plain_table(asked.name, ("item",), [(text,) for text in items]), {"item": Role.DOCUMENT}


def _labelled_catalogue(
    asked: Mend, data: PairDataset, table: DataTable, rows: list[DataRow], searched: dict[str, str]
) -> Roled | None:
    """Pictures that are rows have the label of their row; those of dropped rows are gone."""
    before = {row.question for row in table.rows}
    if not asked.keep_items and not data.learning_only and set(searched.values()) <= before:
        return None
    labels = {data.documents[key]: label for key, label in getattr(data.relevance, "documents", {}).items()}
    now = {row.question: row.item for row in rows}
    dropped = before - set(now)
    cells = [(picture, now.get(picture, labels[picture])) for picture in searched.values() if picture not in dropped]
    roles = {"picture": Role.DOCUMENT, "label": Role.LABEL}
    return _plain_table(asked.name, tuple(roles), list(cells)), roles
