"""Whether a race begins with hard negatives: by what recurs in the examples, and by what the base model finds."""

from random import Random

import numpy as np
import pytest

from trainer.config import FinetuneConfig
from trainer.first_way import COMPARED, begins_without_negatives, recurrence
from trainer.recipes import recipes_of

ONCE = {f"q{number}": [f"d{number}"] for number in range(200)}
OFTEN = {f"q{number}": [f"d{number % 50}"] for number in range(200)}


@pytest.mark.parametrize(("matches", "found", "expected"), [(ONCE, 0.3, True), (ONCE, 0.7, False), (OFTEN, 0.3, False)])
def test_without_only_where_items_do_not_recur_and_the_base_model_finds_little(
    matches: dict[str, list[str]], found: float, expected: bool
) -> None:
    assert begins_without_negatives(matches, found) is expected


def test_recurrence_counts_queries_that_share_a_match() -> None:
    assert recurrence({}) == recurrence(ONCE) == 0
    assert recurrence(OFTEN) == 1
    some = {f"q{number}": [f"d{max(number, 30)}", f"e{number}", f"e{number}"] for number in range(COMPARED)}
    assert recurrence(some) == pytest.approx(31 / COMPARED)


def test_recurrence_of_few_examples_says_what_it_would_be_of_more() -> None:
    """Items drawn at random from 2,000."""
    random = Random(0)

    def drawn(n: int) -> float:
        return recurrence({f"q{number}": [str(random.randrange(2_000))] for number in range(n)})

    few, many = (float(np.mean([drawn(n) for _ in range(20)])) for n in (100, 1_000))
    assert few == pytest.approx(1 - (1 - 1 / 2_000) ** (COMPARED - 1), abs=0.04)
    assert many == pytest.approx(few, abs=0.05)


def test_only_a_race_begins_without() -> None:
    def names(config: FinetuneConfig, *, without_first: bool) -> list[str]:
        return [recipe.name for recipe in recipes_of(config, without_first=without_first)]

    balanced, thorough = (FinetuneConfig.for_preset(name) for name in ("balanced", "thorough"))
    assert names(balanced, without_first=False) == ["4 hard negatives", "no hard negatives"]
    assert names(balanced, without_first=True) == ["no hard negatives", "4 hard negatives"]
    assert names(thorough, without_first=True) == names(thorough, without_first=False)
    anew = FinetuneConfig.for_preset("balanced", mine_anew=True)
    mined = "4 hard negatives, mined anew"  # right after the training that mines for it
    assert names(anew, without_first=True) == ["no hard negatives", "4 hard negatives", mined]
