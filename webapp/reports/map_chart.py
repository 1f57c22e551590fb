"""The map of test questions and items, before and after."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from webapp.bridge import report_words
from webapp.reports.chart import Chart, safe_label, short_name
from webapp.reports.questions import Outcome, questions_of
from webapp.reports.words import percent
from webapp.runs.exhibits import Exhibits
from webapp.runs.reports import Report

PALETTE = 8
"""Colours of the style sheet for groups, --group-1 to --group-8."""
OTHER = "other"
OUTCOMES = {
    Outcome.WON: ("moved up", "@gain"),
    Outcome.LOST: ("moved down", "@loss"),
    Outcome.UNCHANGED: ("the same place", "@accent"),
    Outcome.NEVER: ("never found", "@text"),
}
SYSTEMS = (("before", "Before"), ("after", "After"))


@dataclass(frozen=True)
class _Point:
    """A place in the lists of the map. group: what colours it."""

    at: int
    id: str
    name: str
    picture: str
    is_question: bool
    group: str


def map_chart(report: Report) -> Chart | None:
    """Points that glide from before to after; None for reports without a map."""
    found = report.get("map")
    if not found:
        return None
    words, points = report_words(report), _points(report)
    colours = _colours(report, points)
    groups = [
        (group, is_question, [point for point in points if (point.group, point.is_question) == (group, is_question)])
        for is_question in (False, True)
        for group in colours
    ]
    groups = [each for each in groups if each[2]]
    named = [group for group, _, _ in groups]
    chart: Chart = {
        "name": "map",
        "size": "square",
        "opens": True,
        "title": _title(found, words),
        "how": _how(report, words),
        "columns": ["Group", "{Questions} drawn", "{Items} drawn"],
        "rows": _rows(points, colours),
        "traces": [
            {
                **_trace(found["after"], is_question, members, colours[group]),
                "name": short_name(group, 24) or (words.questions if is_question else words.items),
                "showlegend": group not in named[:at] or not group,  # once, be it of questions or of items
            }
            for at, (group, is_question, members) in enumerate(groups)
        ],
        "layout": _plane(found),
    }
    chart["columns"] = [words.say(column) for column in chart["columns"]]
    if any(point.picture for point in points):
        chart["pictures"] = True
    if found["before"] != found["after"]:
        chart["animated"] = True
        chart["views"] = [
            {"name": title, "traces": [_placed(found[key], members) for _, _, members in groups]}
            for key, title in SYSTEMS
        ]
    return chart


def _title(found: dict[str, Any], words: Any) -> str:
    before, after = (percent(found["near"][key]) for key, _ in SYSTEMS)
    if found["before"] == found["after"]:
        return words.say(f"The nearest {{item}} is a right one for {after} of the {{questions}} on this map")
    return words.say(
        f"The nearest {{item}} is a right one for {after} of the {{questions}} on this map, before {before}"
    )


def _how(report: Report, words: Any) -> str:
    found = report["map"]
    n_items = len(found["ids"]) - found["n_queries"]
    by = "label" if report.get("labels") else "segment" if _has_segments(report) else ""
    coloured = (
        f"Colours tell the {by}s apart."
        if by
        else words.say(
            "Coloured diamonds are {questions}: whether {right_item} moved up or down; grey dots are {items}."
        )
    )
    return words.say(
        f"Each point is a {{question}} (diamond) or {{item}} (dot). What the model finds alike lies close together; "
        f"the directions and the distances between far groups mean nothing. {coloured} Switch to see how the same "
        f"points move: both maps start from the same places. Drawn are {found['n_queries']:,} of "
        f"{found['n_all_queries']:,} {{questions}} and {n_items:,} of {found['n_all_documents']:,} {{items}}, by "
        f"chance, with a right {{item}} of each {{question}} among them. Laid out by {found['method']}; the figure "
        "above is of the full vectors, not of the drawing. Click a diamond to open its {question}."
    )


def _has_segments(report: Report) -> bool:
    return bool(report.get("segments"))


def _points(report: Report) -> list[_Point]:
    found, exhibits = report["map"], Exhibits.of_report(report)
    groups = _groups(report)
    frequent = {group for group, _ in _by_size(groups.get(key, "") for key in _keys(found))[:PALETTE]}
    points = []
    for at, (name, text) in enumerate(zip(found["ids"], found["names"], strict=True)):
        is_question = at < found["n_queries"]
        shown = exhibits.query({"id": name, "query": text}) if is_question else exhibits.document(name, text)
        group = groups.get((is_question, name), "")
        group = group if group in frequent or not group else OTHER
        points.append(_Point(at, name, shown.words, shown.picture, is_question, group))
    return points


def _keys(found: dict[str, Any]) -> list[tuple[bool, str]]:
    """Of each point: whether it is a question, and its id."""
    return [(at < found["n_queries"], name) for at, name in enumerate(found["ids"])]


def _groups(report: Report) -> dict[tuple[bool, str], str]:
    """What colours a point: its label; or the question's segment, or what became of it."""
    labels = report.get("labels")
    if labels:
        return {key: labels.get(key[1], "") for key in _keys(report["map"])}
    if _has_segments(report):
        return {(True, str(query["id"])): query.get("segment", "") for query in report["queries"]}
    return {(True, question.id): OUTCOMES[question.outcome][0] for question in questions_of(report)}


def _by_size(groups: Iterable[str]) -> list[tuple[str, int]]:
    """Groups and their points, the largest first."""
    counts = Counter(group for group in groups if group)
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _colours(report: Report, points: list[_Point]) -> dict[str, str]:
    """{group: its colour}, in the order of the legend; "" are items, or what has no label."""
    if not report.get("labels") and not _has_segments(report):
        return {"": "@before", **dict(OUTCOMES.values())}
    ordered = [group for group, _ in _by_size(point.group for point in points) if group != OTHER]
    colours = {group: f"@group-{number}" for number, group in enumerate(ordered, start=1)}
    return {"": "@before", **colours, OTHER: "@line-strong"}


def _rows(points: list[_Point], colours: dict[str, str]) -> list[list[str]]:
    questions = Counter(point.group for point in points if point.is_question)
    items = Counter(point.group for point in points if not point.is_question)
    return [
        [group or "no group", str(questions[group]), str(items[group])]
        for group in colours
        if questions[group] + items[group]
    ]


def _trace(layout: dict[str, Any], is_question: bool, members: list[_Point], colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        **_placed(layout, members),
        "customdata": [[point.id if point.is_question else "", point.picture] for point in members],
        "hovertext": [safe_label(point.name) for point in members],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": colour,
            "symbol": "diamond" if is_question else "circle",
            "size": 9 if is_question else 6,
            "opacity": 0.95 if is_question else 0.6,
            "line": {"width": 1 if is_question else 0, "color": "@surface"},
        },
    }


def _placed(layout: dict[str, Any], members: list[_Point]) -> dict[str, Any]:
    return {axis: [layout[axis][point.at] for point in members] for axis in ("x", "y")}


def _plane(found: dict[str, Any]) -> dict[str, Any]:
    """Axes without figures that hold both layouts, so that only points move."""
    axes = {}
    for axis in ("x", "y"):
        both = [*found["before"][axis], *found["after"][axis]]
        low, high = min(both), max(both)
        room = 0.04 * (high - low or 1)
        axes[axis] = {"range": [low - room, high + room], "visible": False}
    axes["y"] |= {"scaleanchor": "x", "constrain": "domain"}
    axes["x"]["constrain"] = "domain"
    return {
        "hovermode": "closest",
        "legend": {"itemsizing": "constant"},
        "margin": {"l": 4, "r": 4, "t": 12, "b": 4},
        "xaxis": axes["x"],
        "yaxis": axes["y"],
    }
