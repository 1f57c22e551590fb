"""Plain names for what a report measures, and numbers in words.

Names and meanings have {question}, {items} and so on where the words differ by task; `words.say` fills them in, `words`
being trainer.evaluation.task_words.TaskWords.
"""

from dataclasses import dataclass
from typing import Any

CUTOFFS = (1, 3, 5, 10, 20)
"""The k that the pages show."""

HEADLINE_METRIC = "hit@3"
"""The number that a person reads first: the share of questions with a right item among the first three."""


@dataclass(frozen=True)
class MetricFamily:
    """One metric at several k. `key` as in report.json before the @; `shown_at`: the k that titles speak of."""

    key: str
    title: str
    technical: str
    meaning: str
    shown_at: int
    short: str
    counts_questions: bool = False

    def name_at(self, k: int, words: Any) -> str:
        """The plain name at one k: "Right item among the first 3"."""
        if k == 1 and self.key == "hit":
            return str(words.say("Right {item} in first place"))
        return str(words.say(self.title.replace("the first k", f"the first {k}" if k > 1 else "first place")))


FAMILIES = (
    MetricFamily(
        "hit",
        "Right {item} among the first k",
        "Hit@k",
        "Of 100 {questions}, how many show at least one right {item} among the first k results.",
        3,
        "Right {item} found",
        counts_questions=True,
    ),
    MetricFamily(
        "ndcg",
        "Ranking quality",
        "nDCG@k",
        "100 points when every right {item} stands at the very top; the further down it stands, the fewer points. "
        "Nothing among the first k gives 0.",
        10,
        "Ranking quality",
    ),
    MetricFamily(
        "mrr",
        "How early the first right {item} comes",
        "MRR@k",
        "100 points when the first right {item} is always in first place, 50 when always second, 33 when always third; "
        "0 when it is not among the first k.",
        10,
        "How early",
    ),
    MetricFamily(
        "recall",
        "Share of all right {items} found",
        "Recall@k",
        "Of 100 right {items}, how many are among the first k results. Differs from the first metric only where a "
        "{question} has several right {items}.",
        10,
        "All right {items}",
    ),
    MetricFamily(
        "precision",
        "Share of the first k that is right",
        "Precision@k",
        "Of 100 places among the first k, how many hold a right {item}. With one right {item} a {question} this cannot "
        "exceed 100 ÷ k.",
        1,
        "Share that is right",
    ),
    MetricFamily(
        "map",
        "Quality over all right {items}",
        "MAP@k",
        "100 points when all right {items} stand at the top without a gap; made for {questions} with several right "
        "{items}.",
        10,
        "Whole list",
    ),
)

_BY_KEY = {family.key: family for family in FAMILIES}


def plain_name(metric: str, words: Any) -> str:
    """The plain name of "hit@3": "Right item among the first 3"."""
    key, _, cutoff = metric.partition("@")
    return _BY_KEY[key].name_at(int(cutoff), words) if key in _BY_KEY and cutoff.isdecimal() else metric


def technical_name(metric: str) -> str:
    """The name that specialists use of "hit@3": "Hit@3"."""
    key, _, cutoff = metric.partition("@")
    return _BY_KEY[key].technical.replace("@k", f"@{cutoff}") if key in _BY_KEY else metric


def per_hundred(share: float) -> str:
    """A share 0…1 as a whole number of 100: 0.5625 → "56"."""
    return f"{share * 100:.0f}"


def percent(share: float) -> str:
    """A share 0…1: 0.5625 → "56%"."""
    return f"{share * 100:.0f}%"


def points(share: float) -> str:
    """A score 0…1 in points of 100 with one decimal: 0.5625 → "56.2"."""
    return f"{share * 100:.1f}"


def signed(value: float, digits: int = 1) -> str:
    """With its sign, and a true minus: "+12.0", "−0.4"; "0.0" for what rounds to nothing."""
    rounded = round(value, digits)
    if rounded == 0:
        return f"{0:.{digits}f}"
    return f"{'+' if rounded > 0 else '−'}{abs(rounded):.{digits}f}"


def place(rank: int | None) -> str:
    """A rank in words: "1st place", "not in the first 100"."""
    return "not in the first 100" if rank is None else f"{ordinal(rank)} place"


def ordinal(number: int) -> str:
    """1 → "1st", 22 → "22nd", 112 → "112th"."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
