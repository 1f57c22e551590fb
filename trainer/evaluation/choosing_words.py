"""By what questions a report's model was chosen, and what was. Light: the web process calls it."""

import re
from typing import Literal

from trainer.report import Choice, Report

Choosing = Literal["turns", "aside", "none"]
"""turns: every example was learned from, and chose among models that had not learned from it. aside: questions were
set aside for choosing. none: there were too few examples, so the base model is kept."""

_MEAN = re.compile(r"mean of all (\d+) ways")
"""As `trainer.recipes` names it."""


def how_chosen(report: Report) -> Choosing:
    """See `Choosing`. Reports of version 0.1 do not say it; they set questions aside, where there were enough."""
    data = report["data"]
    told: Choosing | None = data.get("choosing")
    return told or ("aside" if data["n_validation"] else "none")


def chosen_choice(report: Report) -> Choice | None:
    """That of the choices which was published; None where none of them is.

    Choices of one recipe and share that differ in the adapter only are told apart by their `chosen`; without it, the
    one of the best score is taken.
    """
    wanted = (report.get("recipe"), report["epoch"], report["blend"])
    marked = [choice for choice in report["choices"] if choice.get("chosen")]
    same = [
        choice
        for choice in report["choices"]
        if (choice.get("recipe"), choice["epoch"], choice["blend"]) == wanted or report["blend"] == choice["blend"] == 0
    ]
    return max(marked or same, key=lambda choice: choice["score"], default=None)


def recipe_name(choice: Choice) -> str:
    """How it was learned, without the share of tuned weights: "4 hard negatives", "4 hard negatives, 25% adapter"."""
    share = f", {choice['blend']:.0%}"
    return choice["candidate"].replace(f"{share} tuned", "", 1).removesuffix(share)


def n_models(report: Report) -> int:
    """How many trainings the tuned weights are the mean of: one a turn, or of each way that was tried."""
    turns = int(report["settings"].get("folds") or 1) if how_chosen(report) == "turns" else 1
    chosen = chosen_choice(report)
    ways = _MEAN.match(recipe_name(chosen)) if chosen else None
    return turns * (int(ways[1]) if ways else 1)


def questions_told(report: Report) -> str:
    """Such as "331 to learn from and, taking turns, to choose settings by, 81 to judge"."""
    data = report["data"]
    choosing = {
        "turns": " and, taking turns, to choose settings by",
        "aside": f", {data['n_validation']:,} to choose settings by",
        "none": "",
    }[how_chosen(report)]
    return f"{data['n_train']:,} to learn from{choosing}, {data['n_test_queries']:,} to judge"
