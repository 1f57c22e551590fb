"""The charts of how a model was trained and chosen."""

from collections.abc import Sequence
from typing import Any

from webapp.reports.chart import Chart
from webapp.reports.words import points
from webapp.runs.reports import Report


def validation_chart(report: Report) -> Chart:
    """The score on the choosing questions after each epoch, the base line, and what was chosen."""
    rows = [(int(epoch), score) for epoch, score in report["training"]["validation"]]
    base = next((score for epoch, score in rows if epoch == 0), rows[0][1])
    best = chosen_score(report)
    # One curve per recipe that was tried: an epoch that comes again begins the next.
    curve = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Tuned model",
        "x": [epoch for epoch, _ in rows],
        "y": [points_value(score) for _, score in rows],
        "line": {"color": "@after", "width": 2.5},
        "marker": {"color": "@after", "size": 7},
        "hovertemplate": "after pass %{x}: %{y:.1f}<extra></extra>",
    }
    last = max(epoch for epoch, _ in rows)
    traces = [_base_line(base, last), curve]
    if best is not None:
        traces.append(_chosen_mark(report["epoch"], best))
    return {
        "name": "validation",
        "title": _validation_title(report, base, best),
        "how": "While learning, the model was judged after each pass on questions set aside for choosing. The dashed "
        "line is the base model. The ring is what was chosen, after mixing in the base model where that was better. "
        "These questions are not the ones that the report judges on.",
        "columns": ["Passes over the examples", "Score on the choosing questions"],
        "rows": [[str(epoch) if epoch else "0 (base model)", points(score)] for epoch, score in rows],
        "traces": traces,
        "layout": {
            "yaxis": {"title": {"text": "ranking quality, points"}},
            "xaxis": {
                "title": {"text": "passes over the examples"},
                "dtick": max(1, last // 10),
                "rangemode": "tozero",
            },
        },
    }


def points_value(score: float) -> float:
    """A score 0…1 in points of 100, rounded for drawing."""
    return round(score * 100, 2)


def chosen_score(report: Report) -> float | None:
    """The validation score of the chosen epoch and blend; None when the choices do not name it."""
    chosen = (report["epoch"], report["blend"])
    scores = [choice["score"] for choice in report["choices"] if (choice["epoch"], choice["blend"]) == chosen]
    if not scores and report["blend"] == 0:
        scores = [choice["score"] for choice in report["choices"] if choice["blend"] == 0]
    return max(scores, default=None)


def _base_line(base: float, last: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "Base model",
        "x": [0, last],
        "y": [points_value(base)] * 2,
        "line": {"color": "@before", "width": 2, "dash": "dash"},
        "hovertemplate": "base model: %{y:.1f}<extra></extra>",
    }


def _chosen_mark(epoch: int, score: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "Chosen",
        "x": [epoch],
        "y": [points_value(score)],
        "marker": {"color": "@surface", "size": 15, "line": {"color": "@after", "width": 3}},
        "hovertemplate": "chosen: %{y:.1f}<extra></extra>",
    }


def _validation_title(report: Report, base: float, best: float | None) -> str:
    if report["blend"] == 0 or best is None:
        return f"No pass beat the base model ({points(base)} points) on the choosing questions"
    passes = "pass" if report["epoch"] == 1 else "passes"
    change = "rose" if best > base else "went"
    return f"The score {change} from {points(base)} to {points(best)}; chosen after {report['epoch']} {passes}"


def loss_chart(report: Report) -> Chart:
    """The training error, step by step."""
    rows = report["training"]["loss"]
    first, last = rows[0][1], rows[-1][1]
    return {
        "name": "loss",
        "title": f"The training error {'fell' if last < first else 'went'} from {first:.2f} to {last:.2f}",
        "how": "The error on the examples that the model learned from; specialists call it the loss. It should fall. "
        "How far it falls says little about new questions: that is what the choosing questions are for.",
        "columns": ["Step", "Error"],
        "rows": [[str(int(step)), f"{loss:.3f}"] for step, loss in thin(rows, 40)],
        "traces": [
            {
                "type": "scatter",
                "mode": "lines",
                "name": "Error",
                "x": [step for step, _ in thin(rows, 600)],
                "y": [round(loss, 4) for _, loss in thin(rows, 600)],
                "line": {"color": "@after", "width": 2},
                "hovertemplate": "step %{x}: %{y:.3f}<extra></extra>",
            }
        ],
        "layout": {
            "showlegend": False,
            "yaxis": {"title": {"text": "error"}, "rangemode": "tozero"},
            "xaxis": {"title": {"text": "step"}},
        },
    }


def thin(rows: Sequence[Sequence[float]], most: int) -> list[Sequence[float]]:
    """At most `most` rows, evenly taken, the first and the last among them."""
    if len(rows) <= most:
        return list(rows)
    return [rows[round(at * (len(rows) - 1) / (most - 1))] for at in range(most)]
