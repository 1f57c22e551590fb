"""The report of pictures: its words, its thumbnails, its workbook, and who may see it."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tests.webapp.reports.factory import realistic_ranks
from tests.webapp.reports.pictures import make_picture_run
from trainer.export.card_pictures import picture_card
from webapp.accounts.models import Person
from webapp.bridge import verdict_words
from webapp.runs.models import Run
from webapp.runs.reports import report_of
from webapp.service.finetune_words import result_table
from webapp.sharing.without_texts import without_texts

ClientOf = Callable[[Person], Client]
MakeRun = Callable[..., Run]


@pytest.fixture
def make(owner: Person, tmp_path: Path) -> MakeRun:
    """`make(task, by_label=…)`: a finished run of the owner with 30 test queries, 20 of them of known items."""

    def made(task: str, **options: bool) -> Run:
        return make_picture_run(owner, task, tmp_path, realistic_ranks(30), known=20, **options)

    return made


def get(client: Client, run: Run, name: str, *more: str) -> str:
    answer = client.get(reverse(name, args=(run.project_id, run.number, *more)))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("task", ["text-image", "image-image"])
def test_the_report_speaks_of_pictures_and_searches(
    task: str, make: MakeRun, owner: Person, client_of: ClientOf
) -> None:
    page = get(client_of(owner), make(task), "report")
    for words in (
        "The right picture is in the first 3 results for",
        "of 30 searches; before it was",
        "Right picture found",
        "Known pictures and new pictures",
        "Searches whose right pictures also occurred",
        "Search by search",
        "the right picture moved up",
        "Look at any search",
        "Pictures searched",
    ):
        assert words in page
    shown = page.replace("question-", "").replace("questions", "").replace("data-question", "")
    for words in ("question ", "Question", " item", "A plain keyword search", "None", "{item}"):
        assert words not in shown.partition("<main")[2]


def test_a_report_by_label_says_so(make: MakeRun, owner: Person, client_of: ClientOf) -> None:
    page = get(client_of(owner), make("image-image", by_label=True), "report")
    for words in ("A right picture is in the first 3", "Known labels and new labels", "Searches whose label also"):
        assert words in page


def test_what_label_names_alone_find_stands_beside_before_and_after(
    make: MakeRun, owner: Person, client_of: ClientOf
) -> None:
    run, client = make("image-image", by_label=True, by_names=True), client_of(owner)
    report = report_of(run=run)
    assert report is not None
    share = f"{100 * report['zero_shot']['hit@3']:.0f}"
    page = get(client, run, "report")
    assert f'By label names: <strong class="nums">{share}%</strong>' in page
    sentence = (
        "Without any training, by the names of the labels alone, the base model shows a right picture among the first "
        f"3 for {share}% of searches; your model for"
    )
    assert sentence in page
    assert sentence in get(client, run, "report_html")
    charts = get(client, run, "report_charts")
    assert "By label names" in charts and "Keyword search" not in charts
    book = load_workbook(io.BytesIO(client.get(reverse("report_xlsx", args=(run.project_id, run.number))).content))
    searches = list(book["Searches"].iter_rows(values_only=True))
    at = searches[0].index("Place by label names")
    assert [row[at] for row in searches[1:]] == [query["zero_shot"]["rank"] for query in report["queries"]]
    assert next(iter(book["Metrics"].iter_rows(values_only=True)))[-1] == "By label names"
    told = without_texts(report)
    assert told["zero_shot"] == report["zero_shot"] and "zero_shot" in told["queries"][0]
    assert "By label names" in picture_card(report, "Shoes", "shoes", kind="open_clip", no_onnx="")  # type: ignore[arg-type]
    table = result_table(report)
    assert table.splitlines()[0].split() == ["before", "after", "by", "names"]
    assert "By names: without any training, by the names of the labels alone." in table
    assert "by the names of the labels alone" not in verdict_words(report).advice
    ahead = {**report, "zero_shot": report["zero_shot"] | {"ndcg@10": 0.99}}
    assert "Note that without any training, by the names of the labels alone" in verdict_words(ahead).advice


def test_a_question_shows_what_was_searched_with_and_what_is_right(
    make: MakeRun, owner: Person, client_of: ClientOf
) -> None:
    run = make("image-image", by_label=True)
    page = get(client_of(owner), run, "report_question", "q1")
    assert "shapes/picture-61.jpg" in page
    assert "Label: <strong>boot</strong>" in page
    assert "and 9 more" in page  # of 15 right ones
    assert page.count('<li class="result') == 20
    assert 'alt="shapes/picture-1.jpg (boot)"' in page
    assert "Search with it live" in page
    assert "known label" in page


def test_the_explorer_finds_pictures_by_name_and_by_label(make: MakeRun, owner: Person, client_of: ClientOf) -> None:
    run = make("image-image", by_label=True)
    address = reverse("report", args=(run.project_id, run.number))
    parts = {"HX-Request": "true", "HX-Target": "explorer"}
    by_label = client_of(owner).get(address, {"text": "sandal"}, headers=parts).content.decode()
    assert "8 searches" in by_label
    by_name = client_of(owner).get(address, {"text": "picture-64.jpg"}, headers=parts).content.decode()
    assert "1 search." in by_name
    assert by_name.count('class="thumb"') == 1
    assert "No search fits" in client_of(owner).get(address, {"text": "zebra"}, headers=parts).content.decode()


def test_the_explorer_shows_the_picture_that_words_look_for(make: MakeRun, owner: Person, client_of: ClientOf) -> None:
    run = make("text-image")
    address = reverse("report", args=(run.project_id, run.number))
    parts = {"HX-Request": "true", "HX-Target": "explorer"}
    report = report_of(run=run)
    assert report
    query = report["queries"][3]
    page = client_of(owner).get(address, {"text": query["query"]}, headers=parts).content.decode()
    row = next(line for line in page.split("<li ") if f">{query['query']}<" in line)
    key = report["documents"][query["relevant"][0]]
    assert f"/thumbnails/{key}" in row
    assert 'alt="A right picture"' in row


def test_the_workbook_names_files_and_no_keys(make: MakeRun, owner: Person, client_of: ClientOf) -> None:
    run = make("text-image")
    answer = client_of(owner).get(reverse("report_xlsx", args=(run.project_id, run.number)))
    book = load_workbook(io.BytesIO(answer.content))
    rows = list(book["Searches"].iter_rows(values_only=True))
    assert rows[0][:3] == ("Search", "Right pictures", "About")
    assert "Place by keywords" not in rows[0]
    assert rows[1][1] == "shapes/picture-0.jpg"
    assert rows[1][2] == "known pictures"
    assert all(str(row[-4]).startswith("shapes/picture-") for row in rows[1:])


def test_charts_name_files(make: MakeRun, owner: Person, client_of: ClientOf) -> None:
    charts = get(client_of(owner), make("image-image"), "report_charts")
    assert "shapes/picture-6" in charts
    assert "searches gained and" in charts
    assert "question" not in charts


@pytest.mark.parametrize("name", ["report", "report_charts", "report_json", "report_xlsx"])
def test_only_the_owner_sees_it(
    name: str, make: MakeRun, owner: Person, teammate: Person, outsider: Person, client_of: ClientOf
) -> None:
    run = make("image-image")
    address = reverse(name, args=(run.project_id, run.number))
    assert client_of(owner).get(address).status_code == 200
    assert {client_of(person).get(address).status_code for person in (teammate, outsider)} == {404}


def test_a_picture_without_a_name_has_words_too(owner: Person, tmp_path: Path, client_of: ClientOf) -> None:
    run = make_picture_run(owner, "image-image", tmp_path, realistic_ranks(3))
    content = run.report.read().decode().replace('"captions"', '"others"')
    run.report.delete(save=False)
    run.report.save("nameless.json", ContentFile(content.encode()))
    assert "picture without a name" in get(client_of(owner), run, "report")
