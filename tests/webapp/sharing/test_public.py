"""What a share link shows to whoever has it: the one report, and without texts nothing that can be read of the data."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.pictures import LABELS, as_pictures, make_picture_run, make_picture_version
from tests.webapp.reports.rows import make_run, make_version
from tests.webapp.sharing.making import make_link, telling_report
from webapp.accounts.models import Person
from webapp.bridge import verdict_words
from webapp.projects.services import project_delete
from webapp.runs.models import Run
from webapp.runs.reports import report_of
from webapp.sharing.models import ShareLink
from webapp.sharing.without_texts import without_texts

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
GETS = ("report", "report_charts", "report_html", "search", "search_results", "blind", "blind_result")


@pytest.fixture
def run(owner: Person) -> Run:
    """A finished run all of whose texts can be told from everything else."""
    return make_run(make_version(owner, "Client’s help desk"), telling_report())


def url(link: ShareLink, name: str, *more: str) -> str:
    return reverse(f"shared_{name}", args=(link.token, *more))


def every_address(link: ShareLink, query_id: str) -> list[str]:
    """All public pages that answer a GET."""
    found = [url(link, name) for name in GETS]
    found += [url(link, "report_question", query_id), f"{url(link, 'report')}?page=1&sort=name&text=1"]
    return found


def test_the_list_of_public_pages_is_complete() -> None:
    """A page that is added must be added to the tests of this file as well."""
    names = {str(name) for name in get_resolver().reverse_dict if str(name).startswith("shared_")}
    others = {"report_question", "picture", "thumbnail", "blind_start", "blind_vote", "blind_undo", "nothing"}
    assert names == {f"shared_{name}" for name in {*GETS, *others}}


def test_with_texts_anyone_reads_the_report_and_finds_no_way_into_the_application(run: Run) -> None:
    link = make_link(run, with_texts=True)
    for address in (url(link, "report"), url(link, "report_question", "q3")):
        answer = Client().get(address)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "zqxjkquery3 &lt;b&gt;how" in page
        assert '<meta name="robots" content="noindex, nofollow">' in page
        targets = re.findall(r'(?:href|src|action|hx-get|hx-post|data-charts|data-thumbnails)="([^"#?]+)', page)
        assert targets
        assert [each for each in targets if not each.startswith(("/static/", f"/s/{link.token}/"))] == []
        for words in ("Olive", "owner@example.com", "Report a wrong label", "/projects/", "Download the model"):
            assert words not in page
    assert "zqxjkquery3" in Client().get(url(link, "report_charts")).content.decode()
    offline = Client().get(url(link, "report_html"))
    assert offline["Content-Disposition"].startswith("attachment")
    assert b"<html" in offline.content


@pytest.mark.parametrize("allowed", [{}, {"with_texts": True, "with_blind_test": True, "with_search": True}])
def test_headers_keep_it_out_of_search_engines_referrers_and_caches(run: Run, allowed: dict[str, bool]) -> None:
    link = make_link(run, **allowed)
    for address in every_address(link, "q3"):
        answer = Client().get(address)
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        forms = "/search/" in address or "/blind/" in address
        assert answer["Referrer-Policy"] == ("same-origin" if forms else "no-referrer")
        for word in ("no-store", "private"):
            assert word in answer["Cache-Control"]


def test_without_texts_no_public_page_has_a_word_of_the_data(run: Run) -> None:
    link = make_link(run)
    seen = 0
    for address in every_address(link, "Question 4"):
        answer = Client().get(address)
        text = answer.content.decode()
        assert "zqxjk" not in text.lower(), address
        seen += answer.status_code == 200
    assert seen == 4, "the report, its charts, a question, and the explorer's list"
    page = Client().get(url(link, "report")).content.decode()
    assert "Client’s help desk" in page
    assert "Question 4" in page
    charts = Client().get(url(link, "report_charts")).json()["charts"]
    assert {"wins", "segments", "confusion", "map", "movement"} <= set(charts)
    assert "Question 4" in str(charts["map"])
    assert "Label 1" in str(charts["confusion"])
    assert "Segment 3" in str(charts["segments"])
    assert Client().get(url(link, "report_question", "q3")).status_code == 404, "the data's own ids are gone"


@pytest.mark.parametrize("task", ["text-image", "image-image"])
def test_without_texts_nothing_is_told_of_pictures(task: str, owner: Person, tmp_path: Path) -> None:
    run = make_picture_run(owner, task, tmp_path, realistic_ranks(8), by_label=task == "image-image")
    link = make_link(run)
    report = report_of(run=run)
    assert report is not None
    keys = [*report["documents"].values(), *(query["query"] for query in report["queries"])]
    told = [*keys, *report["captions"].values(), "picture-1", *(f"({label})" for label in LABELS)]
    for address in every_address(link, "Search 2"):
        text = Client().get(address).content.decode()
        assert [each for each in told if each in text] == [], address
        assert "<img" not in text
    for name in ("picture", "thumbnail"):
        assert Client().get(url(link, name, keys[0])).status_code == 404


def run_with_a_picture_that_no_list_names(owner: Person, folder: Path) -> Run:
    """The picture of document d59 is in the data, and the report does not show it; the data's gallery has its key."""
    version, keys = make_picture_version(owner, "image-image", folder, queries=8)
    report = as_pictures(make_report(realistic_ranks(8)), "image-image", keys)
    del report["documents"]["d59"]
    version.gallery = [{"key": keys[59], "caption": "", "words": ""}]
    version.save()
    return make_run(version, report)


def test_with_texts_only_the_pictures_of_the_report_are_served(owner: Person, tmp_path: Path) -> None:
    run = run_with_a_picture_that_no_list_names(owner, tmp_path)
    link, searching = make_link(run, with_texts=True), make_link(run, with_texts=True, with_search=True)
    report = report_of(run=run)
    assert report is not None
    page = Client().get(url(link, "report_question", "q1")).content.decode()
    shown = re.findall(rf"/s/{link.token}/thumbnails/([\w.]+)", page)
    assert report["queries"][1]["query"] in shown
    for key in shown:
        answer = Client().get(url(link, "thumbnail", key))
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/webp", "private, max-age=3600")
    unnamed = run.dataset.gallery[0]["key"]
    assert unnamed not in {*report["documents"].values(), *(query["query"] for query in report["queries"])}
    for name in ("picture", "thumbnail"):
        assert Client().get(url(link, name, unnamed)).status_code == 404
        assert Client().get(url(searching, name, unnamed)).status_code == 200, "a search may find it"
        for odd in ("0" * 64 + ".png", "..", "%2e%2e%2fsecrets.json"):
            assert Client().get(url(searching, name, odd)).status_code == 404


def test_unknown_expired_revoked_and_forbidden_look_the_same(run: Run, owner: Person) -> None:
    live = make_link(run, with_texts=True)
    revoked, expired, search_off = make_link(run), make_link(run), make_link(run, with_texts=True)
    ShareLink.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())
    ShareLink.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    gone = ["/s/unknown/", "/s/unknown/charts.json", "/s/x/y/z", url(revoked, "report"), url(expired, "report_charts")]
    gone += [url(search_off, "search"), url(search_off, "blind"), f"/s/{live.token}/nothing", f"/s/{live.token}x/"]
    gone += [url(revoked, "report_question", "q1"), url(expired, "report_html"), url(live, "report_question", "q99")]
    pages = {(answer.status_code, answer.content) for answer in (Client().get(address) for address in gone)}
    assert len(pages) == 1
    status, content = pages.pop()
    assert status == 404
    assert b"There is nothing here" in content
    assert set(re.findall(rb'(?:href|src)="(/[^/]*)', content)) == {b"/static"}
    owner.is_active = False
    owner.save()
    assert Client().get(url(live, "report")).status_code == 404, "whoever was shut out shares nothing"


def test_a_link_dies_with_its_run_and_its_project(run: Run, owner: Person) -> None:
    make_link(run)
    other = make_run(make_version(owner), telling_report(6))
    make_link(other)
    other.delete()
    assert ShareLink.objects.count() == 1
    run.delete()
    assert not ShareLink.objects.exists()
    third = make_run(make_version(owner), telling_report(6))
    make_link(third)
    project_delete(project=third.project)
    assert not ShareLink.objects.exists()


def test_a_visit_counts_once_and_that_of_the_projects_people_never(
    run: Run, owner: Person, outsider: Person, client_of: ClientOf
) -> None:
    link = make_link(run)

    def views() -> int:
        return ShareLink.objects.get(pk=link.pk).views

    visitor = Client()
    for _ in range(3):
        visitor.get(url(link, "report"))
    visitor.get(url(link, "report_charts"))
    assert views() == 1
    cookie = visitor.cookies[f"seen_{link.pk}"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (f"/s/{link.token}/", True, "Lax")
    Client().get(url(link, "report"))
    client_of(outsider).get(url(link, "report"))
    assert views() == 3
    client_of(owner).get(url(link, "report"))
    Client().head(url(link, "report"))
    Client(headers={"HX-Target": "explorer", "HX-Request": "true"}).get(url(link, "report"))
    assert views() == 3
    assert ShareLink.objects.get(pk=link.pk).last_viewed_at is not None
    forged = Client()
    forged.cookies[f"seen_{link.pk}"] = "yes"
    forged.get(url(link, "report"))
    assert views() == 4


def test_a_report_without_texts_has_the_same_verdict_where_questions_repeat_each_other(run: Run) -> None:
    report = report_of(run=run)
    assert report is not None
    for number, query in enumerate(report["queries"]):
        query["alike"] = number // 4
    advice = verdict_words(report).advice
    assert "nearly repeat another one" in advice
    assert verdict_words(without_texts(report)).advice == advice


def test_a_report_without_texts_is_the_same_in_figures(run: Run) -> None:
    report = report_of(run=run)
    assert report is not None
    told = without_texts(report)
    for name in ("before", "after", "difference", "verdict", "training", "variants"):
        assert told[name] == report[name]
    for query, other in zip(report["queries"], told["queries"], strict=True):
        assert other["after"]["rank"] == query["after"]["rank"]
        assert len(other["after"]["top"]) == len(query["after"]["top"])
        places = [item in query["relevant"] for item, _ in query["after"]["top"]]
        assert [item in other["relevant"] for item, _ in other["after"]["top"]] == places
    assert report["queries"][0]["query"].startswith("zqxjk"), "the report itself stays as it is"
