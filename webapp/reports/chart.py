"""The shape of a chart: a plain dictionary that the page draws with Plotly."""

from typing import Any, Literal, NotRequired, TypedDict


class View(TypedDict):
    """One of several states of a chart, behind a button of this name. traces: instead of the chart's own, or what of
    them differs where the change is animated."""

    name: str
    traces: list[dict[str, Any]]


class Chart(TypedDict):
    """`title` states the finding; `how` says how to read it; `columns` and `rows` are the same figures as a table.

    Colours are names of the style sheet's custom properties with @ before them ("@before", or "@before/0.2" with its
    opacity); the page fills them in, so that a chart follows the light and the dark theme.
    views: where a person can switch, the last being what `traces` draw; animated: whether points glide from one to the
    other. opens: a mark's customdata is the id of the question that a click opens. pictures: a mark's customdata is the
    key of a picture, shown while the mark is pointed at. size: how high the drawing is; wide: whether it needs all of
    the page's width. narrow: what differs in the layout where the drawing is as narrow as on a phone, by axis.
    """

    name: str
    title: str
    how: str
    columns: list[str]
    rows: list[list[str]]
    traces: list[dict[str, Any]]
    layout: dict[str, Any]
    size: NotRequired[Literal["tall", "square"]]
    wide: NotRequired[bool]
    views: NotRequired[list[View]]
    animated: NotRequired[bool]
    opens: NotRequired[bool]
    pictures: NotRequired[bool]
    narrow: NotRequired[dict[str, dict[str, Any]]]


def cut(text: str, most: int) -> str:
    """A name of at most so many characters. Of a long one the beginning and the end, since what tells names of one kind
    apart is often the end: “Trekking…huh Nr. 3”."""
    end = most // 2 - 1
    return text if len(text) <= most else f"{text[: most - end - 1].rstrip()}…{text[-end:].lstrip()}"


def short_name(text: str, most: int) -> str:
    """The name of a label or segment in a chart."""
    return safe_label(cut(text, most), most)


def safe_label(text: str, most: int = 70) -> str:
    """A person's text as a label: Plotly reads a few tags in labels, and the page's script takes a leading @ for the
    name of a colour."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
