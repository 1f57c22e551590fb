"""The figures at the top of the report and of its groups."""

from tests.webapp.reports.factory import make_report
from webapp.bridge import ENOUGH_TO_JUDGE, task_words
from webapp.reports.figures import Interval, groups, interval_of, interval_words

WORDS = task_words("text-text")


def test_a_group_of_few_questions_shows_no_interval() -> None:
    ranks = [(5, 1, 3)] * ENOUGH_TO_JUDGE + [(2, 1, 3)] * (ENOUGH_TO_JUDGE - 1)
    known, new = groups({**make_report(ranks, known=ENOUGH_TO_JUDGE)})
    assert (known.n, known.state) == (20, "better")
    assert known.changes[1].interval is not None
    assert new.changes[1].interval is None
    assert (new.state, new.verdict) == (
        "",
        "Not judged: with 19 questions a change may well be chance. 20 are the least.",
    )


def interval(low: float, high: float) -> Interval:
    """A 95% interval, as parts of 1."""
    return interval_of({"mean": (low + high) / 2, "ci95": [low, high]})


def test_an_interval_beside_zero_is_not_rounded_to_zero() -> None:
    words = "The true difference lies between +0.4 and +4.8 questions of 100 (95% interval)."
    assert interval_words(interval(0.004, 0.048), "hit@3", WORDS) == words
    assert "between −12 and −2 questions" in interval_words(interval(-0.12, -0.02), "hit@3", WORDS)
    assert "anywhere between 0 and +5 questions" in interval_words(interval(0, 0.05), "hit@3", WORDS)


def test_a_kept_base_model_shows_no_interval_from_zero_to_zero() -> None:
    assert interval_words(interval(0, 0), "ndcg@10", WORDS) == "Before and after are the same for every question."
