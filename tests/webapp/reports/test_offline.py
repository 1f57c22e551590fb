"""What is in the one-file report, and what it lets run."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.pictures import make_picture_run
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.reports import offline
from webapp.reports.inline import script_of_modules, static_text
from webapp.reports.offline import offline_report
from webapp.runs.models import Run
from webapp.runs.reports import report_of

ClientOf = Callable[[Person], Client]
SCRIPTS = re.compile(r"<script(?: type=\"module\")?>(.*?)</script>", re.DOTALL)
STYLES = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def file_of(run: Run) -> str:
    report = report_of(run=run)
    assert report is not None
    return offline_report(run=run, report=report).decode()


def unpacked(page: str, name: str) -> str:
    found = re.search(rf'<script type="application/gzip" id="{name}">([A-Za-z0-9+/=]*)</script>', page)
    assert found
    return gzip.decompress(base64.b64decode(found[1])).decode()


def sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_it_is_a_download_named_by_the_project(owner: Person, client_of: ClientOf) -> None:
    run = make_run(make_version(owner, name="Fragen & Antworten"), make_report(realistic_ranks(20)))
    answer = client_of(owner).get(reverse("report_html", args=(run.project_id, run.number)))
    assert answer["Content-Disposition"] == 'attachment; filename="fragen-antworten-run-1-report.html"'
    page = answer.content.decode()
    assert "Fragen &amp; Antworten" in page
    assert "A real improvement" in page


def test_scores_are_the_same_as_in_the_application(owner: Person) -> None:
    report = make_report(realistic_ranks(2))
    top = report["queries"][0]["before"]["top"]
    top[:3] = [[top[0][0], 0.6748], [top[1][0], 0.5251], [top[2][0], 0.125]]
    data = json.loads(unpacked(file_of(make_run(make_version(owner), report)), "data"))
    (question,) = [each for each in data["questions"] if each["id"] == report["queries"][0]["id"]]
    assert [score for _, score, *_ in question["lists"][0][:3]] == [0.67, 0.53, 0.13]


def test_only_our_own_scripts_and_styles_may_run_and_nothing_is_fetched(owner: Person) -> None:
    page = file_of(make_run(make_version(owner), make_report(realistic_ranks(20))))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#x27;", "'").split("; "))
    assert rules["default-src"] == rules["connect-src"] == "'none'"
    assert "unsafe" not in policy[1] and "http" not in policy[1]
    scripts, styles = SCRIPTS.findall(page), STYLES.findall(page)
    assert len(scripts) == 2 and len(styles) == 1
    library = unpacked(page, "library")
    assert library == static_text("vendor/plotly.min.js")
    assert set(rules["script-src"].split()) == {sha256(text) for text in (*scripts, library)}
    assert sha256(styles[0]) in rules["style-src"].split()
    rest = page.replace(scripts[1], "").replace(scripts[0], "").replace(styles[0], "")
    assert not re.search(r'(?:src|href|action)="(?!#|data:)', rest), "leads outside the file"


def test_every_question_with_both_lists_is_in_it(owner: Person) -> None:
    report = make_report(realistic_ranks(30), known=20)
    data = json.loads(unpacked(file_of(make_run(make_version(owner), report)), "data"))
    assert len(data["questions"]) == 30
    for question, query in zip(data["questions"], report["queries"], strict=True):
        assert (question["text"], question["known"]) == (query["query"], query["known_items"])
        assert question["ranks"] == [query["before"]["rank"], query["after"]["rank"]]
        for results, system in zip(question["lists"], (query["before"], query["after"]), strict=True):
            texts = [data["items"][number]["text"] for number, *_ in results]
            assert texts == [report["documents"][name] for name, _ in system["top"]]
            assert [right for *_, right, _ in results] == [int(name in query["relevant"]) for name, _ in system["top"]]


@pytest.mark.slow
def test_five_thousand_questions_stay_under_six_megabytes(owner: Person) -> None:
    report: Any = make_report(realistic_ranks(5_000))
    for number, query in enumerate(report["queries"]):
        digest = hashlib.sha256(str(number).encode()).hexdigest()  # texts that do not compress
        query["query"] = f"{digest} {query['query']}"
    report["documents"] |= {f"d{number}": hashlib.sha512(str(number).encode()).hexdigest() for number in range(60)}
    assert len(file_of(make_run(make_version(owner), report)).encode()) < 6_000_000


def test_pictures_are_bounded_and_what_is_missing_is_said(
    owner: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_picture_run(owner, "image-image", tmp_path, realistic_ranks(30), known=20)
    whole = file_of(run)
    pictures = json.loads(re.search(r'<script id="pictures" type="application/json">(.*?)</script>', whole)[1])  # type: ignore[index]
    assert len(pictures) > 60
    assert "go by their names" not in whole
    monkeypatch.setattr(offline, "MOST_PICTURE_BYTES", 10_000)
    small = file_of(run)
    found = json.loads(re.search(r'<script id="pictures" type="application/json">(.*?)</script>', small)[1])  # type: ignore[index]
    assert 0 < len(found) < len(pictures)
    assert f"the {len(pictures) - len(found)} others" in small
    assert sum(len(base64.b64decode(each)) for each in found.values()) < 10_000 + 20_000


def test_half_a_character_does_not_stop_it(owner: Person) -> None:
    report = make_report([(2, 1, 1)])
    report["queries"][0]["query"] = "broken \ud800 text"
    page = file_of(make_run(make_version(owner), report))
    assert json.loads(unpacked(page, "data"))["questions"][0]["text"] == "broken \ud800 text"


def test_modules_become_one_script_each_in_its_own_scope() -> None:
    script = script_of_modules("offline")
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
    assert script.count("const module_charts = ") == script.count("const module_tabs = ") == 1
    assert (
        script.index("const module_charts") < script.index("const module_print") < script.index("const module_offline ")
    )
