"""The chart of everything that was tried: ways of learning, and mixtures of each with the base model."""

from collections.abc import Sequence
from typing import Any

from webapp.bridge import choosing_facts, report_words
from webapp.reports.chart import Chart
from webapp.reports.choosing import Tried, everything_tried
from webapp.reports.words import points
from webapp.runs.reports import Report

STYLES = (("circle", "solid"), ("square", "dot"), ("diamond", "dashdot"), ("triangle-up", "longdash"), ("x", "dash"))
"""Marker and line of each way of learning: told apart without colour, the chosen one always with the first."""


def tried_chart(report: Report) -> Chart | None:
    """The score on the choosing questions at each share of tuned weights; None where only the base model was judged."""
    everything = everything_tried(report)
    base = next((tried for tried in everything if tried.share == 0), None)
    ways = _ways(everything)
    if base is None or not ways:
        return None
    return {
        "name": "tried",
        "title": _title(ways, base, report_words(report).questions),
        "how": _how(report, ways),
        "columns": ["Way of learning", "Tuned share", "Score, points", "Chosen"],
        "rows": [_row(tried) for tried in (base, *(tried for way in ways for tried in way))],
        "traces": [_base_line(base), *_lines(ways, base), *(_ring(tried) for tried in everything if tried.chosen)],
        "layout": {
            "hovermode": "closest",
            "yaxis": {"title": {"text": "ranking quality, points"}},
            "xaxis": {"title": {"text": "share of tuned weights"}, "range": [-4, 104], "ticksuffix": "%", "dtick": 25},
        },
    }


def _ways(everything: Sequence[Tried]) -> list[list[Tried]]:
    """What was tried, without the base model: a list for each way of learning, by share."""
    found: dict[int, list[Tried]] = {}
    for tried in everything:
        if tried.share > 0:
            found.setdefault(tried.recipe, []).append(tried)
    return [sorted(way, key=lambda tried: tried.share) for way in found.values()]


def _title(ways: Sequence[Sequence[Tried]], base: Tried, questions: str) -> str:
    begun = f"Tried {'one way' if len(ways) == 1 else f'{len(ways)} ways'} of learning"
    chosen = next((tried for way in ways for tried in way if tried.chosen), None)
    if chosen is None:
        return f"{begun}; none was surely better than the base model ({points(base.score)} points)"
    best = all(chosen.score >= tried.score for way in ways for tried in way)
    return (
        f"{begun}; {_where(chosen)} {'did best' if best else 'was chosen'}: {points(base.score)} → "
        f"{points(chosen.score)} points on the choosing {questions}"
    )


def _where(chosen: Tried) -> str:
    if chosen.share == 1:
        return f"“{chosen.way}” without any mixing"
    way = "half-way" if chosen.share == 0.5 else f"{chosen.share:.0%} of the way"
    return f"{way} from the base model to “{chosen.way}”"


def _how(report: Report, ways: Sequence[Sequence[Tried]]) -> str:
    facts, words = choosing_facts(report), report_words(report)
    choosing = (
        f"The examples took turns: they were cut into {facts['models']} parts, and for each part a model learned from "
        "the others and was judged by that part. So every example was learned from and every example chose, but never "
        f"among models that had learned from it; what you get is the mean of those {facts['models']} models."
        if facts["how"] == "turns"
        else f"The choosing {words.questions} were set aside; no model learned from them."
    )
    return (
        "Each line is a way of learning that was tried. It begins at the base model on the left and ends at the tuned "
        "model on the right; in between, the two are mixed. Higher is better, and the ring is what was chosen: near "
        f"ties go to the mixture nearer to the base model. {choosing} {words.say(_glossary(ways))}The verdict of this "
        f"report is by other {words.questions}, which took no part in this."
    )


def _glossary(ways: Sequence[Sequence[Tried]]) -> str:
    names = " ".join(way[0].way for way in ways)
    words = ""
    if "look-alikes" in names:
        words += "Look-alikes are wrong {items} that the base model takes for the right one (hard negatives). "
    if "found anew" in names:
        words += "Found anew: those that even the tuned model takes for it. "
    if "mean of all" in names:
        words += "The mean of all ways is the model half-way between what the ways above it learned. "
    if "small adapter" in names:
        words += "The small adapter is one layer on top of the base model, which itself stays as it is. "
    if "on top" in names:
        words += "On top: one layer on top of the base model, which itself stays as it is. "
    if "upper layers" in names:
        words += "Upper layers: those of the base model that see whole things learn, too. "
    if any(" + " in tried.way for way in ways for tried in way):
        words += "A share of such a layer was also tried on top of tuned models; each point is the best of these. "
    return words


def _row(tried: Tried) -> list[str]:
    return [_capital(tried.way), f"{tried.share:.0%}", points(tried.score), "yes" if tried.chosen else ""]


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _drawn(score: float) -> float:
    """In points of 100."""
    return round(score * 100, 2)


def _base_line(base: Tried) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "Base model",
        "legendrank": 1,
        "x": [0, 100],
        "y": [_drawn(base.score)] * 2,
        "line": {"color": "@before", "width": 2, "dash": "dash"},
        "hovertemplate": "base model: %{y:.1f}<extra></extra>",
    }


def _lines(ways: Sequence[Sequence[Tried]], base: Tried) -> list[dict[str, Any]]:
    """One line for each way of learning, the chosen one last, so that it lies on top.

    Where shares of an adapter were tried on top, each point is the best of them, or the chosen one.
    """
    ways = [_best_by_share(way) for way in ways]
    ordered = sorted(ways, key=lambda way: not any(tried.chosen for tried in way))
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": _line_name(way),
            "legendrank": rank,
            "x": [0, *(round(100 * tried.share, 1) for tried in way)],
            "y": [_drawn(tried.score) for tried in (base, *way)],
            "line": {"color": "@after", "width": 3 if any(tried.chosen for tried in way) else 1.5, "dash": dash},
            "marker": {"color": "@after", "size": 8, "symbol": symbol},
            "hovertemplate": "%{text}<br>%{x:.0f}% tuned: %{y:.1f}<extra></extra>",
            "text": ["Base model", *(_capital(tried.way) for tried in way)],
        }
        for rank, (way, (symbol, dash)) in enumerate(zip(ordered, STYLES * len(ordered), strict=False), start=2)
    ]
    return lines[::-1]


def _best_by_share(way: Sequence[Tried]) -> list[Tried]:
    best: dict[float, Tried] = {}
    for tried in way:
        best[tried.share] = max(best.get(tried.share, tried), tried, key=lambda each: (each.chosen, each.score))
    return list(best.values())


def _line_name(way: Sequence[Tried]) -> str:
    return _capital(way[0].way.partition(" + ")[0])


def _ring(chosen: Tried) -> dict[str, Any]:
    colour = "@after" if chosen.share else "@before"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "Chosen",
        "x": [round(100 * chosen.share, 1)],
        "y": [_drawn(chosen.score)],
        "marker": {"color": colour, "symbol": "circle-open", "size": 18, "line": {"color": colour, "width": 3}},
        "hovertemplate": "chosen: %{y:.1f}<extra></extra>",
    }
