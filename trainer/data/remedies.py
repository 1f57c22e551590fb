"""Which rows each finding is about, and which of them one click can safely leave out.

Safe is what takes nothing from the data but what the finding names, and leaves enough to learn from and to judge by.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from trainer.data.assigning import FEWEST_QUERIES, FEWEST_TEST_QUERIES
from trainer.data.checks import DOMINATING_ITEM
from trainer.data.findings import Finding, say
from trainer.data.own_split import Part
from trainer.data.pairs import SplitDataset
from trainer.data.picture_checks import dominating_share
from trainer.data.query_groups import query_groups
from trainer.data.rows import DataRow, DataTable, rows_of
from trainer.data.text_checks import reads_the_same

MOST_ROWS = 20_000
"""Of one finding, that are kept by number."""
_MOST_LEFT_OUT = 0.5  # of all rows; what more than half of them have is no fault of some rows
_FEWEST_OF_ONE = 5  # rows of a dominating item that stay; with fewer, the others are what is missing


@dataclass(frozen=True)
class FindingRows:
    """Numbers of rows: `about` of all that a finding is about, `drop` of those that its click leaves out, `edit` of
    those from which it takes the invisible characters."""

    about: list[int] = field(default_factory=list)
    drop: list[int] = field(default_factory=list)
    edit: list[int] = field(default_factory=list)

    def as_dict(self) -> dict[str, list[int]]:
        """Plain values, for JSON."""
        return dict(vars(self))


def with_rows(findings: Iterable[Finding], split: SplitDataset) -> tuple[list[Finding], dict[str, FindingRows]]:
    """The findings with their rows counted and their click, where one is safe; and {kind: rows} of those with any."""
    table = rows_of(split)
    told, found = [], {}
    for finding in findings:
        rows = _about(finding, table)
        if not rows:
            told.append(finding)
            continue
        words, drop, edit = _click(finding, rows, split, table)
        found[finding.kind] = FindingRows(_numbers(rows)[:MOST_ROWS], _numbers(drop), _numbers(edit))
        told.append(
            replace(
                finding,
                example_rows=_example_rows(finding, rows),
                n_rows=len(rows),
                n_of=len(table.rows),
                fix=words,
                n_drop=len(drop),
                n_drop_judged=sum(row.part is Part.JUDGE for row in drop),
                n_edit=len(edit),
            )
        )
    return told, found


def _about(finding: Finding, table: DataTable) -> list[DataRow]:
    if finding.about is None:
        return []
    texts, columns = set(finding.about.texts), finding.about.columns
    rows = [row for row in table.rows if any(getattr(row, column) in texts for column in columns)]
    if finding.kind == "query_is_document":
        return [row for row in rows if row.gain > 0 and reads_the_same(row.question, row.item)]
    return rows


def _example_rows(finding: Finding, rows: list[DataRow]) -> list[int | None]:
    """The first row of each example's text; examples and texts begin alike."""
    about = finding.about
    assert about is not None
    shown = list(about.texts)[: len(finding.examples)]
    first: dict[str, int] = {}
    for row in rows:
        for column in about.columns:
            first.setdefault(getattr(row, column), row.number)
    return [first.get(text) for text in shown]


def _numbers(rows: list[DataRow]) -> list[int]:
    return [row.number for row in rows]


def _click(
    finding: Finding, rows: list[DataRow], split: SplitDataset, table: DataTable
) -> tuple[str, list[DataRow], list[DataRow]]:
    """What a click does in words, the rows that it leaves out, and those that it writes anew; blank where none is
    safe."""
    if finding.kind == "invisible_characters" and len(rows) <= MOST_ROWS:
        return "Take them out", [], rows
    if finding.kind not in _CLICKS:
        return "", [], []
    words, drop = _CLICKS[finding.kind](rows, split)
    if not drop or len(drop) > MOST_ROWS or not _enough_stays(drop, table):
        return "", [], []
    if finding.kind in _OF_SOME and len(drop) > _MOST_LEFT_OUT * len(table.rows):
        return "", [], []
    return words, drop, []


def _enough_stays(drop: list[DataRow], table: DataTable) -> bool:
    gone = {row.number for row in drop}
    stay = [row for row in table.rows if row.number not in gone and row.gain > 0]
    judged = {row.query_id for row in stay if row.part is Part.JUDGE}
    learned = {row.query_id for row in stay} - judged
    if table.labelled and len({row.item for row in stay if row.part is not Part.JUDGE}) < 2:
        return False
    return len(learned) >= FEWEST_QUERIES and len(judged) >= FEWEST_TEST_QUERIES


def _all(rows: list[DataRow], split: SplitDataset) -> tuple[str, list[DataRow]]:
    return f"Leave {'this row' if len(rows) == 1 else f'these {len(rows):,} rows'} out", rows


def _repeated(rows: list[DataRow], split: SplitDataset) -> tuple[str, list[DataRow]]:
    """Rows that say of one item what the row of a near-identical question said before."""
    groups = query_groups(split.data)
    seen: dict[tuple[object, ...], str] = {}
    drop = []
    for row in rows:
        said = (groups[row.query_id], row.document_id, row.gain, row.grade, row.segment)
        if seen.setdefault(said, row.query_id) != row.query_id:
            drop.append(row)
    return "Keep one of each that says the same", drop


def _look_alikes(rows: list[DataRow], split: SplitDataset) -> tuple[str, list[DataRow]]:
    """Labelled pictures that look like an earlier one of the same label."""
    if not split.data.labels:
        return "", []
    seen: set[tuple[str, str]] = set()
    drop = []
    for row in rows:
        look = (split.data.alike.get(row.question, row.question), row.item)
        if look in seen:
            drop.append(row)
        seen.add(look)
    return "Keep one of each with the same label", drop


def _capped_item(rows: list[DataRow], split: SplitDataset) -> tuple[str, list[DataRow]]:
    right = [row for row in rows if row.gain > 0]
    return _capped(right, len(split.data.queries) - len({row.query_id for row in right}), DOMINATING_ITEM)


def _capped_label(rows: list[DataRow], split: SplitDataset) -> tuple[str, list[DataRow]]:
    labels = Counter(split.data.labels.values())
    return _capped(rows, len(split.data.labels) - len(rows), dominating_share(len(labels)))


def _capped(rows: list[DataRow], n_others: int, share: float) -> tuple[str, list[DataRow]]:
    """As many rows that at most this share of all is about one item; each side of the split keeps its part."""
    most = int(n_others * share / (1 - share))
    if not _FEWEST_OF_ONE <= most < len(rows):
        return "", []
    chance = random.Random(0)  # noqa: S311 - a sample needs no secrecy, but must repeat
    kept: set[int] = set()
    for part in Part:
        side = [row.number for row in rows if row.part is part]
        kept.update(chance.sample(side, most * len(side) // len(rows)))
    return f"Keep {say(len(kept), 'row', 'rows')} of it", [row for row in rows if row.number not in kept]


_CLICKS: dict[str, Callable[[list[DataRow], SplitDataset], tuple[str, list[DataRow]]]] = {
    "query_is_document": _all,
    "short_texts": _all,
    "small_pictures": _all,
    "near_duplicates": _repeated,
    "look_alikes": _look_alikes,
    "dominating_item": _capped_item,
    "dominating_label": _capped_label,
}
_OF_SOME = frozenset({"query_is_document", "short_texts", "small_pictures"})
