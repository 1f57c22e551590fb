"""The rows of a data set and of a file of further examples in one table, and what became of the file's rows."""

from collections.abc import Sequence
from dataclasses import replace

from trainer.data.findings import About, Finding, few, say
from trainer.data.further import Further
from trainer.data.judgements import Judgement
from trainer.data.own_split import Part
from trainer.data.pairing import PairingResult
from trainer.data.pairs import PairDataset, SplitDataset
from trainer.data.table import RejectedRow, Table
from trainer.data.texts import folded
from trainer.errors import DataError, Place


class JoinedTable:
    """name: of the data set; last: the highest number of its rows, after which those of the file are counted on."""

    def __init__(self, name: str, last: int, further: Further | None) -> None:
        self._name, self._last, self._further = name, last, further
        table = further.table if further else None
        self._places = {last + number: table.place(number) for number in table.row_numbers} if table else {}

    def of(
        self, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], numbers: list[int], part: Part | None = None
    ) -> Table:
        """Rows of the data set, and of the file those of a part, if they are labelled pictures; else all."""
        entries = {number: str(place) for number, place in self._places.items()}
        table = Table(self._name, columns, list(rows), numbers, [], [], has_header=True, entries=entries)
        if self._further is None:
            return table
        more = self._further.table if part is None else self._further.labelled.get(part)
        if more is None:
            return table
        return replace(
            table,
            rows=[*rows, *more.rows],
            row_numbers=[*numbers, *(self._last + number for number in more.row_numbers)],
            cell_troubles={(self._last + number, i): reason for (number, i), reason in more.cell_troubles.items()},
        )

    def said(self) -> dict[Part, list[Judgement]]:
        """What the file's rows judge, by the numbers that they have here."""
        judged = self._further.said if self._further else {}
        return {
            part: [replace(each, row_number=self._last + each.row_number) for each in found]
            for part, found in judged.items()
        }

    def told_apart(self, pairing: PairingResult) -> PairingResult:
        """With the file's own places in place of entries, and with the rows of it that say nothing."""
        if self._further is None:
            return pairing
        known = {str(place): place for place in self._places.values()}

        def own(place: Place) -> Place:
            return replace(known[place.entry], column=place.column) if place.entry in known else place

        rejected = [replace(row, place=own(row.place)) for row in pairing.rejected]
        places = {query_id: own(place) for query_id, place in pairing.places.items()}
        return replace(pairing, rejected=[*self._further.rejected, *rejected], places=places)


def joined_receipt(further: Further, pairing: PairingResult, split: SplitDataset) -> dict[str, int]:
    """How many rows of the file were added, were there already, and were left out."""
    bad = {_row_of(row) for row in pairing.rejected}
    faulty = {number for number in further.table.row_numbers if further.table.place(number) in bad}
    there = further.there - faulty
    gone = {folded(text) for key, text in pairing.dataset.queries.items() if key not in split.data.queries}
    too_like = {number for number, text in further.asked.items() if text in gone} - faulty - there
    added = set(further.asked) - faulty - there - too_like
    n_rows = len(further.table.rows) + len(further.table.rejected)
    return {
        "n_added": len(added),
        "n_there": len(there),
        "n_added_left_out": n_rows - len(added) - len(there),
    }


def _row_of(rejected: RejectedRow) -> Place:
    return replace(rejected.place, column="")


def check_adds(further: Further, counts: dict[str, int], name: str) -> None:
    """Raise DataError when no row of the file adds anything."""
    if counts["n_added"]:
        return
    left_out, there = counts["n_added_left_out"], say(counts["n_there"], "row says", "rows say")
    cause = f"{there} what is in {name[:1].lower()}{name[1:]} already" if counts["n_there"] else "No row can be used"
    cause += f", and {say(left_out, 'was', 'were')} left out." if left_out and counts["n_there"] else "."
    raise DataError(
        f"This file adds nothing: {cause}", "Choose a file with further examples.", Place(further.table.name)
    )


def joined_findings(
    further: Further, counts: dict[str, int], pairing: PairingResult, split: SplitDataset, earlier: PairDataset
) -> list[Finding]:
    """What a person should know of the file beside what is there already."""
    name = further.table.name
    found = []
    if counts["n_there"]:
        rows = [str(further.table.place(number)) for number in sorted(further.there)]
        found.append(
            Finding(
                "there_already",
                "info",
                counts["n_there"],
                f"{say(counts['n_there'], 'row', 'rows')} of {name} "
                f"{'says' if counts['n_there'] == 1 else 'say'} what is there already",
                "Learning the same twice teaches nothing more.",
                few(rows),
                "",
                done="Each counts once, on the side of the split that it was on.",
            )
        )
    return [*found, *_new_look_alikes(name, pairing, split, earlier)]


_WHAT_OF_THEM = {
    True: "A picture to judge by that was all but learned would flatter the model.",
    False: "Each picture is an item of its own, and right is only the one that a row names.",
}
_DONE = {True: "Each is kept on the side of the split of those that it looks like.", False: ""}


def _new_look_alikes(name: str, pairing: PairingResult, split: SplitDataset, earlier: PairDataset) -> list[Finding]:
    """Pictures of the file that look like earlier ones and are not the very same."""
    before = {*earlier.documents.values(), *(earlier.queries.values() if earlier.task.has_picture_queries else ())}
    data = pairing.dataset
    # the first of a group is an earlier one wherever the group has any
    alike = {key: first for key, first in data.alike.items() if key not in before and first in before}
    if not alike:
        return []
    looks = "looks" if len(alike) == 1 else "look"
    left_out = {data.queries[key] for key in data.queries if key not in split.data.queries} & set(alike)
    judged = f" {say(len(left_out), 'was', 'were')} left out for looking like a test picture." if left_out else ""
    return [
        Finding(
            "look_like_earlier",
            "info",
            len(alike),
            f"{say(len(alike), 'picture', 'pictures')} of {name} {looks} like earlier ones",
            _WHAT_OF_THEM[data.task.has_picture_queries],
            few(f"{data.captions.get(key, key)} ≈ {data.captions.get(first, first)}" for key, first in alike.items()),
            "Leave them out where they were not meant to be there twice.",
            About(list(alike)),
            done=f"{_DONE[data.task.has_picture_queries]}{judged}",
        )
    ]
