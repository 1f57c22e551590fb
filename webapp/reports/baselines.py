"""What a report puts beside before and after: what can be had without any training, and without this model."""

from dataclasses import dataclass

from webapp.bridge import report_words
from webapp.reports.words import HEADLINE_METRIC, per_hundred, percent
from webapp.runs.reports import Report


@dataclass(frozen=True)
class Baseline:
    """key: in report.json. title: in tables and legends. place: the heading of a query's places. drawn: what its line
    in a chart is. compared: a sentence with it and the model, {found} and {after} of 100, in the words of the task."""

    key: str
    title: str
    place: str
    drawn: str
    compared: str


BASELINES = (
    Baseline(
        "keyword",
        "Keyword search",
        "Place by keywords",
        "a plain keyword search (BM25), for comparison.",
        "A plain keyword search, as many intranets have it, shows {right_item} among the first 3 for {found} of "
        "{questions}; your model for {after}.",
    ),
    Baseline(
        "zero_shot",
        "By label names",
        "Place by label names",
        "the base model without any training, by the names of the labels alone, for comparison.",
        "Without any training, by the names of the labels alone, the base model shows {right_item} among the first 3 "
        "for {found} of {questions}; your model for {after}.",
    ),
)


def baseline_of(report: Report) -> Baseline | None:
    """The one that a report has: keyword search for texts, the labels' names where the base model can read them."""
    return next((each for each in BASELINES if report.get(each.key)), None)


def baseline_words(report: Report) -> str:
    """One sentence that compares the model with it; empty where there is none."""
    baseline = baseline_of(report)
    if baseline is None:
        return ""
    found, after = (percent(system[HEADLINE_METRIC]) for system in (report[baseline.key], report["after"]))
    return baseline.compared.format_map({**report_words(report).by_name(), "found": found, "after": after})


def headline_of(report: Report, baseline: Baseline) -> str:
    """Its share of questions with a right item among the first three, such as "61%"."""
    return f"{per_hundred(report[baseline.key][HEADLINE_METRIC])}%"
