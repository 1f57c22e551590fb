"""What the page *Compare runs* shows, gathered for its template."""

import textwrap
from collections.abc import Sequence
from typing import Any

from webapp.bridge import report_words
from webapp.reports.chart import Chart
from webapp.reports.choosing import everything_tried
from webapp.reports.comparing import (
    DECIDING,
    SHOWN,
    Basis,
    Chosen,
    Comparison,
    Lead,
    System,
    compare,
    which_to_ship,
)
from webapp.reports.words import per_hundred, plain_name, points, signed, technical_name
from webapp.runs.estimates import seconds_of
from webapp.runs.models import Run
from webapp.runs.reports import Report
from webapp.runs.setting_words import setting_rows
from webapp.runs.words import duration_words

COLOURS = {"run": "@after", "base": "@before", "keyword": "@text"}
SYMBOLS = {"run": "circle", "base": "square", "keyword": "diamond"}


def comparison_context(*, chosen: Chosen, metric: str) -> dict[str, Any]:
    """Of two runs or more: which to ship, the chart of `metric`, all figures, and what was done differently."""
    comparison, words = compare(chosen, metric), report_words(chosen[0][1])
    context = {
        "words": words.by_name(),
        "basis": comparison.basis,
        "basis_words": basis_words(chosen, comparison.basis),
        "choice": which_to_ship(chosen, comparison),
        "differing": differing_rows(chosen),
    }
    if not comparison.values:
        return context
    n_leads = len(comparison.leads)
    return {
        **context,
        "chart": compare_chart(comparison, metric, words),
        "leads": [_lead_row(lead, comparison.leads) for lead in comparison.leads],
        "claims_words": claims_words(n_leads),
        "level": f"{100 * comparison.level:.4g}%",
        "systems": comparison.systems,
        "figures": [_figure_row(name, comparison, words) for name in (DECIDING, *SHOWN)],
    }


def basis_words(chosen: Chosen, basis: Basis) -> tuple[str, str]:
    """What the runs were judged by, and what to make of it."""
    words = report_words(chosen[0][1])
    if basis.kind == "same":
        number = chosen[0][0].dataset.number
        return f"All were judged by the same {basis.n:,} test {words.questions} of data version {number}.", ""
    if basis.kind == "none":
        shared = f"only {basis.n:,} of them" if basis.n else "none of them"
        return (
            f"These runs cannot be compared: they were judged on different test {words.questions}, with {shared} in "
            "common.",
            "Repeat one of the runs on the other’s data version, then compare the two.",
        )
    caution = (
        f"They also searched among different numbers of {words.items} ({_and([f'{each:,}' for each in basis.items])}); "
        "among more, it is harder to be first."
        if len(set(basis.items)) > 1
        else ""
    )
    return (
        f"These runs were judged on different test {words.questions}, so the figures of their reports cannot be "
        f"compared. Here they are compared on the {basis.n:,} {words.questions} that judged all of them.",
        caution,
    )


def claims_words(n: int) -> str:
    """Why intervals are wider here than in a report."""
    if n == 1:
        return "One comparison is made here, so its interval is the usual one: 95%."
    return (
        f"{n} comparisons are made here. The more one compares, the likelier chance looks like a difference; so each "
        "interval is widened until all of them together are wrong at most 5 times in 100."
    )


def compare_chart(comparison: Comparison, metric: str, words: Any) -> Chart:
    """One metric of all systems, as dots with their 95% intervals."""
    ordered = list(zip(comparison.systems, comparison.values[metric], strict=True))
    name, counted = plain_name(metric, words), metric.startswith("hit@")
    best, (mean, _, _) = max(ordered, key=lambda pair: pair[1][0])
    shown = f"{per_hundred(mean)}% of {words.questions}" if counted else f"{points(mean)} points"
    return {
        "name": "compare",
        "title": f"{name}: {best.label} is highest with {shown}",
        "how": f"Each dot is what was measured on {comparison.basis.n:,} test {words.questions}; the line through it "
        "is its 95% interval. Lines that overlap do not yet mean that a difference is chance: every "
        f"{words.question} was asked of all, so the differences themselves, below, are known more exactly.",
        "columns": ["", name, "95% interval, from", "to"],
        "rows": [[system.label, *(points(value) for value in values)] for system, values in ordered],
        "traces": [_dots(kind, ordered) for kind in COLOURS if any(system.kind == kind for system, _ in ordered)],
        "layout": {
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 12, "r": 12, "t": 12, "b": 48},
            "xaxis": {"title": {"text": f"% of {words.questions}" if counted else "points of 100"}, "showgrid": True},
            "yaxis": {
                "categoryorder": "array",
                "categoryarray": [_wrapped(system.label) for system, _ in ordered[::-1]],
            },
        },
    }


def _dots(kind: str, ordered: Sequence[tuple[System, tuple[float, float, float]]]) -> dict[str, Any]:
    rows = [(system, values) for system, values in ordered if system.kind == kind]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [round(100 * mean, 2) for _, (mean, _, _) in rows],
        "y": [_wrapped(system.label) for system, _ in rows],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(100 * (high - mean), 2) for _, (mean, _, high) in rows],
            "arrayminus": [round(100 * (mean - low), 2) for _, (mean, low, _) in rows],
            "color": COLOURS[kind],
            "thickness": 2.5,
            "width": 6,
        },
        "marker": {"color": COLOURS[kind], "size": 13, "symbol": SYMBOLS[kind]},
        "hovertemplate": "%{y}: %{x:.1f}<extra></extra>",
    }


def _wrapped(label: str) -> str:
    """In short lines, for a phone; Plotly reads a few tags in labels."""
    lines = textwrap.wrap(label, 18) or [label]
    return "<br>".join(line.replace("&", "&amp;").replace("<", "&lt;") for line in lines)


def _lead_row(lead: Lead, leads: Sequence[Lead]) -> tuple[Lead, str, str, dict[str, float]]:
    """The lead, its size, its interval in words, and where a drawing has them."""
    digits = 2 if lead.real and lead.low < 0.0005 else 1  # an end that is not 0 must not look like it
    low, high = signed(100 * lead.low, digits), signed(100 * lead.high, digits)
    return lead, signed(100 * lead.mean), f"between {low} and {high} points", _scaled(lead, leads)


def _scaled(lead: Lead, leads: Sequence[Lead]) -> dict[str, float]:
    """Where a drawing 100 wide has zero and the interval; one scale for all."""
    first, last = min(0.0, *(each.low for each in leads)), max(0.01, *(each.high for each in leads))
    start, reach = first - 0.08 * (last - first), 1.16 * (last - first)
    zero, low, mean, high = (round(100 * (end - start) / reach, 2) for end in (0, lead.low, lead.mean, lead.high))
    return {"zero": zero, "low": low, "mean": mean, "width": max(round(high - low, 2), 0.8)}


def _figure_row(metric: str, comparison: Comparison, words: Any) -> dict[str, Any]:
    values = comparison.values[metric]
    best = max(mean for mean, _, _ in values)
    return {
        "name": plain_name(metric, words),
        "technical": technical_name(metric),
        "deciding": metric == DECIDING,
        "cells": [(points(mean), f"{points(low)}–{points(high)}", mean == best) for mean, low, high in values],
    }


def differing_rows(chosen: Chosen) -> list[tuple[str, list[str]]]:
    """(name, value for each run) of everything that was not the same for all, in words."""
    facts = [_facts(run, report) for run, report in chosen]
    names = list(dict.fromkeys(name for each in facts for name in each))
    rows = [(name, [each.get(name, "–") for each in facts]) for name in names]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def _facts(run: Run, report: Report) -> dict[str, str]:
    data = report["data"]
    way = next((tried.way for tried in everything_tried(report) if tried.chosen), "–")
    settings = {words.label: value for words, value in setting_rows(report["settings"], report["task"])}
    return {
        "Base model": report["base_model_title"],
        "Data version": str(run.dataset.number),
        "Examples to learn from": f"{data['n_train']:,}",
        report_words(report).say("{Items} searched"): f"{data['n_documents']:,}",
        "Preset": run.get_preset_display(),
        "Seed": str(report["seed"]),
        **settings,
        "Way of learning that was chosen": way,
        "Share of tuned weights": f"{report['blend']:.0%}",
        "Took": duration_words(seconds_of(run) or report["seconds"]["total"]),
    }


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
