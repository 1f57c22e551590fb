"""A label reported as wrong in a report: the review list of the data, its merging, its download, and who may."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.pictures import make_picture_run
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.datasets.doubts import doubt_report
from webapp.datasets.models import Doubt, DoubtfulPair
from webapp.reports.doubting import pair_choices
from webapp.runs.models import Run
from webapp.runs.reports import report_of

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]


@pytest.fixture
def run(owner: Person) -> Run:
    """A finished run with 30 test questions."""
    return make_run(make_version(owner), make_report(realistic_ranks(30)))


def url(run: Run, query_id: str = "q3") -> str:
    return reverse("report_doubt", args=(run.project_id, run.number, query_id))


def version_page(client: Client, run: Run) -> str:
    return client.get(reverse("version_detail", args=(run.project_id, run.dataset.number))).content.decode()


def test_a_pair_goes_to_the_review_list_and_is_told_where_it_was_reported(
    run: Run, owner: Person, client_of: ClientOf
) -> None:
    client = client_of(owner)
    page = client.get(reverse("report_question", args=(run.project_id, run.number, "q3"))).content.decode()
    assert "Report a wrong label" in page
    assert '<option value="d3">' in page.split("Not marked right, but is")[0], "the right item"
    assert '<option value="d4">' in page.split("Not marked right, but is")[1], "one that was found"
    assert "doubts-title" not in version_page(client, run)

    answer = client.post(url(run), {"item": "d3", "note": "  It is about\ninvoices "}, follow=True).content.decode()

    assert "It is on the review list of data version 1." in answer
    assert "In review: 1 pair of this question" in answer
    pair = DoubtfulPair.objects.get()
    assert (pair.query_id, pair.document_id, pair.marked_right) == ("q3", "d3", True)
    listed = version_page(client, run).split('id="doubts"')[1]
    for words in ("1 doubtful pair<", pair.question, "Article 3: how to", "“It is about invoices”", "Olive", "run 1"):
        assert words in listed
    report = client.get(reverse("report", args=(run.project_id, run.number)), {"sort": "name"}).content.decode()
    data = client.get(reverse("data", args=(run.project_id,))).content.decode()
    assert "1 to review" in data
    assert report.count("is-doubted") == ("(3)" in report)


def test_duplicates_merge_and_nothing_is_lost(run: Run, owner: Person, teammate: Person) -> None:
    report = report_of(run=run)
    assert report is not None
    right, others = pair_choices(report, "q3")
    for by, note in ((owner, "wrong"), (owner, "wrong "), (owner, "really"), (teammate, "wrong")):
        doubt_report(version=run.dataset, pair=right[0].pair, by=by, run_number=1, note=note)
    doubt_report(version=run.dataset, pair=others[0].pair, by=owner, run_number=1)
    assert DoubtfulPair.objects.count() == 2
    first = DoubtfulPair.objects.get(document_id="d3")
    assert [(each.by, each.note) for each in first.doubts.all()] == [
        (owner, "wrong"),
        (owner, "really"),
        (teammate, "wrong"),
    ]
    assert not DoubtfulPair.objects.exclude(document_id="d3").get().marked_right


def test_a_dismissed_pair_is_kept_and_comes_back(run: Run, owner: Person, client_of: ClientOf) -> None:
    client = client_of(owner)
    client.post(url(run), {"item": "d3", "note": "odd"})
    pair = DoubtfulPair.objects.get()
    settle = reverse("doubt_settle", args=(run.project_id, 1, pair.pk))
    page = client.post(settle, follow=True).content.decode()
    assert "Nothing is left to review." in page
    assert "1 dismissed" in page
    assert "to review</a>" not in client.get(reverse("data", args=(run.project_id,))).content.decode()
    assert "In review" not in client.get(reverse("report_question", args=(run.project_id, 1, "q3"))).content.decode()
    assert "1 doubtful pair<" in client.post(settle, {"reopen": "yes"}, follow=True).content.decode()
    client.post(settle)
    client.post(url(run), {"item": "d3", "note": "still odd"})
    pair.refresh_from_db()
    assert pair.dismissed_at is None
    assert [each.note for each in pair.doubts.all()] == ["odd", "still odd"]


def test_the_download_has_every_doubt_and_no_formula(run: Run, owner: Person, client_of: ClientOf) -> None:
    client = client_of(owner)
    client.post(url(run), {"item": "d3", "note": "=HYPERLINK(1)"})
    client.post(url(run), {"item": "d3", "note": "again"})
    content = client.get(reverse("version_doubts", args=(run.project_id, 1))).content
    rows = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[0][:4] == ("Question", "Item", "The data says", "State")
    assert [row[7] for row in rows[1:]] == ["'=HYPERLINK(1)", "again"]
    assert {row[2:5] for row in rows[1:]} == {("they match", "open", "Olive")}


@pytest.mark.parametrize("item", ["", "d59999", "<script>"])
def test_an_item_that_the_question_does_not_have_is_refused(
    item: str, run: Run, owner: Person, client_of: ClientOf
) -> None:
    answer = client_of(owner).post(url(run), {"item": item}, follow=True).content.decode()
    assert "nothing was reported" in answer
    assert not DoubtfulPair.objects.exists()
    assert client_of(owner).post(url(run, "q999"), {"item": "d3"}).status_code == 404


def test_a_picture_is_shown_in_the_review_list(owner: Person, client_of: ClientOf, tmp_path: Path) -> None:
    run = make_picture_run(owner, "image-image", tmp_path, realistic_ranks(8), by_label=True)
    client = client_of(owner)
    client.post(url(run, "q1"), {"item": "d1"})
    pair = DoubtfulPair.objects.get()
    assert pair.item == "shapes/picture-1.jpg (boot)"
    page = version_page(client, run)
    for key in (pair.question_picture, pair.item_picture):
        assert reverse("datasets:thumbnail", args=(run.dataset_id, key)) in page


def test_owner_teammate_and_outsider(
    run: Run, owner: Person, teammate: Person, outsider: Person, client_of: ClientOf
) -> None:
    client_of(owner).post(url(run), {"item": "d3"})
    pair = DoubtfulPair.objects.get()
    doors = (url(run), reverse("doubt_settle", args=(run.project_id, 1, pair.pk)))
    download = reverse("version_doubts", args=(run.project_id, 1))
    for stranger in (teammate, outsider):
        assert [client_of(stranger).post(door, {"item": "d4"}).status_code for door in doors] == [404, 404]
        assert client_of(stranger).get(download).status_code == 404
        theirs = make_version(stranger)
        assert (
            client_of(stranger).post(reverse("doubt_settle", args=(theirs.project_id, 1, pair.pk))).status_code == 404
        )
    for door in doors:
        assert Client().post(door)["Location"].startswith(reverse("login"))
    pair.refresh_from_db()
    assert (Doubt.objects.count(), pair.dismissed_at) == (1, None)
