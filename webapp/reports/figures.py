"""What the report page says at the top and about each group of questions, ready for the template."""

from dataclasses import dataclass
from typing import Any

from webapp.bridge import chance_words, group_verdict, report_words
from webapp.reports.baselines import baseline_of, headline_of
from webapp.reports.words import HEADLINE_METRIC, per_hundred, plain_name, points, signed, technical_name
from webapp.runs.reports import Report


@dataclass(frozen=True)
class Interval:
    """A difference with its 95% interval, and where a drawing 100 wide, its zero in the middle, has them."""

    mean: float
    low: float
    high: float
    x_mean: float
    x_low: float
    x_high: float

    @property
    def width(self) -> float:
        """Of the interval in the drawing; never too thin to see."""
        return max(self.x_high - self.x_low, 0.8)

    @property
    def kind(self) -> str:
        """`better` or `worse` when the interval is on one side of zero, else `same`."""
        return "better" if self.low > 0 else "worse" if self.high < 0 else "same"


@dataclass(frozen=True)
class Change:
    """One metric before and after on some questions, in numbers ready to print."""

    name: str
    technical: str
    before: str
    after: str
    step: str
    n: int
    interval: Interval | None
    interval_words: str


@dataclass(frozen=True)
class VerdictCard:
    """The top of the report. state: better, same, worse, or `kept` where the base model itself is what came out.

    number: what a person reads first. quality: the one measure that decides. chance: its p-value in words, empty where
    nothing was changed. baseline: what can be had without this model has of `number`, and what it is; empty where
    there is none.
    """

    state: str
    label: str
    headline: str
    detail: str
    advice: str
    number: Change
    quality: Change
    chance: str
    baseline_title: str
    baseline: str


@dataclass(frozen=True)
class Group:
    """Questions about known items, or about new ones (those without an example in training).

    state: better, same, worse, or empty where they are too few to be judged; verdict: the same in a sentence.
    """

    title: str
    meaning: str
    n: int
    changes: list[Change]
    state: str
    verdict: str


LABELS = {
    "better": "A real improvement",
    "same": "Too close to call",
    "worse": "Worse than before",
    "kept": "The base model was kept",
}
GROUPS = (
    (
        "known_items",
        "Known {subjects}",
        "{Questions} whose right {items} also occurred in the training examples.",
        "{Questions} whose label also occurred in the training examples.",
    ),
    (
        "new_items",
        "New {subjects}",
        "{Questions} with a right {item} for which there was no training example.",
        "{Questions} whose label occurred in no training example.",
    ),
)
"""Key, title, and meaning: where pairs say what matches, and where labels do."""


def verdict_card(report: Report, words: Any) -> VerdictCard:
    """The verdict; `words` has headline, detail and advice (trainer.evaluation.verdict.VerdictWords)."""
    state, baseline = "kept" if report["blend"] == 0 else report["verdict"], baseline_of(report)
    return VerdictCard(
        state=state,
        label=LABELS[state],
        headline=words.headline,
        detail=words.detail,
        advice=words.advice,
        number=change(report, HEADLINE_METRIC, _difference(report, HEADLINE_METRIC), report_words(report)),
        quality=change(report, report["difference"]["metric"], report["difference"], report_words(report)),
        chance=chance_words(report) if report["blend"] else "",
        baseline_title=baseline.title if baseline else "",
        baseline=headline_of(report, baseline) if baseline else "",
    )


def _difference(report: Report, metric: str) -> dict[str, Any] | None:
    difference: dict[str, Any] | None = report.get("differences", {}).get(metric)
    return difference


def groups(report: Report) -> list[Group]:
    """The two groups of questions, those that exist."""
    found, words = [], report_words(report)
    for key, title, by_pairs, by_labels in GROUPS:
        if key not in report["after"] or not report["after"][key]["n"]:
            continue
        before, after = report["before"][key]["metrics"], report["after"][key]["metrics"]
        difference = report["difference_by_group"].get(key)
        metric = report["difference"]["metric"]
        pair = {"before": before, "after": after, "data": {"n_test_queries": report["after"][key]["n"]}}
        n, (kind, sentence) = report["after"][key]["n"], group_verdict(report, key)
        changes = [
            change(pair, HEADLINE_METRIC, None, words),
            change(pair, metric, difference if kind else None, words),
        ]
        meaning = by_labels if report.get("labels") else by_pairs
        found.append(Group(words.say(title), words.say(meaning), n, changes, kind, sentence))
    return found


def change(values: dict[str, Any], metric: str, difference: dict[str, Any] | None, words: Any) -> Change:
    """One metric of `values` (`before` and `after` by metric); percent for hits, points of 100 else. words: of the
    report's task."""
    before, after = values["before"][metric], values["after"][metric]
    show, digits, unit = (per_hundred, 0, "%") if metric.startswith("hit@") else (points, 1, "")
    interval = interval_of(difference) if difference else None
    return Change(
        name=plain_name(metric, words),
        technical=technical_name(metric),
        before=f"{show(before)}{unit}",
        after=f"{show(after)}{unit}",
        step=signed(float(show(after)) - float(show(before)), digits),
        n=int(values["data"]["n_test_queries"]),
        interval=interval,
        interval_words=interval_words(interval, metric, words) if interval else "",
    )


def interval_of(difference: dict[str, Any]) -> Interval:
    """Scaled so that the farther end nearly touches the edge; ±5 points at least, so that tiny changes look tiny."""
    low, high = difference["ci95"]
    reach = max(abs(low), abs(high), 0.05) * 1.1
    x_mean, x_low, x_high = (round(50 + 50 * value / reach, 2) for value in (difference["mean"], low, high))
    return Interval(difference["mean"], low, high, x_mean, x_low, x_high)


def interval_words(interval: Interval, metric: str, words: Any) -> str:
    """Such as "The true difference lies between +4 and +26 questions of 100 (95% interval)." """
    counted = metric.startswith("hit@")
    if interval.low == interval.high == 0:
        return f"Before and after are the same for every {words.question}."
    digits, unit = (0, f"{words.questions} of 100") if counted else (1, "points")
    if interval.kind != "same" and any(round(100 * end, digits) == 0 for end in (interval.low, interval.high)):
        digits += 1  # an end that rounds to 0 would look as if there might be no difference
    low, high = (signed(value * 100, digits) for value in (interval.low, interval.high))
    if interval.kind == "same":
        return f"The true difference may lie anywhere between {low} and {high} {unit} (95% interval), zero among them."
    return f"The true difference lies between {low} and {high} {unit} (95% interval)."
