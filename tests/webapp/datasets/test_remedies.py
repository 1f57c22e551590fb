"""One click on a finding, a contradiction decided, a row left out written anew, and every kind of cell corrected."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.datasets.making import csv_bytes, frozen_version, mended_version, rows_of_examples, stored_and_read
from trainer.data.frozen import thaw
from trainer.data.pairs import PairDataset
from webapp.accounts.models import Person
from webapp.datasets.browsing import table_of
from webapp.datasets.corrections import pending_corrections
from webapp.datasets.doubts import Pair, doubt_report
from webapp.datasets.jobs import freeze_version
from webapp.datasets.models import Correction, DatasetVersion
from webapp.datasets.services import version_create
from webapp.projects.models import Project

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Person], Client]
HEADER = ("question", "answer", "score", "segment")


def _version(project: Project) -> DatasetVersion:
    """Scored rows in two segments: one text with a character that nobody sees, two too short, a contradiction, and a
    row without a question."""
    rows = [
        (*pair, "4" if n % 5 else "3", "north" if n % 2 else "south") for n, pair in enumerate(rows_of_examples(80))
    ]
    rows[20] = (rows[20][0].replace(" ", " \u200b", 1), *rows[20][1:])
    odd = [("ok", "Order a laptop"), ("?", "Clean a badge"), (rows[9][0], rows[9][1], "0"), ("", "Reset a badge")]
    content = csv_bytes([*rows, *((*row, *("4", "north")[len(row) - 2 :]) for row in odd)], HEADER)
    version = version_create(project=project, examples=stored_and_read(project, content))
    freeze_version(version.pk, version.attempt)
    version.refresh_from_db()
    assert version.status == "done", version.error
    return version


def _at(name: str, version: DatasetVersion, *more: object) -> str:
    return reverse(name, args=(version.project_id, version.number, *more))


def _data(version: DatasetVersion) -> PairDataset:
    with version.frozen.open("rb") as stored:
        return thaw(stored.read())[0].data


def test_a_click_says_what_it_does_and_is_undone_or_saved(client_of: ClientOf, owner: Person, project: Project) -> None:
    version, client = _version(project), client_of(owner)
    page = client.get(_at("version_detail", version)).content.decode()
    assert "Leave these 2 rows out" in page
    assert "Leaves out 2 of 81 rows" in page
    about = client.get(_at("version_rows", version), {"finding": "short_texts"})
    assert [row.cells[0].text for row in about.context["rows"]] == ["ok", "?"]
    fix = _at("finding_fix", version, "short_texts")
    page = client.post(fix, follow=True).content.decode()
    assert "2 rows left out, not saved yet" in page
    assert len(pending_corrections(version=version, by=owner)) == 2
    assert "2 changes taken back" in client.post(fix, {"undo": "yes"}, follow=True).content.decode()
    assert not Correction.objects.exists()
    client.post(_at("row_drop", version, table_of(version).rows[-1].number))  # by hand: not the click's to undo
    client.post(fix)
    client.post(fix)
    client.post(fix, {"undo": "yes"})
    assert len(pending_corrections(version=version, by=owner)) == 1
    client.post(fix)
    changes = client.get(_at("version_rows", version)).content.decode()
    assert "because 2 texts have fewer than 3 letters" in changes
    assert client.post(_at("finding_fix", version, "long_texts")).status_code == 404
    assert "Changes 1 of 81 rows." in page
    page = client.post(_at("finding_fix", version, "invisible_characters"), follow=True).content.decode()
    assert "1 cell changed, not saved yet" in page
    mended = mended_version(version)
    assert mended.status == "done", mended.error
    before, after = set(_data(version).queries.values()), set(_data(mended).queries.values())
    assert before - after == {"ok", "?", rows_of_examples()[20][0].replace(" ", " \u200b", 1)}
    assert after - before == {rows_of_examples()[20][0]}
    assert not {"short_texts", "invisible_characters"} & {finding["kind"] for finding in mended.findings}
    page = client.get(_at("version_detail", mended)).content.decode()
    assert "Version 1 with 2 rows dropped and 1 cell changed" in page
    assert "<strong>1 row left out</strong> because 2 texts have fewer than 3 letters" in page  # the other one by hand


def test_a_contradiction_is_decided_and_a_row_left_out_is_written_anew(
    client_of: ClientOf, owner: Person, project: Project
) -> None:
    version, client = _version(project), client_of(owner)
    question, item = rows_of_examples(10)[9]
    decide = {"question": question, "item": item, "match": "yes", "decides": "conflicts"}
    assert "They match, not saved yet" in client.post(_at("row_add", version), decide, follow=True).content.decode()
    client.post(_at("row_add", version), decide)  # once more changes nothing
    places = [place for place, row in enumerate(version.rejected) if "has no question" in row["reason"]]
    form = client.get(_at("version_rows", version), {"add": places[0]})
    adding = form.context["adding"]
    assert (adding.question, adding.item, adding.matches) == ("", "Reset a badge", True)
    assert "row 85" in adding.place
    sent = {"question": "", "item": adding.item, "match": "yes"}
    refused = client.post(_at("row_add", version), sent)
    assert refused.status_code == 422
    assert "This cell is empty. Write the question" in refused.content.decode()
    twice = {"question": table_of(version).rows[0].question, "item": table_of(version).rows[0].item}
    assert "says the same already" in client.post(_at("row_add", version), twice).content.decode()
    client.post(_at("row_add", version), {**sent, "question": "my badge forgot me"})
    assert [change.before for change in pending_corrections(version=version, by=owner)] == [
        f"{question} → {item}",
        "my badge forgot me → Reset a badge",
    ]
    data = _data(mended_version(version))
    said = {data.queries[q]: {data.documents[d] for d in gains} for q, gains in data.relevance.items()}
    assert said[question] == {item}
    assert said["my badge forgot me"] == {"Reset a badge"}


def test_score_and_segment_are_cells_too(client_of: ClientOf, owner: Person, project: Project) -> None:
    version, client = _version(project), client_of(owner)
    row = table_of(version).rows[0]
    cells = {"question": row.question, "item": row.item, "score": "88,5%", "segment": "west"}
    wrong = client.post(_at("row_edit", version, row.number), {**cells, "score": "101"})
    assert wrong.status_code == 422
    assert "Write a number from 0 to 100" in wrong.content.decode()
    client.post(_at("row_edit", version, row.number), cells)
    shown = client.get(_at("version_rows", version), {"edit": row.number})
    first = shown.context["rows"][0]
    assert (first.says.text, first.says.before, first.says.entered) == ("they match, 88.5%", "they match, 75%", "88.5")
    assert (first.segment.text, first.segment.before) == ("west", "south")
    assert "75% becomes" in " ".join(shown.content.decode().replace("<del>", "").replace("</del>", "").split())
    data = _data(mended_version(version))
    query = next(q for q, text in data.queries.items() if text == row.question)
    assert data.segments[query] == "west"
    assert list(data.grades[query].values()) == list(data.relevance[query].values()) == [0.885]


def test_links_lead_to_a_row_on_its_page_with_the_cell_in_focus(
    client_of: ClientOf, owner: Person, project: Project
) -> None:
    version, client = frozen_version(project), client_of(owner)
    page = client.get(_at("version_rows", version), {"edit": 57})
    assert page.context["page"].number == 2
    assert 'id="cell-question" form="edit-row" name="question" rows="3" autofocus' in page.content.decode()
    assert page.content.decode().count(" autofocus") == 1
    row = table_of(version).rows[56]
    pair = Pair(row.query_id, row.document_id, row.question, row.item, True)
    doubt_report(version=version, pair=pair, by=owner, run_number=1)
    link = f"{_at('version_rows', version)}?question_id={row.query_id}&amp;item_id={row.document_id}"
    assert link in client.get(_at("version_detail", version)).content.decode()
    assert client.get(link.replace("&amp;", "&"))["Location"].endswith("?edit=57")
    client.post(_at("row_edit", version, 57), {"question": row.question, "item": row.item, "match": "no"})
    assert "Row 57" in client.get(_at("version_rows", version)).content.decode()
    assert [(each.column, each.text) for each in pending_corrections(version=version, by=owner)] == [("match", "no")]


def test_a_column_of_numbers_gives_way_to_one_with_words(
    client_of: ClientOf, owner: Person, teammate: Person, project: Project
) -> None:
    rows = [(question, str(7000 + n % 39), item) for n, (question, item) in enumerate(rows_of_examples())]
    upload = stored_and_read(project, csv_bytes(rows, ("question", "answer", "remark")))
    upload.roles = {"question": "query", "answer": "document", "remark": "ignore"}
    upload.save()
    version, client = version_create(project=project, examples=upload), client_of(owner)
    freeze_version(version.pk, version.attempt)
    version.refresh_from_db()
    address = _at("finding_column", version, "codes_as_items")
    page = client.get(_at("version_detail", version)).content.decode()
    assert "with “remark” as the item in place of “answer”" in page
    assert client_of(teammate).post(address).status_code == 404
    assert client.post(_at("finding_column", version, "codes_as_questions")).status_code == 404
    assert client.post(address)["Location"] == reverse("version_detail", args=(project.pk, 2))
    better = project.versions.get(number=2)
    freeze_version(better.pk, better.attempt)
    better.refresh_from_db()
    assert set(_data(better).documents.values()) == {item for _, _, item in rows}
    upload.roles = {"question": "query", "answer": "document", "remark": "ignore"}
    upload.save()
    detail = reverse("upload_detail", args=(project.pk, upload.pk))
    assert "Use column “remark” instead" in client.get(detail).content.decode()
    menus = {"role-0": "query", "role-1": "document", "role-2": "ignore", "instead": "answer"}
    assert "“remark” is the item now" in client.post(detail, menus, follow=True).content.decode()
    upload.refresh_from_db()
    assert upload.roles == {"question": "query", "answer": "ignore", "remark": "document"}
