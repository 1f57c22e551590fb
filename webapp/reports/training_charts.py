"""The charts of how a model was trained."""

from collections.abc import Sequence
from typing import Any, TypeVar

from webapp.bridge import choosing_facts, report_words
from webapp.reports.chart import Chart
from webapp.reports.words import points
from webapp.runs.reports import Report

Row = TypeVar("Row")
FEWEST_PASSES = 3
"""That make a curve."""


def validation_chart(report: Report) -> Chart | None:
    """The score on the choosing questions after each pass of each training, and the base line.

    None where there is no curve: few passes, or questions that took turns, as each training had others to judge it.
    """
    rows = sorted({int(epoch): score for epoch, score in report["training"].get("validation", [])}.items())
    if choosing_facts(report)["how"] != "aside" or max(map(len, _trainings(rows, report)), default=0) < FEWEST_PASSES:
        return None
    base = next((score for epoch, score in rows if epoch == 0), rows[0][1])
    last, questions = rows[-1][0], report_words(report).questions
    return {
        "name": "validation",
        "title": _validation_title(rows, base, questions),
        "how": f"While learning, the model was judged after each pass over the examples on {questions} set aside for "
        "choosing. The dashed line is the base model; where there are two curves, two trainings were tried. A curve "
        "that bends down learns by heart.",
        "columns": ["Pass over the examples", f"Score on the choosing {questions}"],
        "rows": [[str(epoch) if epoch else "0 (base model)", points(score)] for epoch, score in rows],
        "traces": [_base_line(base, last), *_curves(rows, report)],
        "layout": {
            "yaxis": {"title": {"text": "ranking quality, points"}},
            "xaxis": {"title": {"text": "passes over the examples"}, "dtick": max(1, last // 10)},
        },
    }


def _trainings(rows: Sequence[tuple[int, float]], report: Report) -> list[list[tuple[int, float]]]:
    """The rows of each training; the base model's belongs to the first. Passes are counted on from one to the next."""
    passes = int(report["settings"].get("epochs") or 0) or max((epoch for epoch, _ in rows), default=0)
    trainings: dict[int, list[tuple[int, float]]] = {}
    for epoch, score in rows:
        trainings.setdefault(max(epoch - 1, 0) // max(passes, 1), []).append((epoch, score))
    return list(trainings.values())


def _curves(rows: Sequence[tuple[int, float]], report: Report) -> list[dict[str, Any]]:
    trainings = _trainings(rows, report)
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
        for number, (name, curve) in enumerate(zip(names, trainings, strict=True))
    ]


def points_value(score: float) -> float:
    """A score 0…1 in points of 100, rounded for drawing."""
    return round(score * 100, 2)


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


def _validation_title(rows: Sequence[tuple[int, float]], base: float, questions: str) -> str:
    best = max((score for epoch, score in rows if epoch), default=base)
    if best <= base:
        return f"No pass beat the base model ({points(base)} points) on the choosing {questions}"
    return f"Pass by pass, the score rose from {points(base)} to {points(best)} points at best"


def loss_chart(report: Report) -> Chart:
    """The training error, step by step."""
    rows = report["training"]["loss"]
    first, last = rows[0][1], rows[-1][1]
    questions = report_words(report).questions
    return {
        "name": "loss",
        "title": f"The training error {'fell' if last < first else 'went'} from {first:.2f} to {last:.2f}",
        "how": "The error on the examples that the model learned from; specialists call it the loss. It should fall; "
        "where it jumps up, the next training begins from the base model. How far it falls says little about new "
        f"{questions}: that is what the choosing {questions} are for.",
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
