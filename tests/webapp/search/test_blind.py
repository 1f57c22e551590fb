"""The blind test's core: which questions, which side, votes and the tally; and what its pages give away."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.pictures import make_picture_run
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.reports.offline import offline_report
from webapp.reports.workbook_sheets import blind_rows
from webapp.runs.models import Run
from webapp.runs.reports import Report, report_of
from webapp.search import blind
from webapp.search.blind import NoVote, next_question, progress_of, vote_cast, vote_undo, voter_of
from webapp.search.models import BlindVote, BlindVoter
from webapp.search.own_keys import MOST_OWN, picture_key, picture_proof, typed_key
from webapp.search.tally import Tally, blind_tally
from webapp.search.tally_exports import blind_facts

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]


@pytest.fixture
def run(owner: Person) -> Run:
    """A finished run with 90 test questions, of which some have the same first results before and after."""
    return make_run(make_version(owner), make_report(realistic_ranks(90)))


def told(run: Run) -> Report:
    report = report_of(run=run)
    assert report is not None
    return report


def url(run: Run, name: str) -> str:
    return reverse(name, args=(run.project_id, run.number))


def test_only_questions_whose_first_results_differ_are_asked(run: Run) -> None:
    report = told(run)
    asked = {query["id"] for query in blind.questions_to_vote_on(report)}
    for query in report["queries"]:
        first = [[name for name, _ in query[side]["top"][:3]] for side in ("before", "after")]
        assert (query["id"] in asked) == (first[0] != first[1])
    assert 0 < len(asked) < 90


def test_each_voter_has_an_order_and_sides_of_their_own_and_keeps_them(run: Run) -> None:
    report = told(run)
    orders, sides = [], []
    for number in range(6):
        voter = voter_of(run=run, key=f"guest-{number}", name=f"Guest {number}")
        assert voter_of(run=run, key=f"guest-{number}", name="renamed") == voter
        asked = []
        while (question := next_question(voter=voter, report=report)) is not None:
            assert question == next_question(voter=voter, report=report), "the same when the page is loaded again"
            vote = vote_cast(voter=voter, report=report, question=question.key, choice="left")
            shown = question.left if vote.after_left else question.right
            query = next(query for query in report["queries"] if query["id"] == question.key)
            assert [each.text for each in shown] == [report["documents"][name] for name, _ in query["after"]["top"][:5]]
            asked.append(question.key)
            sides.append(vote.after_left)
        orders.append(tuple(asked))
        assert len(set(asked)) == len(asked) == len(blind.questions_to_vote_on(report))
    assert len(set(orders)) == 6
    assert 0.35 < sum(sides) / len(sides) < 0.65
    assert {vote.preferred for vote in BlindVote.objects.all()} == {"before", "after"}


def test_a_vote_counts_once_and_is_taken_back(run: Run) -> None:
    report, voter = told(run), voter_of(run=run, key="a", name="Ann")
    first = next_question(voter=voter, report=report)
    assert first is not None
    vote_cast(voter=voter, report=report, question=first.key, choice="both")
    vote_cast(voter=voter, report=report, question=first.key, choice="neither")
    assert [vote.choice for vote in voter.votes.all()] == ["both"]
    assert progress_of(voter=voter, report=report).voted == 1
    undone = vote_undo(voter=voter)
    assert undone is not None
    assert next_question(voter=voter, report=report) == first
    assert vote_undo(voter=voter) is None


@pytest.mark.parametrize(("question", "choice"), [("q0", "middle"), ("q999", "left"), ("typed-0123", "left")])
def test_what_was_not_asked_is_not_counted(question: str, choice: str, run: Run) -> None:
    voter = voter_of(run=run, key="a", name="Ann")
    with pytest.raises(NoVote):
        vote_cast(voter=voter, report=told(run), question=question, choice=choice, text="something else")
    assert not voter.votes.exists()


def test_a_typed_question_keeps_its_words(run: Run) -> None:
    voter = voter_of(run=run, key="a", name="Ann")
    key = typed_key("Lost  KEY")
    assert key == typed_key("lost key")
    vote_cast(voter=voter, report=told(run), question=key, choice="right", text="lost key")
    assert voter.votes.get().text == "lost key"
    assert progress_of(voter=voter, report=told(run)).own == 1
    assert " 1 more vote was on questions of the voters’ own." in tally_of(run).picked


def test_a_picture_counts_for_the_voter_who_searched_with_it_and_no_other(run: Run) -> None:
    report, ann, bob = told(run), voter_of(run=run, key="a", name="Ann"), voter_of(run=run, key="b", name="Bob")
    key = picture_key("0a1b.png")
    proof = picture_proof(voter=ann, key=key)
    for voter, asked, shown in (
        (ann, key, ""),
        (ann, key, "x"),
        (bob, key, proof),
        (ann, picture_key("2c.png"), proof),
    ):
        with pytest.raises(NoVote):
            vote_cast(voter=voter, report=report, question=asked, choice="left", proof=shown)
    with pytest.raises(NoVote):
        vote_cast(voter=ann, report=report, question=key, choice="left", proof=proof, may_ask=False)
    assert not BlindVote.objects.exists()
    for number in range(MOST_OWN - 1):
        text = f"question {number}"
        vote_cast(voter=ann, report=report, question=typed_key(text), choice="left", text=text)
    vote_cast(voter=ann, report=report, question=key, choice="right", proof=proof)
    vote_cast(voter=ann, report=report, question=key, choice="left", proof=proof)
    assert ann.votes.get(question=key).choice == "right"
    assert progress_of(voter=ann, report=report).own == MOST_OWN
    more = picture_key("3d.png")
    with pytest.raises(NoVote, match="as many as there can be"):
        vote_cast(voter=ann, report=report, question=more, choice="left", proof=picture_proof(voter=ann, key=more))


def cast_votes(run: Run, key: str, name: str, preferred: list[str]) -> BlindVoter:
    """Votes on as many questions, which prefer before, after, both or neither, whatever the side."""
    report, voter = told(run), voter_of(run=run, key=key, name=name)
    for wanted in preferred:
        question = next_question(voter=voter, report=report)
        assert question is not None
        left = blind._after_left(voter, question.key)
        choice = {"after": "left" if left else "right", "before": "right" if left else "left"}.get(wanted, wanted)
        vote_cast(voter=voter, report=report, question=question.key, choice=choice)
    return voter


def tally_of(run: Run) -> Tally:
    tally = blind_tally(run=run, report=told(run))
    assert tally is not None
    return tally


def test_the_tally_says_in_words_what_was_preferred(run: Run) -> None:
    report = told(run)
    assert blind_tally(run=run, report=report) is None
    cast_votes(run, "a", "Ann", ["after"] * 12 + ["before"] * 3 + ["both", "neither"])
    tally = blind_tally(run=run, report=report)
    assert tally is not None
    assert tally.headline == "12 of 15 decided votes preferred the tuned model."
    assert tally.meaning == "That is more than chance: the 95% interval of that share is 52% to 96%."
    differ = len(blind.questions_to_vote_on(report))
    assert f"17 of the {differ} test questions" in tally.picked
    assert f"for the other {90 - differ} they do not differ" in tally.picked
    assert tally.treated == "One person voted, so this speaks for that person."
    assert tally.outcome == "better"
    facts = blind_facts(run=run, report=report)
    assert facts is not None
    assert (facts["after"], facts["both"], facts["votes"], facts["decided"]) == (12, 1, 17, 15)
    assert facts["share"] == 0.8
    assert facts["ci95"] == pytest.approx([0.519, 0.957], abs=1e-3), "Clopper and Pearson's for 12 of 15"


def test_several_people_are_counted_apart_and_honestly(run: Run) -> None:
    cast_votes(run, "a", "Ann", ["after"] * 10)
    cast_votes(run, "b", "Bob", ["before"] * 10)
    tally = blind_tally(run=run, report=told(run))
    assert tally is not None
    assert [(row.name, row.after, row.before) for row in tally.voters] == [("Ann", 10, 0), ("Bob", 0, 10)]
    assert "That could be chance" in tally.meaning
    assert "2 people voted" in tally.treated
    assert "counts the 20 decided votes as" in tally.treated


def test_few_votes_are_called_few(run: Run) -> None:
    cast_votes(run, "a", "Ann", ["after"] * 5)
    tally = blind_tally(run=run, report=told(run))
    assert tally is not None
    assert "too few to tell" in tally.meaning


def test_only_the_owner_takes_part(
    run: Run, owner: Person, teammate: Person, outsider: Person, client_of: ClientOf
) -> None:
    for person in (teammate, outsider):
        for name in ("blind", "blind_result"):
            assert client_of(person).get(url(run, name)).status_code == 404
        for name in ("blind_start", "blind_vote", "blind_undo"):
            assert client_of(person).post(url(run, name)).status_code == 404
    assert not BlindVoter.objects.exists()
    assert "Start" in client_of(owner).get(url(run, "blind")).content.decode()


def test_no_page_before_the_end_says_whose_list_it_is(run: Run, owner: Person, client_of: ClientOf) -> None:
    client = client_of(owner)
    client.post(url(run, "blind_start"))
    report, pages = told(run), []
    for _ in range(8):
        page = client.get(url(run, "blind")).content.decode()
        body = page[page.index('class="blind"') : page.index("</form>", page.index('class="blind"'))]
        for word in ("before", "after", "base", "tuned", "model", "score", "is-right", "new in the list"):
            assert word not in re.sub(r">[^<]+<", "><", body).lower(), word
        lists = re.findall(r'<section class="blind-list".*?</section>', body, re.DOTALL)
        assert len(lists) == 2
        shapes = [re.sub(r">[^<]+<", "><", part).replace("Left", "").replace("Right", "") for part in lists]
        assert shapes[0] == shapes[1], "both lists have the same markup but for their words"
        key = re.search(r'name="question" value="([^"]+)"', body)
        assert key is not None
        pages.append(key[1])
        answer = client.post(url(run, "blind_vote"), {"question": key[1], "choice": "left"})
        assert answer["Location"] == url(run, "blind")
    assert len(set(pages)) == 8
    page = client.get(url(run, "blind")).content.decode()
    assert f"8 of {len(blind.questions_to_vote_on(report))}" in page
    client.post(url(run, "blind_undo"))
    assert f'value="{pages[-1]}"' in client.get(url(run, "blind")).content.decode()
    result = client.get(url(run, "blind_result")).content.decode()
    assert "Tuned model better" in result


def test_the_report_shows_the_tally(run: Run, owner: Person, client_of: ClientOf) -> None:
    page = client_of(owner).get(url(run, "report")).content.decode()
    assert "Nobody has voted yet" in page
    cast_votes(run, "a", "Ann", ["after"] * 12 + ["before"] * 3)
    page = client_of(owner).get(url(run, "report")).content.decode()
    assert "12 of 15 decided votes preferred the tuned model." in page


def test_the_file_that_is_passed_on_has_the_tally_without_names_or_links(run: Run) -> None:
    assert "What people prefer" not in offline_report(run=run, report=told(run)).decode()
    cast_votes(run, "a", "Ann Secret", ["after"] * 9)
    cast_votes(run, "b", "Bob Secret", ["before"] * 3)
    page = offline_report(run=run, report=told(run)).decode()
    assert "9 of 12 decided votes preferred the tuned model." in page
    assert "Secret" not in page
    assert "/blind/" not in page


def test_report_json_and_workbook_have_the_votes_without_names(run: Run, owner: Person, client_of: ClientOf) -> None:
    client = client_of(owner)
    as_written = b"".join(client.get(url(run, "report_json")).streaming_content)  # type: ignore[attr-defined]
    assert as_written == run.report.open("rb").read()
    assert "Blind test" not in workbook_of(client, run)
    cast_votes(run, "a", "=Ann", ["after"] * 9 + ["both"])
    cast_votes(run, "b", "<b>Bob</b>", ["before"] * 3)
    told = json.loads(b"".join(client.get(url(run, "report_json")).streaming_content))  # type: ignore[attr-defined]
    votes = told.pop("blind_test")
    assert told == json.loads(as_written)
    low, high = votes["ci95"]
    assert (votes["after"], votes["before"], votes["both"], votes["share"]) == (9, 3, 1, 0.75)
    assert 0 < low < 0.75 < high <= 1
    assert [row["name"] for row in votes["voters"]] == ["Voter 1", "Voter 2"]
    book = workbook_of(client, run)
    sheet = dict(row[:2] for row in book["Blind test"])
    figures = [sheet[name] for name in ("Tuned model better", "95% interval, from", "95% interval, to")]
    assert figures == pytest.approx([9, low, high])
    assert sheet["Blind test"] == "9 of 12 decided votes preferred the tuned model."
    assert ("Voter 2", 0, 3, 0, 0) in book["Blind test"]
    assert any("9 of 12 decided votes" in str(row[1]) for row in book["Summary"])
    assert not [cell for rows in book.values() for row in rows for cell in row if "Ann" in str(cell)]


def workbook_of(client: Client, run: Run) -> dict[str, list[tuple[Any, ...]]]:
    """The exported workbook: {sheet: rows}; no cell is a formula."""
    book = load_workbook(io.BytesIO(client.get(url(run, "report_xlsx")).content))
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_votes_without_a_decision_have_no_interval(run: Run) -> None:
    cast_votes(run, "a", "Ann", ["both", "neither"])
    facts = blind_facts(run=run, report=told(run))
    assert facts is not None
    assert (facts["share"], facts["ci95"], facts["votes"]) == (None, None, 2)
    assert ["95% interval, from", None] in blind_rows(facts, told(run))


def test_votes_go_with_their_run(run: Run) -> None:
    cast_votes(run, "a", "Ann", ["after", "both"])
    run.delete()
    assert not BlindVoter.objects.exists()
    assert not BlindVote.objects.exists()


@pytest.mark.parametrize("task", ["text-image", "image-image"])
def test_pictures_are_shown_without_a_mark(task: str, owner: Person, tmp_path: Path, client_of: ClientOf) -> None:
    run = make_picture_run(owner, task, tmp_path, realistic_ranks(20), by_label=task == "image-image")
    client = client_of(owner)
    client.post(url(run, "blind_start"))
    page = client.get(url(run, "blind")).content.decode()
    assert page.count('class="result-picture"') == 10
    assert "badge" not in page[page.index("data-blind") : page.index("blind-answers")]
    assert ('name="q"' in page, 'id="own" name="file"' in page) == (task == "text-image", task == "image-image")
    sent = client.post(url(run, "blind")).content.decode()
    assert ("No picture came with this search." in sent) == (task == "image-image")


def test_a_report_without_differences_says_so(owner: Person, client_of: ClientOf) -> None:
    report = cast("dict[str, Any]", make_report([(1, 1, 1)] * 5))
    run = make_run(make_version(owner), cast("Any", report))
    client = client_of(owner)
    assert "For none of the test questions" in client.get(url(run, "blind")).content.decode()
    client.post(url(run, "blind_start"))
    assert "Ask something of your own." in client.get(url(run, "blind")).content.decode()
