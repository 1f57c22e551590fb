"""The charts of one metric before and after, at every k."""

from collections.abc import Mapping, Sequence
from typing import Any

from webapp.bridge import report_words
from webapp.reports.baselines import BASELINES
from webapp.reports.chart import Chart
from webapp.reports.words import CUTOFFS, MetricFamily, per_hundred, percent, points
from webapp.runs.reports import Report

SYSTEMS = (("before", "Before"), ("after", "After"))
_OTHERS = tuple((each.key, each.title) for each in BASELINES)
TICKS = [1, 3, 5, 10, 15, 20]


def metric_chart(report: Report, family: MetricFamily) -> Chart:
    """One metric before and after at every k, with what it is compared with as a line where there is one: as curves
    with their intervals, or as bars where a report has no curves."""
    curves = report.get("curves") or {}
    drawn = _curves(report, family) if family.key in curves.get("after", {}) else _bars(report, family)
    words = report_words(report)
    unit = f"% of {words.questions}" if family.counts_questions else "points of 100"
    drawn["layout"]["yaxis"] = {"title": {"text": unit}, "range": [0, 112], "tickvals": [0, 25, 50, 75, 100]}
    return {"name": f"metric-{family.key}", "title": _title(report, family), **drawn}  # type: ignore[typeddict-item]


def _title(report: Report, family: MetricFamily) -> str:
    name = f"{family.key}@{family.shown_at}"
    before, after = report["before"][name], report["after"][name]
    words = report_words(report)
    what = family.name_at(family.shown_at, words)
    if family.counts_questions:
        return f"{what}: {percent(after)} of {words.questions}, before {percent(before)}"
    at = "" if family.key == "precision" else f" (first {family.shown_at})"
    return f"{what}{at}: {points(after)} points, before {points(before)}"


def _curves(report: Report, family: MetricFamily) -> dict[str, Any]:
    curves, words = report["curves"], report_words(report)
    systems = [(key, title) for key, title in (*SYSTEMS, *_OTHERS) if key in curves]
    banded = "low" in curves["after"][family.key]
    how = f"{words.say(family.meaning)} The horizontal axis is k, how many results are looked at. Grey is the base "
    how += "model, colour is your model; higher is better."
    if banded:
        how += (
            f" The soft bands say how far the lines could move with other {words.questions} of the same kind (95% "
            "intervals). Bands may overlap although the difference is real, for both models answered the same "
            f"{words.questions}; the verdict compares {words.question} by {words.question}."
        )
    how += _dotted(curves)
    traces = [_band(curves, key, family.key) for key, _ in SYSTEMS] if banded else []
    traces += [_line(curves, key, title, family.key) for key, title in systems[::-1]]
    rows = [
        [f"first {k}" if k > 1 else "1st only", *(_cell(curves[key][family.key], at) for key, _ in systems)]
        for at, k in enumerate(curves["k"])
    ]
    return {
        "how": how,
        "columns": ["Among", *(f"{title} (95% interval)" if banded else title for _, title in systems)],
        "rows": rows,
        "traces": traces,
        "layout": {
            "xaxis": {"title": {"text": "results looked at (k)"}, "tickvals": TICKS, "range": [0.6, 20.4]},
            "legend": {"traceorder": "reversed"},
        },
    }


def _cell(curve: dict[str, Any], at: int) -> str:
    if "low" not in curve:
        return points(curve["mean"][at])
    return f"{points(curve['mean'][at])} ({points(curve['low'][at])} to {points(curve['high'][at])})"


def _band(curves: dict[str, Any], system: str, metric: str) -> dict[str, Any]:
    """The interval, as an area."""
    low, high = (curves[system][metric][end] for end in ("low", "high"))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*curves["k"], *curves["k"][::-1]],
        "y": [_drawn(value) for value in (*high, *low[::-1])],
        "fill": "toself",
        "fillcolor": f"@{system}/0.16",
        "line": {"width": 0, "color": f"@{system}/0"},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _line(curves: dict[str, Any], system: str, title: str, metric: str) -> dict[str, Any]:
    curve = curves[system][metric]
    other = system not in dict(SYSTEMS)
    between = " (%{customdata[0]:.1f} to %{customdata[1]:.1f})" if "low" in curve else ""
    line: dict[str, Any] = {"color": "@text" if other else f"@{system}", "width": 1.5 if other else 2.75}
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines" if other else "lines+markers",
        "name": title,
        "x": curves["k"],
        "y": [_drawn(value) for value in curve["mean"]],
        "line": {**line, "dash": "dot"} if other else line,
        "hovertemplate": f"{title}: %{{y:.1f}}{between}<extra></extra>",
    }
    if not other:
        trace["marker"] = {"color": f"@{system}", "size": 5, "symbol": "circle" if system == "after" else "square"}
    if between:
        trace["customdata"] = [
            [_drawn(low), _drawn(high)] for low, high in zip(curve["low"], curve["high"], strict=True)
        ]
    return trace


def _drawn(share: float) -> float:
    return round(share * 100, 2)


def _bars(report: Report, family: MetricFamily) -> dict[str, Any]:
    """Of the k that older reports have."""
    names = [f"{family.key}@{k}" for k in CUTOFFS]
    others = [(key, title) for key, title in _OTHERS if report.get(key)]
    systems = [*SYSTEMS, *others]
    values = {key: [report[key][name] for name in names] for key, _ in systems}
    ticks = [f"first {k}" if k > 1 else "1st only" for k in CUTOFFS]
    traces = [_metric_bars(key, title, ticks, values[key]) for key, title in SYSTEMS]
    traces += [_other_line(title, ticks, values[key]) for key, title in others]
    how = f"{report_words(report).say(family.meaning)} Each pair of bars is one k: grey is the base model, colour is "
    how += "your model; higher is better."
    how += _dotted(values)
    return {
        "how": how,
        "columns": ["Among", *(title for _, title in systems)],
        "rows": [[tick, *(points(values[key][at]) for key, _ in systems)] for at, tick in enumerate(ticks)],
        "traces": traces,
        "layout": {"barmode": "group", "xaxis": {"title": {"text": "results looked at (k)"}}},
    }


def _metric_bars(key: str, title: str, ticks: list[str], values: Sequence[float]) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": title,
        "x": ticks,
        "y": [_drawn(value) for value in values],
        "text": [per_hundred(value) for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": f"@{key}", "cornerradius": 4},
        "hovertemplate": f"{title}: %{{y:.1f}}<extra></extra>",
    }


def _dotted(systems: Mapping[str, Any]) -> str:
    return "".join(f" The dotted line is {each.drawn}" for each in BASELINES if each.key in systems)


def _other_line(title: str, ticks: list[str], values: Sequence[float]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": title,
        "x": ticks,
        "y": [_drawn(value) for value in values],
        "line": {"color": "@text", "width": 1.5, "dash": "dot"},
        "marker": {"color": "@surface", "size": 8, "symbol": "diamond", "line": {"color": "@text", "width": 1.5}},
        "hovertemplate": f"{title}: %{{y:.1f}}<extra></extra>",
    }
