"""How the published model was chosen, in an analyst's words."""

from dataclasses import dataclass
from typing import Any

from webapp.bridge import choosing_facts, report_words
from webapp.runs.reports import Report

BY_WHOM = {
    "turns": "the same, taking turns",
    "aside": "set aside: no model learned from them",
    "none": "none: there were too few examples",
}


@dataclass(frozen=True)
class Tried:
    """A model that was judged on the choosing questions. share: of tuned weights, 0…1; 0 is the base model.

    recipe: the number of the way of learning. way: its name, and the share of the adapter on top. score: nDCG@10, 0…1.
    gain: over the base model, its 95% interval and on how many questions (trainer.report.Gain). adjusted: the gain less
    the margin for chance. distance: from the base model. barred: why it could not be chosen: behind, doubtful or "".
    Reports of earlier versions have none of these, and no report has them of the base model.
    """

    way: str
    recipe: int
    share: float
    score: float
    chosen: bool
    gain: dict[str, Any] | None = None
    adjusted: float = 0.0
    distance: float = 0.0
    barred: str = ""

    @property
    def outcome(self) -> str:
        """What became of it, in a word or two."""
        return (
            "chosen" if self.chosen else {"behind": "left behind", "doubtful": "not sure enough"}.get(self.barred, "")
        )


def everything_tried(report: Report) -> list[Tried]:
    """In the report's order. Those of version 0.1 do not number the ways of learning; there each pass was one."""
    facts = choosing_facts(report)
    return [
        Tried(
            way=way_words(name) if choice["blend"] else "base model",
            recipe=choice.get("recipe", choice["epoch"]),
            share=choice["blend"],
            score=choice["score"],
            chosen=choice is facts["chosen"],
            gain=choice.get("gain"),
            adjusted=choice.get("adjusted", 0.0),
            distance=choice.get("distance", 0.0),
            barred=choice.get("barred", ""),
        )
        for choice, name in zip(report["choices"], facts["names"], strict=True)
    ]


def way_words(name: str) -> str:
    """A way of learning as the settings call it: "4 look-alikes" for "4 hard negatives"."""
    if name.endswith("% adapter"):
        way, _, share = name.removesuffix(" adapter").rpartition(", ")
        return f"{way_words(way)} + {share} adapter"
    words = name.replace("hard negatives", "look-alikes").replace("mined anew", "found anew").replace("epoch", "pass")
    return "small adapter" if words == "adapter" else words


def choosers(report: Report) -> str:
    """Which questions chose: "331, the same, taking turns"."""
    how, count = choosing_facts(report)["how"], report["data"]["n_validation"]
    return BY_WHOM[how] if how == "none" else f"{count:,}, {BY_WHOM[how]}"


def chosen_words(report: Report) -> str:
    """What was chosen, in words: the way of learning and the share of the tuned weights."""
    facts, share = choosing_facts(report), report["blend"]
    if share == 0 and facts["how"] == "none":
        return "There were too few examples to choose a tuned model by, so the base model was kept."
    if share == 0:
        questions = report_words(report).questions
        return (
            f"No tuned model was surely better than the base model on the choosing {questions}, so the base was kept."
        )
    turns = facts["models"] > 1
    what = f"The mean of the {facts['models']} models that took turns in learning" if turns else "The tuned model"
    how = next((f" (way of learning: {tried.way})" for tried in everything_tried(report) if tried.chosen), "")
    if share == 1:
        return f"{what}{how}, without mixing in the base model."
    return (
        f"{what}{how}, mixed with the base model: {share:.0%} tuned, {1 - share:.0%} base. Mixing keeps what the base "
        "model already knew."
    )
