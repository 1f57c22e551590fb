"""Who chose, and what: from reports of today and from those of version 0.1."""

from typing import Any, cast

import pytest

from trainer.config import FinetuneConfig
from trainer.evaluation.choosing_words import chosen_choice, how_chosen, n_models, questions_told, recipe_name
from trainer.recipes import recipes_of
from trainer.report import Choice, Report

CHOICES: list[Choice] = [
    {"candidate": "base", "recipe": 0, "epoch": 0, "blend": 0.0, "score": 0.40},
    {"candidate": "4 hard negatives, 50% tuned", "recipe": 1, "epoch": 3, "blend": 0.5, "score": 0.52},
    {"candidate": "no hard negatives, 50% tuned", "recipe": 2, "epoch": 3, "blend": 0.5, "score": 0.50},
]


def report(data: dict[str, Any], **more: Any) -> Report:
    counts = {"n_train": 1331, "n_validation": 1331, "n_test_queries": 81}
    whole = {"data": counts | data, "choices": CHOICES, "settings": {"folds": 4}, "blend": 0.5, "epoch": 3}
    return cast(Report, whole | more)


@pytest.mark.parametrize(
    ("data", "how", "models", "told"),
    [
        (
            {"choosing": "turns"},
            "turns",
            4,
            "1,331 to learn from and, taking turns, to choose settings by, 81 to judge",
        ),
        ({"choosing": "aside", "n_validation": 40}, "aside", 1, "1,331 to learn from, 40 to choose settings by, 81 to"),
        ({"choosing": "none", "n_validation": 0}, "none", 1, "1,331 to learn from, 81 to judge"),
        ({"n_validation": 40}, "aside", 1, "1,331 to learn from, 40 to choose settings by, 81 to judge"),
        ({"n_validation": 0}, "none", 1, "1,331 to learn from, 81 to judge"),
    ],
)
def test_who_chose(data: dict[str, Any], how: str, models: int, told: str) -> None:
    made = report(data)
    assert (how_chosen(made), n_models(made)) == (how, models)
    assert questions_told(made).startswith(told)


def test_the_recipe_tells_candidates_of_the_same_share_apart() -> None:
    assert chosen_choice(report({}, recipe=2)) is CHOICES[2]
    assert recipe_name(CHOICES[2]) == "no hard negatives"
    assert chosen_choice(report({}, recipe=3)) is None


def test_a_mean_of_several_ways_is_of_as_many_trainings() -> None:
    (name,) = [recipe.name for recipe in recipes_of(FinetuneConfig.for_preset("thorough")) if recipe.of_all]
    mean = Choice(candidate=f"{name}, 75% tuned", recipe=4, epoch=3, blend=0.75, score=0.5)
    turns = {"choosing": "turns", "n_validation": 331}
    made = report(turns, recipe=4, epoch=3, blend=0.75, choices=[mean])
    plain = report(turns, recipe=2)
    assert n_models(made) == 3 * n_models(plain) > 3


def test_shares_of_an_adapter_are_told_apart_by_what_is_marked_else_by_score() -> None:
    plain, little, more = (
        Choice(candidate=f"4 hard negatives, 50% tuned{adapter}", recipe=1, epoch=3, blend=0.5, score=score)
        for adapter, score in (("", 0.5), (", 25% adapter", 0.53), (", 50% adapter", 0.52))
    )
    assert recipe_name(little) == "4 hard negatives, 25% adapter"
    assert recipe_name({**plain, "candidate": "adapter, 50%"}) == "adapter"
    assert chosen_choice(report({}, recipe=1, choices=[plain, little, more])) is little
    marked = Choice(**{**more, "chosen": True})
    assert chosen_choice(report({}, recipe=1, choices=[plain, little, marked])) is marked


def test_the_base_model_is_found_whatever_its_recipe_is_called() -> None:
    assert chosen_choice(report({}, blend=0.0, epoch=0)) is CHOICES[0]


def test_a_report_of_version_0_1_goes_by_pass_and_share() -> None:
    old: list[Choice] = [
        {"candidate": "2 hard negatives, epoch 2, 25% tuned", "epoch": 2, "blend": 0.25, "score": 0.5},
        {"candidate": "2 hard negatives, epoch 3, 25% tuned", "epoch": 3, "blend": 0.25, "score": 0.5},
    ]
    found = chosen_choice(report({"n_validation": 40}, choices=old, blend=0.25))
    assert found is old[1]
    assert recipe_name(old[1]) == "2 hard negatives, epoch 3"
