"""The chart of which labels are mistaken for which."""

from typing import Any

from webapp.bridge import report_words
from webapp.reports.chart import Chart, View, cut, short_name
from webapp.runs.reports import Report

FEW = 12
"""Labels whose counts are written into the cells."""
FEW_NARROW = 8
"""Labels that are named below the columns on a phone."""
Table = list[list[int]]


def confusion_chart(report: Report) -> Chart | None:
    """A square for each pair of labels, before and after; None where there are no labels."""
    found = report.get("confusion")
    if not found:
        return None
    words = report_words(report)
    names, narrow_names = ([short_name(label, most) for label in found["labels"]] for most in (24, 12))
    columns = [*names, "other"]
    views: list[View] = [{"name": title, "traces": _cells(found[key], names, title)} for key, title in _SYSTEMS]
    places = list(range(len(columns)))
    return {
        "name": "confusion",
        "size": "square",
        "wide": len(names) > FEW,
        "title": _title(found, words),
        "how": _how(found, words),
        "columns": ["Asked for", "Found first", "Before", "After"],
        "rows": _rows(found),
        "traces": views[-1]["traces"],
        "views": views,
        "layout": {
            "hovermode": "closest",
            "showlegend": False,
            "xaxis": {"title": {"text": "found first"}, "tickvals": places, "ticktext": columns, "tickangle": -40},
            "yaxis": {
                "title": {"text": "asked for"},
                "tickvals": places[:-1],
                "ticktext": names,
                "autorange": "reversed",
                "showgrid": False,
                "zeroline": False,
            },
        },
        "narrow": {
            "xaxis": {"title": {"text": "found first, in the same order"}, "showticklabels": len(names) <= FEW_NARROW},
            "yaxis": {"ticktext": narrow_names},
        },
    }


_SYSTEMS = (("before", "Before"), ("after", "After"))


def _title(found: dict[str, Any], words: Any) -> str:
    mistakes = _mistakes(found)
    n = sum(found["n"]) if found["n_labels"] == len(found["labels"]) else None
    of = f" of {n:,} {words.questions}" if n else f" {words.questions}"
    right = f"The first result is right for {found['right']['after']:,}{of}, before for {found['right']['before']:,}"
    if not mistakes:
        return right
    asked, got, before, after = max(mistakes, key=lambda mistake: mistake[3])
    if not after:
        return f"{right}; none of these labels is taken for another any more"
    times = "once" if after == 1 else f"{after:,} times"
    return f"{right}; most often “{cut(asked, 40)}” is taken for “{cut(got, 40)}”: {times}, before {before:,}"


def _mistakes(found: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    """Pairs of labels that are mistaken, the most frequent mistakes of both models together first."""
    labels, before, after = found["labels"], found["before"], found["after"]
    pairs = [
        (labels[row], labels[column], before[row][column], after[row][column])
        for row in range(len(labels))
        for column in range(len(labels))
        if row != column and before[row][column] + after[row][column]
    ]
    return sorted(pairs, key=lambda pair: (-(pair[2] + pair[3]), -pair[3]))


def _how(found: dict[str, Any], words: Any) -> str:
    how = words.say(
        "Each row is what was asked for, each column the label of the first {item} found. Good news looks like this: "
        "strong colour on the diagonal, little elsewhere. A cell off the diagonal says how often one label is taken "
        "for another; the darker, the larger the share of its row. Switch between before and after. "
    )
    n = len(found["labels"])
    if n < found["n_labels"]:
        how += f"Of {found['n_labels']:,} labels the {n} with the most mistakes are shown; “other” is all the rest. "
    return how + "The table lists the mistakes, the most frequent first."


def _rows(found: dict[str, Any]) -> list[list[str]]:
    rows = [[asked, got, str(before), str(after)] for asked, got, before, after in _mistakes(found)[:200]]
    return rows or [["no mistakes", "", "0", "0"]]


def _cells(table: Table, names: list[str], title: str) -> list[dict[str, Any]]:
    """The diagonal in one colour, what is off it in another; both by the share of the row."""
    shares = [[count / max(sum(row), 1) for count in row] for row in table]
    traces = []
    for right, colour in ((True, "@after" if title == "After" else "@before"), (False, "@loss")):
        values = [
            [share if (row == column) is right else None for column, share in enumerate(row_of)]
            for row, row_of in enumerate(shares)
        ]
        traces.append(
            {
                "type": "heatmap",
                "z": [[None if value is None else round(value, 4) for value in row] for row in values],
                "zmin": 0,
                "zmax": 1,
                "colorscale": [[0, f"{colour}/0.03"], [1, f"{colour}/0.65"]],
                "showscale": False,
                "hoverongaps": False,
                "xgap": 2,
                "ygap": 2,
                "hovertext": _hovers(table, names),
                "hovertemplate": "%{hovertext}<extra></extra>",
                **_written(table, right, len(names)),
            }
        )
    return traces


def _written(table: Table, right: bool, n: int) -> dict[str, Any]:
    if n > FEW:
        return {}
    texts = [
        [str(count) if (row == column) is right and count else "" for column, count in enumerate(row_of)]
        for row, row_of in enumerate(table)
    ]
    return {"text": texts, "texttemplate": "%{text}"}


def _hovers(table: Table, names: list[str]) -> list[list[str]]:
    columns = [*names, "another label, or nothing"]
    return [
        [
            f"asked for: {names[row]}<br>found first: {column}<br>{count:,} of {sum(table[row]):,}"
            for column, count in zip(columns, table[row], strict=True)
        ]
        for row in range(len(names))
    ]
