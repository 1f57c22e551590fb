"""The live search's pages, without a search worker: what they say then, and what the report adds."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.bridge import task_words
from webapp.runs.models import Run
from webapp.runs.side_by_side import side_by_side
from webapp.search.examples import example_questions, known_answer

ClientOf = Callable[[Person], Client]


@pytest.fixture
def run(owner: Person) -> Run:
    """A finished run with 30 test questions."""
    return make_run(make_version(owner), make_report(realistic_ranks(30)))


def url(run: Run, name: str = "search") -> str:
    return reverse(name, args=(run.project_id, run.number))


@pytest.mark.parametrize("name", ["search", "search_results"])
def test_only_the_owner_searches(
    name: str, run: Run, owner: Person, teammate: Person, outsider: Person, client_of: ClientOf
) -> None:
    assert client_of(owner).get(url(run, name)).status_code == 200
    for person in (teammate, outsider):
        assert client_of(person).get(url(run, name), {"q": "x"}).status_code == 404


def test_the_page_has_examples_and_the_asked_question(run: Run, owner: Person, client_of: ClientOf) -> None:
    page = client_of(owner).get(url(run), {"q": "lost <b>key</b>"}).content.decode()
    assert page.count("data-example") == 6
    assert 'value="lost &lt;b&gt;key&lt;/b&gt;"' in page


def test_without_a_worker_it_says_so_and_tries_again(run: Run, owner: Person, client_of: ClientOf) -> None:
    part = client_of(owner).get(url(run, "search_results"), {"q": "lost key"})
    text = part.content.decode()
    assert "The search is not running at the moment." in text
    assert "Try again now" in text
    assert 'hx-trigger="load delay' in text
    assert part["HX-Replace-Url"] == f"{url(run)}?q=lost+key"


def test_too_long_a_question_is_no_reason_to_retry(run: Run, owner: Person, client_of: ClientOf) -> None:
    text = client_of(owner).get(url(run, "search_results"), {"q": "x" * 2001}).content.decode()
    assert "The question is too long" in text
    assert "hx-trigger" not in text


def test_a_run_without_a_model_leads_to_its_own_page(owner: Person, client_of: ClientOf) -> None:
    run = make_run(make_version(owner), status="running")
    assert client_of(owner).get(url(run)).url == url(run, "run_detail")  # type: ignore[attr-defined]


def test_examples_reach_from_gains_to_losses() -> None:
    report = cast("dict[str, Any]", make_report([(1, 1, 1), (1, 9, 1), (9, 1, 1), (3, 2, 1)]))
    texts = [query["query"] for query in report["queries"]]
    assert [example.text for example in example_questions(report, most=3)] == [texts[2], texts[0], texts[1]]


def test_a_test_question_is_known_whatever_its_capitals() -> None:
    report = cast("dict[str, Any]", make_report([(1, 1, 1)]))
    known = known_answer(report, f"  {report['queries'][0]['query'].upper()} ")
    assert known is not None
    assert known.ids == {"d0"}
    assert [item.text for item in known.items] == ["Article 0: how to reset my password"]
    assert known_answer(report, "something else") is None


def test_an_answer_shows_both_lists_with_what_changed(run: Run) -> None:
    before = [("a", "Lost keys", 0.61), ("b", "New badge", 0.5)]
    after = [("b", "New badge", 0.8), ("c", "Key <box>", 0.7)]
    report = cast("dict[str, Any]", make_report([(1, 1, 1)]))
    known = known_answer(report, report["queries"][0]["query"])
    lists = side_by_side(before=before, after=after, right={"b"})
    context = {"run": run, "project": run.project, "words": task_words("text-text").by_name(), "text": "keys"}
    context |= {"lists": lists, "known": known, "milliseconds": 23}
    text = render_to_string("search/_results.html", context)
    for words in ("23</span> ms", "new in the list", "not in the new list", "up 1", "0.61", "Key &lt;box&gt;"):
        assert words in text
    assert text.count("Right answer") == 2
    assert "its right answer is known" in text
