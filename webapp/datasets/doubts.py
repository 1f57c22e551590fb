"""Pairs that people think are labelled wrongly: the review list of a data version."""

from dataclasses import dataclass

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion, Doubt, DoubtfulPair
from webapp.datasets.tables import workbook_of

LONGEST_NOTE = 1_000


@dataclass(frozen=True)
class Pair:
    """A question and an item as a report shows them; the fields of DoubtfulPair."""

    query_id: str
    document_id: str
    question: str
    item: str
    marked_right: bool
    question_picture: str = ""
    item_picture: str = ""


def doubt_report(*, version: DatasetVersion, pair: Pair, by: Person, run_number: int, note: str = "") -> DoubtfulPair:
    """Put a pair on the review list. One that is there already gets the note as well, and is open again if it was
    dismissed; the same person's same words are kept once."""
    names = {"query_id": pair.query_id[:200], "document_id": pair.document_id[:200]}
    shown = {name: value for name, value in vars(pair).items() if name not in names}
    note = " ".join(note.split())[:LONGEST_NOTE]
    with transaction.atomic():
        found, _ = DoubtfulPair.objects.get_or_create(version=version, **names, defaults=shown)
        if found.dismissed_at is not None:
            _settle(found, by=None)
        if not found.doubts.filter(by=by, note=note, run_number=run_number).exists():
            Doubt.objects.create(pair=found, by=by, note=note, run_number=run_number)
    return found


def doubt_dismiss(*, pair: DoubtfulPair, by: Person) -> None:
    """The label is right after all, or was corrected."""
    _settle(pair, by=by)


def doubt_reopen(*, pair: DoubtfulPair) -> None:
    """Back to the open ones."""
    _settle(pair, by=None)


def _settle(pair: DoubtfulPair, by: Person | None) -> None:
    pair.dismissed_at, pair.dismissed_by = (timezone.now() if by else None), by
    pair.save(update_fields=["dismissed_at", "dismissed_by"])


def doubtful_pairs(*, version: DatasetVersion) -> tuple[list[DoubtfulPair], list[DoubtfulPair]]:
    """The open ones and the dismissed ones, each with its doubts."""
    pairs = list(version.doubtful_pairs.prefetch_related("doubts__by").select_related("dismissed_by"))
    return [each for each in pairs if not each.dismissed_at], [each for each in pairs if each.dismissed_at]


def doubtful_pair_of(*, version: DatasetVersion, pair_id: int) -> DoubtfulPair:
    """This pair of this version; 404 when there is none."""
    pair = version.doubtful_pairs.filter(pk=pair_id).first()
    if pair is None:
        raise Http404("No such pair")
    return pair


def doubted_documents(*, version: DatasetVersion, query_id: str) -> list[DoubtfulPair]:
    """The open pairs of one question, each with its doubts."""
    return list(
        version.doubtful_pairs.filter(query_id=query_id[:200], dismissed_at=None).prefetch_related("doubts__by")
    )


def doubted_questions(*, version: DatasetVersion) -> set[str]:
    """The ids of the questions that have an open pair."""
    return set(version.doubtful_pairs.filter(dismissed_at=None).values_list("query_id", flat=True))


def doubts_workbook(*, version: DatasetVersion) -> bytes:
    """An XLSX of all pairs, open ones first, a row for each doubt."""
    opened, dismissed = doubtful_pairs(version=version)
    header = ["Question", "Item", "The data says", "State", "Doubted by", "On", "In run", "Note"]
    rows = [
        [
            pair.question,
            pair.item,
            "they match" if pair.marked_right else "no match",
            "dismissed" if pair.dismissed_at else "open",
            str(doubt.by or "somebody"),
            f"{doubt.at:%Y-%m-%d %H:%M}",
            doubt.run_number,
            doubt.note,
        ]
        for pair in (*opened, *dismissed)
        for doubt in pair.doubts.all()
    ]
    return workbook_of(title="Doubtful pairs", header=header, rows=rows)
