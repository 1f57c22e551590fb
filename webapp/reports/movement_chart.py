"""The chart of where the right item of each question stood before, and where it stands after."""

from collections import defaultdict
from collections.abc import Sequence
from math import log10, sqrt
from typing import Any

from webapp.reports.chart import Chart, safe_label
from webapp.reports.question_charts import PLACES
from webapp.reports.questions import Outcome, Question
from webapp.reports.words import place

NOT_FOUND = 180
"""Where questions without a right item among the first 100 are drawn, beyond the 100th place."""
TICKS = (1, 2, 3, 5, 10, 20, 50, 100)
SHOWN = 3
COLOURS = {Outcome.WON: "@gain", Outcome.LOST: "@loss", Outcome.UNCHANGED: "@muted", Outcome.NEVER: "@muted"}
SYMBOLS = {
    Outcome.WON: "circle",
    Outcome.LOST: "diamond",
    Outcome.UNCHANGED: "circle-open",
    Outcome.NEVER: "circle-open",
}
LEGEND = (
    (Outcome.WON, "moved up"),
    (Outcome.LOST, "moved down"),
    (Outcome.UNCHANGED, "the same place"),
    (Outcome.NEVER, "never found"),
)
Move = tuple[int | None, int | None]


def movement_chart(questions: Sequence[Question], words: Any) -> Chart:
    """One bubble for all questions that moved from one place to another. words: of the report's task."""
    moves: dict[Move, list[Question]] = defaultdict(list)
    for question in questions:
        moves[question.before, question.after].append(question)
    axis = {
        "type": "log",
        "tickvals": [*TICKS, NOT_FOUND],
        "ticktext": [*map(str, TICKS), "–"],
        "range": [log10(0.78), log10(250)],
    }
    return {
        "name": "movement",
        "size": "tall",
        "opens": True,
        "title": _title(questions, words),
        "how": words.say(
            "Each bubble stands for the {questions} whose first right {item} moved from the place below it to the "
            "place on its left; the larger, the more {questions}. On the line nothing changed; above it {right_item} "
            "moved up, below it moved down. A dash is “not among the first 100”. Both scales are stretched at the top "
            "of the list, where people look. Click a bubble to see one of its {questions}."
        ),
        "columns": ["Place before", *(f"After: {label}" for label, _, _ in PLACES), "After: not found"],
        "rows": _rows(questions),
        "traces": [_diagonal(), *_bubbles(moves, words)],
        "layout": {
            "hovermode": "closest",
            "legend": {"itemsizing": "constant"},
            "xaxis": {**axis, "title": {"text": "place before"}},
            "yaxis": {**axis, "range": axis["range"][::-1], "title": {"text": "place after"}},
        },
    }


def _title(questions: Sequence[Question], words: Any) -> str:
    before, after = ([_is_shown(rank) for rank in ranks] for ranks in _ranks(questions))
    out = before.count(False)
    came = sum(new and not old for old, new in zip(before, after, strict=True))
    went = sum(old and not new for old, new in zip(before, after, strict=True))
    if not out:
        return words.say(
            f"All {len(before):,} {{questions}} had a right {{item}} in the first {SHOWN}; {went:,} lost it"
        )
    return words.say(
        f"Of {out:,} {{questions}} without a right {{item}} in the first {SHOWN}, {came:,} now have one; "
        f"{went:,} of the other {len(before) - out:,} lost it"
    )


def _is_shown(rank: int | None) -> bool:
    return rank is not None and rank <= SHOWN


def _ranks(questions: Sequence[Question]) -> tuple[list[int | None], list[int | None]]:
    return [question.before for question in questions], [question.after for question in questions]


def _rows(questions: Sequence[Question]) -> list[list[str]]:
    """How many moved from which group of places to which."""
    labels = [*(label for label, _, _ in PLACES), "not found"]
    counts = [[0] * len(labels) for _ in labels]
    for question in questions:
        counts[_group(question.before)][_group(question.after)] += 1
    return [[label, *map(str, row)] for label, row in zip(labels, counts, strict=True)]


def _group(rank: int | None) -> int:
    found = (at for at, (_, low, high) in enumerate(PLACES) if rank is not None and low <= rank <= high)
    return next(found, len(PLACES))


def _diagonal() -> dict[str, Any]:
    ends = [0.8, 240]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": ends,
        "y": ends,
        "line": {"color": "@line-strong", "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _bubbles(moves: dict[Move, list[Question]], words: Any) -> list[dict[str, Any]]:
    """A trace for each outcome that occurs."""
    largest = max((len(found) for found in moves.values()), default=1)
    traces = []
    for outcome, title in LEGEND:
        there = {move: found for move, found in moves.items() if found[0].outcome == outcome}
        if there:
            traces.append(_trace(there, outcome, title, largest, words))
    return traces


def _trace(moves: dict[Move, list[Question]], outcome: Outcome, title: str, largest: int, words: Any) -> dict[str, Any]:
    sizes = [7 + 27 * sqrt((len(found) - 1) / max(largest - 1, 1)) for found in moves.values()]
    colour = COLOURS[outcome]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": title,
        "x": [before or NOT_FOUND for before, _ in moves],
        "y": [after or NOT_FOUND for _, after in moves],
        "customdata": [found[0].id for found in moves.values()],
        "hovertext": [_hover(found, words) for found in moves.values()],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
        "marker": {
            "color": colour,
            "symbol": SYMBOLS[outcome],
            "size": [round(size, 1) for size in sizes],
            "opacity": 0.75,
            "line": {"width": 1.5, "color": colour if "open" in SYMBOLS[outcome] else "@surface"},
        },
    }


def _hover(found: Sequence[Question], words: Any) -> str:
    first = found[0]
    count = f"{len(found):,} {words.question if len(found) == 1 else words.questions}"
    example = safe_label(first.shown.words)
    return f"{count}<br>before: {place(first.before)}<br>after: {place(first.after)}<br>{example}"
