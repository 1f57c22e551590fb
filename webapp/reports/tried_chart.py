"""The chart of everything that was tried: ways of learning, and mixtures of each with the base model."""

from collections.abc import Sequence
from typing import Any

from webapp.bridge import choosing_facts, report_words
from webapp.reports.chart import Chart
from webapp.reports.choosing import Tried, everything_tried
from webapp.reports.why import capital, gain_words, margin_words, signed_points, untried_ways
from webapp.reports.words import points
from webapp.runs.reports import Report

STYLES = (("circle", "solid"), ("square", "dot"), ("diamond", "dashdot"), ("triangle-up", "longdash"), ("x", "dash"))
"""Marker and line of each way of learning: told apart without colour, the chosen one always with the first."""

FEW_COLUMNS = 4
"""So many of the table fit beside another chart."""


def tried_chart(report: Report) -> Chart | None:
    """The score on the choosing questions at each share of tuned weights; None where only the base model was judged."""
    everything = everything_tried(report)
    base = next((tried for tried in everything if tried.share == 0), None)
    ways = _ways(everything)
    if base is None or not ways:
        return None
    columns, rows = _table([base, *(tried for way in ways for tried in way)], report)
    return {
        "name": "tried",
        "title": _title(ways, base, report_words(report).questions),
        "how": _how(report, ways),
        "columns": columns,
        "rows": rows,
        "wide": len(columns) > FEW_COLUMNS,
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
    facts, words, margin = choosing_facts(report), report_words(report), margin_words(report)
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
        f"ties go to the mixture nearer to the base model. {margin}{choosing} {words.say(_glossary(ways))}"
        f"{_luck(ways) if margin else ''}The verdict of this report is by other {words.questions}, which took no part "
        "in this."
    )


def _luck(ways: Sequence[Sequence[Tried]]) -> str:
    if any(tried.chosen for way in ways for tried in way):
        return "± and the bar at the ring are 95% intervals; the best of many is always a little lucky. "
    return "± is a 95% interval. "


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
    if any(tried.barred == "behind" for way in ways for tried in way):
        words += (
            "A way that was left behind after the first turn was judged by that turn's {questions} only; it is drawn "
            "where its gain on these would put it, with open marks. "
        )
    return words


def _table(everything: Sequence[Tried], report: Report) -> tuple[list[str], list[list[str]]]:
    """Columns and rows; reports of earlier versions tell no gains."""
    if not any(tried.gain for tried in everything):
        columns = ["Way of learning", "Tuned share", "Score, points", "Chosen"]
        return columns, [
            [capital(tried.way), *_score_cells(tried), "yes" if tried.chosen else ""] for tried in everything
        ]
    columns = ["Way of learning", "Outcome", "Tuned share", "Score, points", "Gain over the base", "After the margin"]
    rows = [[capital(tried.way), tried.outcome, *_score_cells(tried), *_gain_cells(tried)] for tried in everything]
    untried = [[capital(way), "not tried", *[""] * 5] for way in untried_ways(report)]
    return [*columns, report_words(report).by_name()["Questions"]], [*rows, *untried]


def _score_cells(tried: Tried) -> list[str]:
    return [f"{tried.share:.0%}", points(tried.score)]


def _gain_cells(tried: Tried) -> list[str]:
    return [gain_words(tried), signed_points(tried.adjusted), f"{tried.gain['n']:,}"] if tried.gain else [""] * 3


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
            "marker": {"color": "@after", "size": 8, "symbol": f"{symbol}-open" if _is_behind(way) else symbol},
            "hovertemplate": "%{text}<br>%{x:.0f}% tuned: %{y:.1f}%{customdata}<extra></extra>",
            "text": ["Base model", *(capital(tried.way) for tried in way)],
            "customdata": ["", *(_hover(tried) for tried in way)],
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
    return capital(way[0].way.partition(" + ")[0]) + (" (left behind)" if _is_behind(way) else "")


def _is_behind(way: Sequence[Tried]) -> bool:
    return any(tried.barred == "behind" for tried in way)


def _hover(tried: Tried) -> str:
    return f"<br>gain {gain_words(tried)}, {tried.gain['n']:,} judged" if tried.gain else ""


def _ring(chosen: Tried) -> dict[str, Any]:
    colour = "@after" if chosen.share else "@before"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "Chosen",
        "x": [round(100 * chosen.share, 1)],
        "y": [_drawn(chosen.score)],
        "marker": {"color": colour, "symbol": "circle-open", "size": 18, "line": {"color": colour, "width": 3}},
        "hovertemplate": f"chosen: %{{y:.1f}}{_hover(chosen)}<extra></extra>",
        **({"error_y": _bar(chosen.gain, colour)} if chosen.gain else {}),
    }


def _bar(gain: dict[str, Any], colour: str) -> dict[str, Any]:
    """The 95% interval of the gain, at the chosen point: whether it reaches down to the base model's line."""
    low, high = gain["ci95"]
    return {"type": "data", "array": [_drawn((high - low) / 2)], "color": colour, "thickness": 1.5, "width": 6}
