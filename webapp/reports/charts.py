"""The charts of a report as plain dictionaries, in the order of the page."""

from collections.abc import Sequence
from typing import Any

from webapp.bridge import report_words
from webapp.reports.chart import Chart
from webapp.reports.questions import Outcome, Question, outcome_counts, questions_of
from webapp.reports.training_charts import loss_chart, thin, validation_chart
from webapp.reports.tried_chart import tried_chart
from webapp.reports.words import CUTOFFS, FAMILIES, MetricFamily, per_hundred, percent, place, points
from webapp.runs.reports import Report

SYSTEMS = (("before", "Before"), ("after", "After"))
MOST_BARS, MOST_ROWS = 2_000, 500
"""Of questions that one chart draws, and that its table lists: more cannot be told apart, and would weigh the page."""
PLACES = (
    ("1st place", 1, 1),
    ("2nd–3rd", 2, 3),
    ("4th–10th", 4, 10),
    ("11th–100th", 11, 100),
)


def report_charts(report: Report) -> list[Chart]:
    """Every chart of a report, in the order of the page; those without figures are left out."""
    questions, words = questions_of(report), report_words(report)
    charts = [metric_chart(report, family) for family in FAMILIES if f"{family.key}@10" in report["after"]]
    charts += [wins_chart(questions, words), places_chart(questions, words)]
    charts += [chart for chart in (tried_chart(report), validation_chart(report)) if chart]
    if report["training"].get("loss"):
        charts.append(loss_chart(report))
    return charts


def metric_chart(report: Report, family: MetricFamily) -> Chart:
    """One metric before and after at every k, with the keyword search as a line where there is one."""
    names = [f"{family.key}@{k}" for k in CUTOFFS]
    systems = [*SYSTEMS, ("keyword", "Keyword search")] if report.get("keyword") else list(SYSTEMS)
    values = {key: [report[key][name] for name in names] for key, _ in systems}
    ticks = [f"first {k}" if k > 1 else "1st only" for k in CUTOFFS]
    traces = [_metric_bars(key, title, ticks, values[key]) for key, title in SYSTEMS]
    if "keyword" in values:
        traces.append(_keyword_line(ticks, values["keyword"]))
    words = report_words(report)
    meaning = words.say(family.meaning)
    unit = f"% of {words.questions}" if family.counts_questions else "points of 100"
    return {
        "name": f"metric-{family.key}",
        "title": _metric_title(report, family),
        "how": f"{meaning} Each pair of bars is one k: grey is the base model, colour is your model; higher is "
        "better. The dotted line is a plain keyword search (BM25), for comparison."
        if "keyword" in values
        else f"{meaning} Each pair of bars is one k: grey is the base model, colour is your model; higher is better.",
        "columns": ["Among", *(title for _, title in systems)],
        "rows": [[tick, *(points(values[key][at]) for key, _ in systems)] for at, tick in enumerate(ticks)],
        "traces": traces,
        "layout": {
            "barmode": "group",
            "yaxis": {"title": {"text": unit}, "range": [0, 112], "tickvals": [0, 25, 50, 75, 100]},
            "xaxis": {"title": {"text": "results looked at (k)"}},
        },
    }


def _metric_bars(key: str, title: str, ticks: list[str], values: Sequence[float]) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": title,
        "x": ticks,
        "y": [round(value * 100, 2) for value in values],
        "text": [per_hundred(value) for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": f"@{key}", "cornerradius": 4},
        "hovertemplate": f"{title}: %{{y:.1f}}<extra></extra>",
    }


def _keyword_line(ticks: list[str], values: Sequence[float]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Keyword search",
        "x": ticks,
        "y": [round(value * 100, 2) for value in values],
        "line": {"color": "@text", "width": 1.5, "dash": "dot"},
        "marker": {"color": "@surface", "size": 8, "symbol": "diamond", "line": {"color": "@text", "width": 1.5}},
        "hovertemplate": "Keyword search: %{y:.1f}<extra></extra>",
    }


def _metric_title(report: Report, family: MetricFamily) -> str:
    name = f"{family.key}@{family.shown_at}"
    before, after = report["before"][name], report["after"][name]
    words = report_words(report)
    what = family.name_at(family.shown_at, words)
    if family.counts_questions:
        return f"{what}: {percent(after)} of {words.questions}, before {percent(before)}"
    at = "" if family.key == "precision" else f" (first {family.shown_at})"
    return f"{what}{at}: {points(after)} points, before {points(before)}"


def wins_chart(questions: Sequence[Question], words: Any) -> Chart:
    """One bar per question, sorted from the biggest gain to the biggest loss. words: of the report's task."""
    everything = sorted(questions, key=lambda question: -question.gain)
    ordered = thin(everything, MOST_BARS)
    drawn = f"Every bar is one test {words.question}."
    if len(ordered) < len(everything):
        drawn = (
            f"Every bar is a test {words.question}; {len(ordered):,} of {len(everything):,} are drawn, evenly taken."
        )
    counts = outcome_counts(questions)
    return {
        "name": "wins",
        "title": f"{counts[Outcome.WON]} of {len(everything)} {words.questions} gained and {counts[Outcome.LOST]} lost",
        "how": f"{drawn} Its score is 100 when {words.right_item} is first, 50 when second, 33 when "
        "third, and so on. A bar up says how much the score rose with your model; a bar down, how much it fell; "
        "no bar, that nothing changed. Click a bar to see both result lists.",
        "columns": [words.question.capitalize(), "Before", "After", "Change of score"],
        "rows": [
            [question.shown.words, place(question.before), place(question.after), f"{question.gain:+.0f}"]
            for question in thin(ordered, MOST_ROWS)
        ],
        "traces": [
            {
                "type": "bar",
                "name": "Change",
                "x": list(range(1, len(ordered) + 1)),
                "y": [round(question.gain, 2) for question in ordered],
                "customdata": [question.id for question in ordered],
                "hovertext": [_hover(question) for question in ordered],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {"color": ["@gain" if question.gain > 0 else "@loss" for question in ordered]},
            }
        ],
        "layout": {
            "bargap": 0.15 if len(ordered) <= 150 else 0,
            "showlegend": False,
            "hovermode": "closest",
            "yaxis": {
                "title": {"text": f"change of the {words.question}'s score"},
                "range": [-108, 108],
                "zeroline": True,
            },
            "xaxis": {"title": {"text": f"{words.questions}, biggest gain first"}, "showticklabels": False},
        },
    }


def _hover(question: Question) -> str:
    name = question.shown.words
    text = name if len(name) <= 70 else f"{name[:69]}…"
    # Plotly reads a few tags in labels; the page's script takes a leading @ for the name of a colour.
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
    return f"{safe}<br>before: {place(question.before)}<br>after: {place(question.after)}"


def places_chart(questions: Sequence[Question], words: Any) -> Chart:
    """How many questions have their first right item at which places, before and after. words: of the report's task."""
    labels = [label for label, _, _ in PLACES] + ["not found"]
    counts = {
        "before": _places([question.before for question in questions]),
        "after": _places([question.after for question in questions]),
    }
    return {
        "name": "places",
        "title": words.say(f"{{Right_item}} comes first for {counts['after'][0]} of {len(questions)} {{questions}}, ")
        + f"before for {counts['before'][0]}",
        "how": words.say("Every {question} is counted once, at the place of its first right {item}. ")
        + "Good news looks like this: the "
        "coloured bars are higher on the left and lower on the right. “Not found” means not among the first 100.",
        "columns": [f"Place of {words.right_item}", "Before", "After"],
        "rows": [[label, str(counts["before"][at]), str(counts["after"][at])] for at, label in enumerate(labels)],
        "traces": [
            {
                "type": "bar",
                "name": title,
                "x": labels,
                "y": counts[key],
                "text": [str(count) for count in counts[key]],
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": f"@{key}", "cornerradius": 4},
                "hovertemplate": f"{title}: %{{y}} {words.questions}<extra></extra>",
            }
            for key, title in SYSTEMS
        ],
        "layout": {
            "barmode": "group",
            "yaxis": {"title": {"text": words.questions}, "rangemode": "tozero"},
            "xaxis": {"title": {"text": f"place of {words.right_item}"}},
        },
    }


def _places(ranks: Sequence[int | None]) -> list[int]:
    counts = [sum(rank is not None and low <= rank <= high for rank in ranks) for _, low, high in PLACES]
    return [*counts, len(ranks) - sum(counts)]
