"""Rows of a data version browsed, corrected and saved as the next version."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.datasets.making import csv_bytes, frozen_version, mended_version, rows_of_examples, stored_and_read
from trainer.data.frozen import thaw
from trainer.data.pairs import SplitDataset
from webapp.accounts.models import Person
from webapp.datasets.browsing import table_of
from webapp.datasets.corrections import pending_corrections, row_drop, row_edit, version_from_corrections
from webapp.datasets.doubts import Pair, doubt_report
from webapp.datasets.jobs import freeze_version
from webapp.datasets.models import Correction, DatasetVersion
from webapp.datasets.selectors import is_in_use
from webapp.datasets.services import version_create
from webapp.projects.models import Project

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Person], Client]


@pytest.fixture
def version(project: Project) -> DatasetVersion:
    """Sixty questions, frozen."""
    return frozen_version(project)


def _split(version: DatasetVersion) -> SplitDataset:
    with version.frozen.open("rb") as stored:
        return thaw(stored.read())[0]


def _asked(split: SplitDataset, ids: tuple[str, ...]) -> set[str]:
    return {split.data.queries[query_id] for query_id in ids}


def _at(name: str, version: DatasetVersion, *more: int) -> str:
    return reverse(name, args=(version.project_id, version.number, *more))


def test_rows_are_paged_and_searched(client_of: ClientOf, owner: Person, version: DatasetVersion) -> None:
    client = client_of(owner)
    first = client.get(_at("version_rows", version)).content.decode()
    rows = rows_of_examples()
    assert rows[0][0] in first
    assert rows[59][0] not in first
    assert rows[59][0] in client.get(_at("version_rows", version), {"page": "2"}).content.decode()
    found = client.get(_at("version_rows", version), {"q": "ROOM m12 badge"})
    numbers = [row.number for row in found.context["rows"]]
    wanted = [n for n, pair in enumerate(rows, start=1) if all(w in " ".join(pair) for w in ("room", "m12", "badge"))]
    assert numbers == wanted
    assert "No row has" in client.get(_at("version_rows", version), {"q": "zzz"}).content.decode()
    assert client.get(_at("version_rows", version), {"page": "x", "edit": "9" * 12}).status_code == 200


def test_a_version_without_readable_rows_is_not_found(
    client_of: ClientOf, owner: Person, version: DatasetVersion
) -> None:
    name = version.frozen.name
    for broken in ("", "datasets/gone.json.gz"):
        DatasetVersion.objects.filter(pk=version.pk).update(frozen=broken)
        for address, form in ((_at("row_drop", version, 1), {}), (_at("row_edit", version, 1), {"item": "x"})):
            assert client_of(owner).post(address, form).status_code == 404
        assert client_of(owner).get(_at("version_rows", version)).status_code == 404
    assert not Correction.objects.exists()
    DatasetVersion.objects.filter(pk=version.pk).update(frozen=name)
    assert client_of(owner).get(_at("version_rows", version)).context["row_count"] == 60


def test_changes_are_kept_and_make_the_next_version(
    client_of: ClientOf, owner: Person, version: DatasetVersion
) -> None:
    client, rows = client_of(owner), rows_of_examples()
    with version.frozen.open("rb") as stored:
        frozen = stored.read()
    client.post(_at("row_drop", version, 1))
    client.post(_at("row_edit", version, 2), {"question": rows[1][0], "item": "Borrow a beamer"})
    page = client.get(_at("version_rows", version)).content.decode()
    assert "2 changes, not saved yet" in page
    assert "Save as version 2" in page
    answer = client.post(_at("corrections_save", version))
    mended = version.project.versions.get(number=2)
    assert answer["Location"] == _at("version_detail", mended)
    freeze_version(mended.pk, mended.attempt)
    mended.refresh_from_db()
    assert mended.status == "done", mended.error
    before, after = _split(version), _split(mended)
    said = {
        after.data.queries[q]: {after.data.documents[d] for d in gains} for q, gains in after.data.relevance.items()
    }
    wanted = {question: {item} for question, item in rows}
    del wanted[rows[0][0]]
    wanted[rows[1][0]] = {"Borrow a beamer"}
    assert said == wanted
    for part in ("train", "validation", "test"):
        kept = _asked(before, getattr(before, part)) - {rows[0][0]}
        assert _asked(after, getattr(after, part)) == kept, part
    with version.frozen.open("rb") as stored:
        assert stored.read() == frozen
    data = client.get(reverse("data", args=(version.project_id,))).content.decode()
    assert "Version 1 with 1 row dropped and 1 cell changed" in data
    assert (
        "stays on the side that it was on in data version 1"
        in client.get(_at("version_detail", mended)).content.decode()
    )
    assert "not saved yet" not in client.get(_at("version_rows", version)).content.decode()


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        (
            {"question": "  ", "item": "Order a printer"},
            "This cell is empty. Write the question, or drop the whole row.",
        ),
        ({"question": "x", "item": "\u200b"}, "This cell is empty. Write the item"),
        ({"question": rows_of_examples()[0][0], "item": rows_of_examples()[0][1]}, "Row 1 says the same already."),
        ({"question": "x" * 10_001, "item": "y"}, "at most 10,000 fit"),
        ({"question": "half \x00", "item": "y"}, "NUL character"),
    ],
)
def test_a_bad_edit_is_told_beside_its_cell_and_keeps_what_was_entered(
    entered: dict[str, str], words: str, client_of: ClientOf, owner: Person, version: DatasetVersion
) -> None:
    answer = client_of(owner).post(_at("row_edit", version, 2), entered)
    assert answer.status_code == 422
    row = next(row for row in answer.context["rows"] if row.number == 2)
    assert words in next(cell.error for cell in row.cells if cell.error)
    assert [cell.entered for cell in row.cells] == [entered["question"], entered["item"]]
    assert words in answer.content.decode()
    assert not Correction.objects.exists()


def test_changes_can_be_undone_one_by_one_or_all(client_of: ClientOf, owner: Person, version: DatasetVersion) -> None:
    client = client_of(owner)
    for row in (1, 2, 3):
        client.post(_at("row_drop", version, row))
    client.post(_at("row_drop", version, 3))
    pending = pending_corrections(version=version, by=owner)
    assert [change.row for change in pending] == [1, 2, 3]
    client.post(_at("correction_undo", version, pending[1].pk))
    assert [change.row for change in pending_corrections(version=version, by=owner)] == [1, 3]
    client.post(_at("row_edit", version, 5), {"question": "new words", "item": rows_of_examples()[4][1]})
    client.post(_at("row_edit", version, 5), dict(zip(("question", "item"), rows_of_examples()[4], strict=True)))
    assert [change.row for change in pending_corrections(version=version, by=owner)] == [1, 3]
    assert "2 changes discarded" in client.post(_at("corrections_discard", version), follow=True).content.decode()
    assert not Correction.objects.exists()
    assert "Nothing was changed yet" in client.post(_at("corrections_save", version), follow=True).content.decode()
    assert version.project.versions.count() == 1


def test_changes_of_a_version_that_failed_are_pending_again(
    client_of: ClientOf, owner: Person, version: DatasetVersion
) -> None:
    table = table_of(version)
    version.examples.roles = {}  # as while its file is read anew; what was frozen stays
    version.examples.save()
    judged = [row.number for row in table.rows if row.part == "judge"]
    for number in judged:
        row_drop(version=version, by=owner, row=number, table=table)
    failed = mended_version(version)
    assert failed.status == "failed"
    assert "No row is left to judge by." in failed.error["cause"]
    assert len(pending_corrections(version=version, by=owner)) == len(judged)
    page = client_of(owner).get(_at("version_detail", failed)).content.decode()
    assert _at("version_retry", failed) in page
    for change in pending_corrections(version=version, by=owner)[:6]:
        client_of(owner).post(_at("correction_undo", version, change.pk))
    again = mended_version(version)
    assert again.status == "done", again.error
    assert len(_split(again).test) == 6
    page = client_of(owner).get(_at("version_detail", failed)).content.decode()
    assert "Back to the changes" in page
    assert _at("version_retry", failed) not in page


def test_a_doubted_pair_is_dropped_or_added_with_one_click(
    client_of: ClientOf, owner: Person, version: DatasetVersion
) -> None:
    table = table_of(version)
    first, other = table.rows[0], next(row for row in table.rows if row.document_id != table.rows[0].document_id)
    wrong = Pair(first.query_id, first.document_id, first.question, first.item, True)
    missing = Pair(other.query_id, first.document_id, other.question, first.item, False)
    doubted = [doubt_report(version=version, pair=pair, by=owner, run_number=1) for pair in (wrong, missing)]
    client = client_of(owner)
    for pair in doubted:
        answer = client.post(_at("doubt_settle", version, pair.pk), {"accept": "yes"}, follow=True)
        assert "waits among your changes" in answer.content.decode()
    assert client.get(_at("version_detail", version)).content.decode().count("Corrected, not saved yet") == 2
    after = _split(mended_version(version))
    said = {
        after.data.queries[q]: {after.data.documents[d] for d in gains} for q, gains in after.data.relevance.items()
    }
    assert first.question not in said
    assert said[other.question] == {other.item, first.item}
    assert not version.doubtful_pairs.filter(dismissed_at=None).exists()


def test_the_catalogue_stays_but_for_an_item_written_anew(project: Project, owner: Person) -> None:
    items = sorted({item for _, item in rows_of_examples()})
    content = csv_bytes([(item,) for item in [*items, "Nobody asked for this"]], ("item",))
    catalogue = stored_and_read(project, content, "items.csv", "catalogue")  # type: ignore[arg-type]
    version = version_create(project=project, examples=stored_and_read(project), catalogue=catalogue)
    freeze_version(version.pk, version.attempt)
    version.refresh_from_db()
    table = table_of(version)
    target = items[0]
    for row in (row for row in table.rows if row.item == items[1]):
        row_drop(version=version, by=owner, row=row.number, table=table)
    for row in (row for row in table.rows if row.item == target):
        row_edit(version=version, by=owner, row=row.number, entered={"item": "Better words"}, table=table)
    after = _split(mended_version(version))
    assert set(after.data.documents.values()) == {*items, "Nobody asked for this", "Better words"} - {target}


def test_only_the_owner_browses_and_changes(
    client_of: ClientOf, owner: Person, teammate: Person, outsider: Person, version: DatasetVersion
) -> None:
    row_drop(version=version, by=owner, row=1, table=table_of(version))
    change = Correction.objects.get()
    posts = {
        _at("row_drop", version, 2): {},
        _at("row_edit", version, 2): {"question": "a", "item": "b"},
        _at("row_add", version): {"question": "a", "item": "b"},
        reverse("finding_fix", args=(version.project_id, version.number, "near_duplicates")): {"undo": "yes"},
        _at("correction_undo", version, change.pk): {},
        _at("corrections_discard", version): {},
        _at("corrections_save", version): {},
    }
    for stranger in (teammate, outsider):
        assert client_of(stranger).get(_at("version_rows", version)).status_code == 404
        for address, form in posts.items():
            assert client_of(stranger).post(address, form).status_code == 404
    assert list(Correction.objects.values_list("pk", "saved_as")) == [(change.pk, None)]
    assert version.project.versions.count() == 1
    for address, form in posts.items():
        assert client_of(owner).get(address).status_code == 405
        assert Client().post(address, form)["Location"].startswith(reverse("login"))
    assert client_of(owner).post(_at("row_drop", version, 61)).status_code == 404
    assert rows_of_examples()[0][0] in client_of(owner).get(_at("version_rows", version)).content.decode()


def test_changes_belong_to_a_person_and_are_saved_once(
    owner: Person, teammate: Person, version: DatasetVersion
) -> None:
    table = table_of(version)
    row_drop(version=version, by=owner, row=1, table=table)
    row_drop(version=version, by=teammate, row=2, table=table)
    mended = version_from_corrections(version=version, by=owner)
    assert [change.row for change in mended.corrections.all()] == [1]
    assert [change.row for change in pending_corrections(version=version, by=teammate)] == [2]
    assert pending_corrections(version=version, by=owner) == []


def test_a_version_continues_with_more_data(
    client_of: ClientOf, owner: Person, teammate: Person, outsider: Person, version: DatasetVersion
) -> None:
    rows = rows_of_examples()
    before = _split(version)
    judged = _asked(before, before.test)
    repeated = next(question for question, _ in rows if question in judged)
    more = [
        ("a wholly new wish", "Buy a kettle"),
        (rows[1][0], "Order a spare printer"),
        (repeated, "Buy a lamp"),
        rows[2],
        ("", "x"),
    ]
    added_rows = "1 row" if rows[1][0] in judged else "2 rows"
    added = stored_and_read(version.project, csv_bytes(more), "more.csv")
    address, form = _at("version_continue", version), {"added": added.pk}
    for stranger in (teammate, outsider):
        assert client_of(stranger).post(address, form).status_code == 404
    client = client_of(owner)
    assert "more.csv" in client.get(_at("version_detail", version)).content.decode()
    assert "No other file of examples" in client.post(address, {"added": "7x"}, follow=True).content.decode()
    assert version.project.versions.count() == 1
    client.post(address, form)
    longer = version.project.versions.get(number=2)
    freeze_version(longer.pk, longer.attempt)
    longer.refresh_from_db()
    assert longer.status == "done", longer.error
    after = _split(longer)
    assert _asked(after, after.test) == judged
    said = {
        after.data.queries[q]: {after.data.documents[d] for d in gains} for q, gains in after.data.relevance.items()
    }
    assert said["a wholly new wish"] == {"Buy a kettle"}
    assert "Order a spare printer" in said[rows[1][0]] or rows[1][0] in judged
    assert _asked(after, after.train) == _asked(before, before.train) | {"a wholly new wish"}
    reasons = {(row["file"], row["row"]): row["reason"] for row in longer.rejected}
    assert "has no question" in reasons["more.csv", 6]
    assert "test questions" in reasons["more.csv", 4]
    page = client.get(reverse("data", args=(version.project_id,))).content.decode()
    assert f"Version 1 + more.csv: {added_rows} added, 1 already there, 2 left out" in page
    assert is_in_use(upload=added)


def test_scores_and_no_scores_are_not_mixed(version: DatasetVersion) -> None:
    rows = [(question, item, str(n % 3 + 1)) for n, (question, item) in enumerate(rows_of_examples())]
    scored = stored_and_read(version.project, csv_bytes(rows, ("question", "answer", "score")), "scored.csv")
    assert scored.roles["score"] == "score"
    failed = version_from_corrections(version=version, by=version.project.owner, added=scored)
    freeze_version(failed.pk, failed.attempt)
    failed.refresh_from_db()
    assert failed.status == "failed"
    assert "This file has scores, and the data version has none" in failed.error["cause"]
