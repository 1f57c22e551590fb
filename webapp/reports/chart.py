"""The shape of a chart: a plain dictionary that the page draws with Plotly."""

from typing import Any, TypedDict


class Chart(TypedDict):
    """`title` states the finding; `how` says how to read it; `columns` and `rows` are the same figures as a table.

    Colours are names of the style sheet's custom properties with @ before them ("@before"); the page fills them in, so
    that a chart follows the light and the dark theme.
    """

    name: str
    title: str
    how: str
    columns: list[str]
    rows: list[list[str]]
    traces: list[dict[str, Any]]
    layout: dict[str, Any]
