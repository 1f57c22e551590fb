import subprocess
import sys

import pytest

from tests.trainer.evaluation.factory import make_report
from trainer.evaluation.verdict import chance_words, group_verdict, questions_needed, verdict_sentence
from trainer.report import Difference, Report


def without_keyword(report: Report) -> Report:
    del report["keyword"]
    return report


def test_better() -> None:
    words = verdict_sentence(without_keyword(make_report([5] * 15 + [1] * 15 + [2] * 10, [1] * 40)))
    assert words.headline == "The right item is in the first 3 results for 40 of 40 questions; before it was 25."
    assert words.detail == "This is a real improvement: +38 in every 100 questions, 95% interval +22 to +53."
    assert words.advice == "Use the tuned model."


def test_better_within_the_first_three_only_says_so() -> None:
    words = verdict_sentence(without_keyword(make_report([3] * 30, [1] * 30)))
    assert words.headline.endswith("for 30 of 30 questions; before it was the same.")
    assert (
        "right items stand higher (ranking quality, nDCG@10, +50.0 points of 100, 95% interval +50.0 to +50.0)"
        in words.detail
    )
    assert "first 3 results alone, 0 in every 100 questions, could be chance" in words.detail


def test_too_close_to_call_says_how_many_more_questions() -> None:
    report = without_keyword(make_report([5, 1, 2, 3, 4, 1] * 5, [1, 1, 3, 1, 5, 2] * 5))
    report["verdict"] = "same"
    more = questions_needed(report["difference"])
    words = verdict_sentence(report)
    assert words.detail.startswith("Too close to call: on 30 test questions")
    assert words.advice == f"Label about {more} more test questions to settle a difference of this size."


def test_worse() -> None:
    words = verdict_sentence(without_keyword(make_report([1] * 20, [5] * 10 + [1] * 10)))
    assert words.headline == "The right item is in the first 3 results for 10 of 20 questions; before it was 20."
    assert words.detail.startswith(
        "The tuned model is worse: right items stand lower in the lists (ranking quality, nDCG@10, −"
    )
    assert words.advice.startswith("Keep the base model.")


@pytest.mark.parametrize(
    ("choosing", "why"),
    [
        ("turns", "no tuned version was surely better at questions that it had not learned from (2 took turns in"),
        ("aside", "no tuned version was surely better at the 2 questions set aside for choosing."),
        ("none", "there were too few examples to choose a tuned version by."),
    ],
)
def test_the_base_model_kept(choosing: str, why: str) -> None:
    report = without_keyword(make_report([1, 5], [1, 5], blend=0.0, epoch=0))
    report["data"] |= {"choosing": choosing, "n_validation": 0 if choosing == "none" else 2}
    words = verdict_sentence(report)
    assert words.headline == "The right item is in the first 3 results for 1 of 2 questions; before it was the same."
    assert words.detail.startswith(f"The base model is kept unchanged: {why}")


def test_a_keyword_search_that_is_ahead_is_not_hidden() -> None:
    words = verdict_sentence(make_report([9] * 20, [4] * 20))  # keywords find every one at once
    assert "it has the right item in its first 3 results for 20 of 20 questions." in words.advice


def test_new_items_that_lost_are_not_hidden() -> None:
    words = verdict_sentence(without_keyword(make_report([5] * 30 + [1] * 10, [1] * 30 + [4] * 10, known=30)))
    assert "items without a training example got worse" in words.advice


def difference(mean: float, low: float, high: float, n: int = 100) -> Difference:
    return {"metric": "ndcg@10", "mean": mean, "ci95": [low, high], "p_value": 0.2, "n": n}


@pytest.mark.parametrize(
    ("given", "more"),
    [
        (difference(0.02, -0.02, 0.06), 300),  # half the width is twice the mean: four times as many
        (difference(0.05, -0.001, 0.101), 10),
        (difference(0.001, -0.05, 0.052), None),  # hopeless
        (difference(0.0, -0.05, 0.05), None),
    ],
)
def test_questions_needed(given: Difference, more: int | None) -> None:
    assert questions_needed(given) == more


def test_the_web_process_can_call_it_without_heavy_imports() -> None:
    code = "import sys, trainer.evaluation.verdict; print([m for m in ('torch', 'numpy', 'bm25s') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_an_interval_that_starts_just_above_zero_does_not_say_zero() -> None:
    report = without_keyword(make_report([5] * 15 + [1] * 25, [1] * 40))
    report["differences"]["hit@3"]["ci95"] = [0.004, 0.05]
    assert verdict_sentence(report).detail.endswith("95% interval +0.4 to +5.0.")


def test_a_gain_says_when_it_shows_little_about_new_items() -> None:
    ranks = ([5] * 60, [1] * 60)
    few = verdict_sentence(without_keyword(make_report(*ranks, known=56)))
    enough = verdict_sentence(without_keyword(make_report(*ranks, known=40)))
    assert few.advice == (
        "Use the tuned model. Only 4 of the test questions are about items without a training example: "
        "how well it finds such items is not shown."
    )
    assert enough.advice == "Use the tuned model."


def test_each_group_has_a_verdict_of_its_own() -> None:
    better, worse = [5] * 30 + [1] * 30, [1] * 30 + [5] * 30
    report = without_keyword(make_report(better, worse, known=30))
    assert group_verdict(report, "known_items") == ("better", "Better, and more than chance.")
    assert group_verdict(report, "new_items") == ("worse", "Worse: here the base model does better.")
    report["difference_by_group"]["new_items"] = difference(0.02, -0.02, 0.06)
    assert group_verdict(report, "new_items") == (
        "same",
        "Too close to call. Label about 300 more such questions to settle it.",
    )
    report["difference_by_group"]["new_items"] = difference(0.001, -0.05, 0.052)
    assert group_verdict(report, "new_items") == ("same", "Too close to call.")


def test_a_group_of_few_is_not_judged() -> None:
    report = without_keyword(make_report([5] * 31, [1] * 31, known=30))
    assert group_verdict(report, "new_items") == (
        "",
        "Not judged: with 1 question a change may well be chance. 20 are the least.",
    )


@pytest.mark.parametrize(
    ("p_value", "words"),
    [
        (0.0001, "less than once in 1,000 times (p < 0.001)."),
        (0.004, "about once in 250 times (p = 0.004)."),
        (0.2, "about once in 5 times (p = 0.20)."),
        (0.9, "more often than not (p = 0.90)."),
    ],
)
def test_the_p_value_in_words(p_value: float, words: str) -> None:
    found = chance_words({**difference(0.1, 0, 1), "p_value": p_value}).replace("\N{NO-BREAK SPACE}", " ")
    assert found.endswith(f"difference of this size {words}")


def test_an_interval_of_few_changes_is_called_rough() -> None:
    few, many = (verdict_sentence(without_keyword(make_report([5] * 60, [1] * n + [5] * (60 - n)))) for n in (15, 16))
    assert "Only 15 test questions changed at all, so the interval is rough." in few.advice
    spelled = without_keyword(make_report([5] * 60, [1] * 16 + [5] * 44))
    for query in spelled["queries"][:16]:
        query["alike"] = 0
    advice = verdict_sentence(spelled).advice
    assert "Only 1 test question (not counting repetitions) changed at all, so the interval is rough." in advice
    assert "15 of the 60 test questions nearly repeat another one." in advice
    assert "Each counts together with the one that it repeats, which leaves 45 to judge by." in advice
    assert "nearly repeat" not in verdict_sentence({**spelled, "blend": 0.0, "verdict": "same"}).advice
    assert "nearly repeat" not in few.advice
    assert "rough" not in many.advice
