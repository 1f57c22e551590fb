"""Who won, who lost, and both lists of a question."""

from typing import Any, cast

from django.template.loader import render_to_string

from tests.webapp.reports.factory import make_report
from webapp.bridge import task_words
from webapp.reports.figures import groups, interval_of, verdict_card
from webapp.reports.questions import Outcome, Sort, answer_of, outcome_counts, questions_of, select_questions
from webapp.reports.words import ordinal, plain_name, signed
from webapp.runs.side_by_side import side_by_side
from webapp.search.examples import known_answer


class Words:
    headline, detail, advice = "Better.", "Surely.", "Use it."


def report_of_four(**changes: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", make_report([(4, 1, 1), (1, 2, 1), (3, 3, 1), (None, None, 1)], known=3, **changes))


def test_outcomes() -> None:
    assert outcome_counts(questions_of(report_of_four())) == dict.fromkeys(Outcome, 1)


def test_a_question_found_at_last_is_won_and_one_lost_from_sight_is_lost() -> None:
    questions = questions_of(cast("dict[str, Any]", make_report([(None, 40, 1), (40, None, 1)])))
    assert [question.outcome for question in questions] == [Outcome.WON, Outcome.LOST]


def test_select_filters_by_outcome_and_by_every_word() -> None:
    questions = questions_of(report_of_four())
    assert [question.id for question in select_questions(questions, show="lost")] == ["q1"]
    assert [question.id for question in select_questions(questions, text="PASSWORD home")] == ["q0"]
    assert select_questions(questions, text="password invoice") == []


def test_orders() -> None:
    questions = questions_of(report_of_four())
    assert select_questions(questions, sort=Sort.LOSSES)[0].id == "q1"
    assert [each.id for each in select_questions(questions, sort=Sort.HARDEST)] == ["q3", "q2", "q1", "q0"]


def test_both_lists_with_right_answers_and_moves() -> None:
    answer = answer_of(report_of_four(), "q0")
    assert answer is not None
    before, after = answer.lists
    assert [result.place for result in before.results if result.right] == [4]
    assert [result.place for result in after.results if result.right] == [1]
    assert after.results[0].move_words == "up 3"
    assert after.results[1].move_words == "down 1"
    assert (answer.before_place, answer.after_place) == ("4th place", "1st place")
    assert [item.text for item in answer.right_items] == ["Article 0: how to reset my password"]


def test_an_unknown_question() -> None:
    assert answer_of(report_of_four(), "q99") is None


def test_an_item_that_only_one_list_has_is_new() -> None:
    lists = side_by_side(before=[("a", "A", 0.5)], after=[("b", "B", 0.0)], right={"b"})
    assert lists[1].results[0].move_words == "new"
    assert lists[1].results[0].share == 0
    assert lists[1].first_right == 1


def test_the_card_of_each_state() -> None:
    states: list[tuple[dict[str, Any], str]] = [
        ({}, "better"),
        ({"verdict": "worse"}, "worse"),
        ({"verdict": "same"}, "same"),
    ]
    states.append(({"verdict": "same", "blend": 0.0}, "kept"))
    for changes, state in states:
        assert verdict_card(report_of_four(**changes), Words).state == state
    card = verdict_card(report_of_four(), Words)
    assert (card.number.before, card.number.after, card.number.n) == ("50%", "75%", 4)


def test_known_and_new_items_apart() -> None:
    known, new = groups(report_of_four())
    assert (known.n, new.n) == (3, 1)
    assert (known.changes[0].before, known.changes[0].after) == ("67%", "100%")
    assert (new.changes[0].before, new.changes[0].after) == ("0%", "0%")


def test_interval_is_drawn_to_scale_around_the_middle() -> None:
    interval = interval_of({"mean": 0.1, "ci95": [-0.1, 0.2]})
    assert interval.kind == "same"
    assert interval.x_low < 50 < interval.x_mean < interval.x_high < 100
    assert interval_of({"mean": 0.1, "ci95": [0.01, 0.2]}).kind == "better"
    assert interval_of({"mean": -0.1, "ci95": [-0.2, -0.01]}).kind == "worse"


def test_words() -> None:
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 22, 113)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "22nd",
        "113th",
    ]
    assert plain_name("hit@1", task_words("text-text")) == "Right item in first place"
    assert [signed(value) for value in (1.25, -0.4, -0.01)] == ["+1.2", "−0.4", "0.0"]


def test_of_very_many_right_items_all_are_counted() -> None:
    report = report_of_four()
    report["queries"][0]["n_relevant"] = 1_234
    answer = answer_of(cast("Any", report), "q0")
    assert answer is not None and (answer.n_right, len(answer.right_items)) == (1_234, 1)
    shown = {"right": answer.right_items, "n_right": answer.n_right, "words": task_words("text-text").by_name()}
    assert "and 1,231 more" in render_to_string("reports/_right_items.html", shown)
    known = known_answer(cast("Any", report), report["queries"][0]["query"])
    assert known is not None and known.n == 1_234
