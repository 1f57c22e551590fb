"""The chart of the scores that right and wrong results have, with the suggested cut-off."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from webapp.bridge import cutoff_words, report_words
from webapp.reports.chart import Chart
from webapp.runs.reports import Report

SYSTEMS = (("before", "Before", "y2"), ("after", "After", "y"))
"""Each with the axis it is drawn on: before above, after below."""


def score_chart(report: Report) -> Chart | None:
    """Both distributions one above the other; None for reports that did not look at scores."""
    scores, words = report.get("scores"), report_words(report)
    cutoff = cutoff_words(report)
    if scores is None or cutoff is None:
        return None
    drawn = scores.get("cutoff")
    line = " The dashed line is the suggested cut-off of your model." if drawn else ""
    top = _highest(scores)
    return {
        "name": "scores",
        "size": "square",
        "title": cutoff.headline.removesuffix("."),
        "how": words.say(
            f"Every test {{question}} has {scores['top']} results, each with a score: how near it lies to the "
            "{question}. The filled shape shows which scores right results have, the outline which scores wrong ones "
            "have, each as a share of its own kind; the upper drawing is the base model, the lower one your model. The "
            "less the two overlap, the more a score tells. Scores of the two models cannot be compared with each "
            f"other.{line} "
        )
        + cutoff.detail,
        "columns": ["Score", "Before: right", "Before: wrong", "After: right", "After: wrong"],
        "rows": _rows(scores),
        "traces": [trace for key, title, axis in SYSTEMS for trace in _traces(scores, key, title, axis)],
        "layout": {
            "xaxis": {"title": {"text": "score"}, "range": [scores["edges"][0], scores["edges"][-1]]},
            "yaxis": {"title": {"text": "after, %"}, "domain": [0, 0.46], "range": [0, top]},
            "yaxis2": {"title": {"text": "before, %"}, "domain": [0.54, 1], "range": [0, top], "anchor": "x"},
            "shapes": _cutoff_line(drawn),
            "annotations": _cutoff_note(drawn),
        },
    }


def _rows(scores: dict[str, Any]) -> list[list[str]]:
    edges = scores["edges"]
    return [
        [
            f"{low:.2f} to {high:.2f}",
            *(str(scores[key][kind][at]) for key, _, _ in SYSTEMS for kind in ("right", "wrong")),
        ]
        for at, (low, high) in enumerate(pairwise(edges))
    ]


def _shares(counts: Sequence[int]) -> list[float]:
    """In % of all of one kind."""
    total = sum(counts)
    return [round(100 * count / total, 2) if total else 0.0 for count in counts]


def _highest(scores: dict[str, Any]) -> float:
    return 1.08 * max(max(_shares(scores[key][kind])) for key, _, _ in SYSTEMS for kind in ("right", "wrong"))


def _traces(scores: dict[str, Any], key: str, title: str, axis: str) -> list[dict[str, Any]]:
    """Steps from edge to edge, beginning and ending on the ground."""
    edges = scores["edges"]
    traces = []
    for kind in ("right", "wrong"):
        shares = _shares(scores[key][kind])
        right = kind == "right"
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": f"{title}: {kind}",
                "x": edges,
                "y": [*shares, shares[-1] if shares else 0],
                "yaxis": axis,
                "line": {
                    "shape": "hv",
                    "width": 1.5 if right else 2,
                    "color": f"@{key}" if right else "@text",
                    "dash": "solid" if right else "dot",
                },
                "hovertemplate": f"{kind}: %{{y:.1f}}%<extra></extra>",
                **({"fill": "tozeroy", "fillcolor": f"@{key}/0.45"} if right else {}),
            }
        )
    return traces


def _cutoff_line(cutoff: dict[str, Any] | None) -> list[dict[str, Any]]:
    if not cutoff:
        return []
    at = cutoff["score"]
    line = {"color": "@text", "width": 2, "dash": "dash"}
    return [{"type": "line", "x0": at, "x1": at, "xref": "x", "y0": 0, "y1": 0.46, "yref": "paper", "line": line}]


def _cutoff_note(cutoff: dict[str, Any] | None) -> list[dict[str, Any]]:
    if not cutoff:
        return []
    return [
        {
            "x": cutoff["score"],
            "xref": "x",
            "y": 0.46,
            "yref": "paper",
            "text": f"cut-off {cutoff['score']:.2f}",
            "showarrow": False,
            "yanchor": "bottom",
            "font": {"color": "@text"},
        }
    ]
