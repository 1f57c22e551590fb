"""The report's pages and downloads, and who may see them."""

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.rows import make_run, make_version
from tests.webapp.reports.turns import in_turns
from webapp.accounts.models import Person
from webapp.runs import reports
from webapp.runs.models import Run

ClientOf = Callable[[Person], Client]


@pytest.fixture
def run(owner: Person) -> Run:
    """A finished run with 60 questions, 40 of them about known items."""
    return make_run(make_version(owner), make_report(realistic_ranks(60), known=40))


def url(run: Run, name: str, **more: Any) -> str:
    return reverse(name, kwargs={"project_id": run.project_id, "number": run.number, **more})


def get(client: Client, run: Run, name: str, **more: Any) -> str:
    answer = client.get(url(run, name, **more))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "name",
    ["report", "report_charts", "report_html", "report_json", "report_xlsx", "model_download", "model_checksum"],
)
def test_only_the_owner_sees_it(name: str, run: Run, owner: Person, outsider: Person, client_of: ClientOf) -> None:
    assert client_of(owner).get(url(run, name)).status_code == 200
    assert client_of(outsider).get(url(run, name)).status_code == 404
    assert Client().get(url(run, name)).status_code == 302
    unknown = reverse(name, kwargs={"project_id": run.project_id, "number": 99})
    assert client_of(owner).get(unknown).status_code == 404


def test_a_teammates_project_is_hidden_too(run: Run, teammate: Person, client_of: ClientOf) -> None:
    assert client_of(teammate).get(url(run, "report_question", query_id="q1")).status_code == 404


def test_the_page_says_it_in_words(run: Run, owner: Person, client_of: ClientOf) -> None:
    page = get(client_of(owner), run, "report")
    for words in (
        "A real improvement",
        "Known items",
        "New items",
        "A plain keyword search",
        "Judged by one measure that was named before the run: ranking quality (nDCG@10)",
        "If learning had changed nothing, chance alone would make a difference of this size",
        "Keyword search: <strong",
        "Better, and more than chance.",
        "Tried 2 ways of learning",
        "40, set aside: no model learned from them",
    ):
        assert words in page
    assert "style=" not in page


def test_examples_that_took_turns(owner: Person, client_of: ClientOf) -> None:
    page = get(
        client_of(owner), make_run(make_version(owner), make_report(realistic_ranks(60), **in_turns())), "report"
    )
    assert "Tried 3 ways of learning; half-way from the base model to “4 look-alikes” did best" in page
    assert "1,331, the same, taking turns" in page
    assert "set aside" not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdict": "worse"}, "Worse than before"),
        ({"verdict": "same"}, "Too close to call"),
        ({"verdict": "same", "blend": 0.0}, "The base model was kept"),
    ],
)
def test_the_other_verdicts(changes: dict[str, Any], words: str, owner: Person, client_of: ClientOf) -> None:
    run = make_run(make_version(owner), make_report(realistic_ranks(20), **changes))
    assert words in get(client_of(owner), run, "report")


def test_a_run_without_a_report_leads_to_its_own_page(owner: Person, client_of: ClientOf) -> None:
    run = make_run(make_version(owner), status="running")
    answer = client_of(owner).get(url(run, "report"), follow=True)
    assert answer.redirect_chain == [(url(run, "run_detail"), 302)]
    assert "has no report yet" in answer.content.decode()


def test_explorer_filters_and_pages(run: Run, owner: Person, client_of: ClientOf) -> None:
    client = client_of(owner)
    part = client.get(url(run, "report"), {"show": "lost"}, headers={"HX-Request": "true", "HX-Target": "explorer"})
    text = part.content.decode()
    assert "is-lost" in text
    assert "is-won" not in text
    assert "<html" not in text
    second = client.get(url(run, "report"), {"page": "2"}).content.decode()
    assert "26 to 50 shown" in second
    assert "No question fits" in client.get(url(run, "report"), {"text": "zebra"}).content.decode()
    assert client.get(url(run, "report"), {"show": "'--", "sort": "x", "page": "x"}).status_code == 200


def test_question_as_page_and_as_fragment(run: Run, owner: Person, client_of: ClientOf) -> None:
    client = client_of(owner)
    page = get(client, run, "report_question", query_id="q3")
    assert "Before: the base model" in page
    assert "Right answer" in page
    fragment = client.get(url(run, "report_question", query_id="q3"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert client.get(url(run, "report_question", query_id="nope")).status_code == 404


def test_of_long_texts_the_beginning_is_shown_and_all_of_them_at_a_click(owner: Person, client_of: ClientOf) -> None:
    report: Any = make_report([(2, 1, 1)])
    report["queries"][0]["query"] = asked = "Straßenbahnhaltestellenfahrplan " * 20 + "?"
    report["documents"]["d0"] = found = "Arbeiterunfallversicherungsgesetz " * 30 + "!"
    run = make_run(make_version(owner), report)
    page = client_of(owner).get(url(run, "report_question", query_id="q0")).content.decode()
    for text in (asked, found):
        assert f'<p dir="auto">{text}</p></details>' in page
    assert f'class="is-long">{asked[:319]}…</h2>' in page
    assert page.count('<details class="long-text">') == 1 + 1 + 2  # the heading, the right item, in both lists


def test_texts_of_people_are_escaped(owner: Person, client_of: ClientOf) -> None:
    report = make_report([(2, 1, 1)])
    report["queries"][0]["query"] = "<script>alert(1)</script>"
    report["documents"]["d0"] = "<b>bold</b>"
    run = make_run(make_version(owner), report)
    for page in (get(client_of(owner), run, "report"), get(client_of(owner), run, "report_question", query_id="q0")):
        assert "<script>alert" not in page
        assert "<b>bold" not in page


def test_charts_as_json(run: Run, owner: Person, client_of: ClientOf) -> None:
    charts = json.loads(get(client_of(owner), run, "report_charts"))["charts"]
    assert {"metric-hit", "metric-ndcg", "wins", "places", "tried", "validation", "loss"} <= set(charts)


def test_workbook_is_readable_and_safe(owner: Person, client_of: ClientOf) -> None:
    report = make_report([(2, 1, 1), (1, 3, None)])
    report["queries"][0]["query"] = '=HYPERLINK("https://example.com","click")'
    report["documents"]["d1"] = "@SUM(A1:A9)"
    run = make_run(make_version(owner, name="Fragen & Antworten"), report)
    answer = client_of(owner).get(url(run, "report_xlsx"))
    assert 'filename="fragen-antworten-run-1-report.xlsx"' in answer["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.content))
    sheets = ["Summary", "Metrics", "Differences", "Smaller and faster", "Questions", "Result lists"]
    assert book.sheetnames == [*sheets, "What was tried", "Settings"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert ("Who chose", "set aside: no model learned from them") in book["Summary"].iter_rows(values_only=True)
    questions = [[cell.value for cell in row] for row in book["Questions"].iter_rows()]
    assert questions[1][0].startswith("'=HYPERLINK")
    assert questions[1][3:7] == ["Won", 2, 1, 1]
    assert questions[2][3:7] == ["Lost", 1, 3, None]
    hit = next(row for row in book["Metrics"].iter_rows(values_only=True) if row[0] == "Hit@3" and row[2] == "all")
    assert hit[3:] == (1.0, 1.0, 0.5)


def test_model_and_checksum(run: Run, owner: Person, client_of: ClientOf) -> None:
    answer = client_of(owner).get(url(run, "model_download"))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with run.model.open("rb") as stored:
        assert content == stored.read()
    assert 'filename="help-desk-articles-run-1-model.zip"' in answer["Content-Disposition"]
    assert get(client_of(owner), run, "model_checksum").split()[0] == hashlib.sha256(content).hexdigest()
    page = get(client_of(owner), run, "report")
    assert "SentenceTransformer(&quot;help-desk&quot;)" in page or 'SentenceTransformer("help-desk")' in page


def test_a_report_whose_file_is_gone_is_explained(run: Run, owner: Person, client_of: ClientOf) -> None:
    run.report.storage.delete(str(run.report.name))
    for name in ("report", "search"):
        answer = client_of(owner).get(url(run, name), follow=True)
        assert answer.redirect_chain[-1][0] == url(run, "run_detail")
        assert "missing or damaged on the server" in answer.content.decode()


def test_a_damaged_report_is_explained(run: Run, owner: Person, client_of: ClientOf) -> None:
    with run.report.storage.open(str(run.report.name), "wb") as file:
        file.write(b"{")
    assert "missing or damaged" in client_of(owner).get(url(run, "report"), follow=True).content.decode()


def test_a_report_without_its_model_file_can_still_be_read(run: Run, owner: Person, client_of: ClientOf) -> None:
    run.model.storage.delete(str(run.model.name))
    assert "Download the model" not in get(client_of(owner), run, "report")
    for name in ("model_download", "model_checksum"):
        assert client_of(owner).get(url(run, name)).status_code == 404


def test_only_as_many_reports_are_kept_as_fit(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    second = make_run(run.dataset, make_report(realistic_ranks(60), known=40))
    kept = reports._Kept()
    size = run.report.size
    monkeypatch.setattr(reports, "MOST_BYTES_KEPT", size + 10)
    first = kept.get(str(run.report.name))
    assert kept.get(str(run.report.name)) is first
    kept.get(str(second.report.name))
    assert len(kept._reports) == 1
    monkeypatch.setattr(reports, "MOST_BYTES_KEPT", 3 * size)
    assert kept.get(str(run.report.name)) is not first
    assert len(kept._reports) == 2
