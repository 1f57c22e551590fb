"""The charts of how a model was trained and chosen."""

from collections.abc import Sequence
from typing import Any, TypeVar

from webapp.reports.chart import Chart
from webapp.reports.words import points
from webapp.runs.reports import Report

Row = TypeVar("Row")


def validation_chart(report: Report) -> Chart:
    """The score on the choosing questions after each pass of each training, the base line, and what was chosen."""
    rows = [(int(epoch), score) for epoch, score in report["training"]["validation"]]
    base = next((score for epoch, score in rows if epoch == 0), rows[0][1])
    best = chosen_score(report)
    last = max(epoch for epoch, _ in rows)
    traces = [_base_line(base, last), *_curves(rows, report)]
    if best is not None and report["blend"] > 0:
        traces.append(_chosen_mark(report["epoch"], best))
    return {
        "name": "validation",
        "title": _validation_title(report, base, best),
        "how": "While learning, the model was judged after each pass over the examples on questions set aside for "
        "choosing. The dashed line is the base model; where there are two curves, two trainings were tried. The ring "
        "is what was chosen, after mixing in the base model where that was better. The report judges on others.",
        "columns": ["Pass over the examples", "Score on the choosing questions"],
        "rows": [[str(epoch) if epoch else "0 (base model)", points(score)] for epoch, score in rows],
        "traces": traces,
        "layout": {
            "yaxis": {"title": {"text": "ranking quality, points"}},
            "xaxis": {"title": {"text": "passes over the examples"}, "dtick": max(1, last // 10)},
        },
    }


def _curves(rows: Sequence[tuple[int, float]], report: Report) -> list[dict[str, Any]]:
    """One curve per training; each begins at the base model. Passes are counted on from one training to the next."""
    passes = int(report["settings"].get("epochs") or 0) or max(epoch for epoch, _ in rows)
    trainings: dict[int, list[tuple[int, float]]] = {}
    for epoch, score in rows:
        trainings.setdefault(max(epoch - 1, 0) // max(passes, 1), []).append((epoch, score))
    names = ["Tuned model"] if len(trainings) == 1 else [f"Training {number + 1}" for number in range(len(trainings))]
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": [epoch for epoch, _ in curve],
            "y": [points_value(score) for _, score in curve],
            "line": {"color": "@after", "width": 2.5, "dash": "solid" if number == 0 else "dot"},
            "marker": {"color": "@after", "size": 7},
            "hovertemplate": "after pass %{x}: %{y:.1f}<extra></extra>",
        }
        for number, (name, curve) in enumerate(zip(names, trainings.values(), strict=True))
    ]


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
    change = "rose" if best > base else "went"
    return f"On the choosing questions the score {change} from {points(base)} to {points(best)} points"


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


def thin(rows: Sequence[Row], most: int) -> list[Row]:
    """At most `most` rows, evenly taken, the first and the last among them."""
    if len(rows) <= most:
        return list(rows)
    return [rows[round(at * (len(rows) - 1) / (most - 1))] for at in range(most)]
