"""What a report says of the candidates, against the rule that chose and against scipy."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from tests.trainer.test_blend import BASE, CENTRED, candidate
from trainer.blend import Candidate, adjusted_gain, choose
from trainer.choices import choice_rule, explain, names_not_tried, told_choices
from trainer.validation import Scores


def behind(scores: np.ndarray, recipe: int) -> Candidate:
    """Judged by the first half of the queries, and dropped."""
    half = {f"q{n}": float(score) for n, score in enumerate(scores[: len(scores) // 2])}
    return Candidate("behind", recipe, 3, 1.0, 0.0, Scores(half, dict.fromkeys(half, 0.05)), dropped=True)


def test_each_candidate_s_gain_has_its_interval_and_what_the_rule_makes_of_it() -> None:
    base, half, whole = candidate(0, BASE), candidate(0.5, BASE + 0.1), candidate(1.0, BASE + 0.06 + CENTRED)
    dropped = behind(BASE + 0.2 + CENTRED, recipe=2)
    found = told_choices([base, half, whole, dropped], choose(base, [half, whole, dropped]))
    assert [choice["chosen"] for choice in found] == [False, True, False, False]
    assert not {"gain", "adjusted", "distance", "barred"} & set(found[0])
    textbook = ttest_1samp(0.06 + CENTRED, 0)
    assert found[2]["gain"] == {
        "mean": pytest.approx(0.06),
        "standard_error": pytest.approx(0.06 / textbook.statistic),
        "ci95": pytest.approx(list(textbook.confidence_interval(0.95))),
        "n": 40,
    }
    assert found[2]["adjusted"] == adjusted_gain(base, whole) < found[2]["gain"]["mean"]
    assert (found[1]["distance"], found[2]["distance"]) == (0.5, 1.0)
    assert [choice.get("barred") for choice in found] == [None, None, None, "behind"]
    first_half = (0.2 + CENTRED)[:20].mean()
    assert (found[3]["gain"]["n"], found[3]["gain"]["mean"]) == (20, pytest.approx(first_half))
    assert found[3]["score"] == pytest.approx(BASE.mean() + first_half)


def test_a_gain_that_doubtful_examples_forbid_is_told_as_such() -> None:
    base, tuned = candidate(0, BASE, BASE), candidate(1.0, BASE + 0.1 + CENTRED, BASE)
    assert choose(base, [tuned]) is base
    assert told_choices([base, tuned], base)[1]["barred"] == "doubtful"
    assert choice_rule(base, ["x"]) == {"caution": 0.5, "doubtful": True, "certain": 4.0, "not_tried": ["x"]}
    assert not choice_rule(candidate(0, BASE), [])["doubtful"]


def test_ways_that_were_not_tried_are_named_and_where_nobody_can_choose_none_is() -> None:
    base, tuned = candidate(0, BASE), candidate(1.0, BASE + 0.1)
    assert names_not_tried(["a", "b", "c"], [base, tuned]) == ["b", "c"]
    assert names_not_tried(["a", "b"], [candidate(0, [])]) == []
    assert "+0.100, 95% interval +0.100 to +0.100). Not tried, as one" in explain(tuned, base, ["b", "c"])
    assert explain(base, base, []).endswith("so it stays as it is.")


def test_one_query_gives_no_interval() -> None:
    base, tuned = candidate(0, [0.5]), candidate(1.0, [1.0])
    assert "gain" not in told_choices([base, tuned], base)[1]
