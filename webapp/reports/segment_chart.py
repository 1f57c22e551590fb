"""The chart of the segments that a person's data names: before and after, each with its interval."""

from typing import Any

from webapp.bridge import ENOUGH_TO_JUDGE, report_words
from webapp.reports.chart import Chart, safe_label, short_name
from webapp.reports.words import HEADLINE_METRIC, percent, points, signed
from webapp.runs.reports import Report

MOST_DRAWN = 20
QUALITY = "ndcg@10"
Segment = dict[str, Any]


def segment_chart(report: Report) -> Chart | None:
    """A line for each segment from before to after; None where the data has no segments."""
    found = report.get("segments")
    if not found:
        return None
    words, segments = report_words(report), found["segments"]
    drawn = segments[:MOST_DRAWN][::-1]  # Plotly draws from below
    names, narrow_names = (
        [f"{short_name(segment['name'], most)} ({segment['n']:,})" for segment in drawn] for most in (32, 14)
    )
    places = list(range(len(drawn)))
    return {
        "name": "segments",
        "size": "tall",
        "title": _title(segments, words),
        "how": _how(found, words),
        "columns": ["Segment", words.by_name()["Questions"], "Before", "After", "Change", "95% interval of the change"],
        "rows": [_row(segment) for segment in segments],
        "traces": [
            *_lines(drawn),
            *(_dots(key, title, drawn, places) for key, title in (("before", "Before"), ("after", "After"))),
        ],
        "layout": {
            "hovermode": "closest",
            "xaxis": {"title": {"text": "ranking quality, points of 100"}, "range": [-2, 102], "showgrid": True},
            "yaxis": {
                "tickvals": places,
                "ticktext": names,
                "range": [-0.6, len(drawn) - 0.4],
                "showgrid": False,
                "zeroline": False,
            },
        },
        "narrow": {"xaxis": {"title": {"text": "quality, of 100"}}, "yaxis": {"ticktext": narrow_names}},
    }


def _title(segments: list[Segment], words: Any) -> str:
    judged = [segment["difference"]["ci95"] for segment in segments if "difference" in segment]
    if not judged:
        return f"No segment has enough test {words.questions} to be judged by itself"
    gained, lost = sum(low > 0 for low, _ in judged), sum(high < 0 for _, high in judged)
    surely = f"{gained:,} of {len(judged):,} segments with enough {words.questions} surely gained"
    return f"{surely}, {lost:,} surely lost"


def _how(found: dict[str, Any], words: Any) -> str:
    parts = [
        f"Each row is a segment of your data, with the number of its test {words.questions}: from the grey square (the "
        f"base model) to the coloured dot (your model). A thick line is a change whose 95% interval leaves out zero; a "
        f"thin one could be chance. Segments with fewer than {ENOUGH_TO_JUDGE} {words.questions} are not judged.",
        "Of twenty segments in which nothing changed, one seems to have changed by chance alone: take from here where "
        "to look next, and take the verdict above as the claim.",
    ]
    if found["left_out"]:
        parts.append(f"{found['left_out']:,} smaller segments are left out.")
    if found["unnamed"]:
        parts.append(f"{found['unnamed']:,} {words.questions} have no segment.")
    return " ".join(parts)


def _row(segment: Segment) -> list[str]:
    before, after = segment["before"][QUALITY], segment["after"][QUALITY]
    difference = segment.get("difference")
    between = f"{signed(100 * difference['ci95'][0])} to {signed(100 * difference['ci95'][1])}" if difference else ""
    return [
        segment["name"],
        f"{segment['n']:,}",
        points(before),
        points(after),
        signed(100 * (after - before)),
        between or "too few to judge",
    ]


def _kind(segment: Segment) -> str:
    """`gain` or `loss` where the interval leaves out zero, else `unsure`."""
    low, high = segment.get("difference", {}).get("ci95", (0, 0))
    return "gain" if low > 0 else "loss" if high < 0 else "unsure"


def _lines(drawn: list[Segment]) -> list[dict[str, Any]]:
    """From before to after: a trace for each kind of change, since a trace has one width."""
    traces = []
    for kind, colour, width in (("unsure", "@line-strong", 1.5), ("gain", "@gain", 5), ("loss", "@loss", 5)):
        x: list[float | None] = []
        y: list[int | None] = []
        for place, segment in enumerate(drawn):
            if _kind(segment) == kind:
                x += [_drawn(segment["before"]), _drawn(segment["after"]), None]
                y += [place, place, None]
        if x:
            traces.append(_line(x, y, colour, width))
    return traces


def _line(x: list[float | None], y: list[int | None], colour: str, width: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": colour, "width": width},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _dots(key: str, title: str, drawn: list[Segment], places: list[int]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": title,
        "x": [_drawn(segment[key]) for segment in drawn],
        "y": places,
        "hovertext": [_hover(segment) for segment in drawn],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": f"@{key}", "size": 11, "symbol": "circle" if key == "after" else "square"},
    }


def _drawn(metrics: dict[str, float]) -> float:
    return round(100 * metrics[QUALITY], 2)


def _hover(segment: Segment) -> str:
    _, n, before, after, step, between = _row(segment)
    hits = " → ".join(percent(segment[key][HEADLINE_METRIC]) for key in ("before", "after"))
    return (
        f"{safe_label(segment['name'])} ({n})<br>quality {before} → {after} ({step}; {between})"
        f"<br>right in the first 3: {hits}"
    )
