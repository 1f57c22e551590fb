"""The charts of the test questions one by one: who gained and who lost, and how many stand at which place."""

from collections.abc import Sequence
from typing import Any

from webapp.reports.chart import Chart, safe_label
from webapp.reports.questions import Outcome, Question, outcome_counts
from webapp.reports.training_charts import thin
from webapp.reports.words import place

SYSTEMS = (("before", "Before"), ("after", "After"))
MOST_BARS, MOST_ROWS = 2_000, 500
"""Of questions that one chart draws, and that its table lists: more cannot be told apart, and would weigh the page."""
PLACES = (
    ("1st place", 1, 1),
    ("2nd–3rd", 2, 3),
    ("4th–10th", 4, 10),
    ("11th–100th", 11, 100),
)


def wins_chart(questions: Sequence[Question], words: Any) -> Chart | None:
    """One bar per question, sorted from the biggest gain to the biggest loss; None where no score changed, for there
    would be no bar. words: of the report's task."""
    if not any(question.gain for question in questions):
        return None
    everything = sorted(questions, key=lambda question: -question.gain)
    ordered = thin(everything, MOST_BARS)
    drawn = f"Every bar is one test {words.question}."
    if len(ordered) < len(everything):
        drawn = (
            f"Every bar is a test {words.question}; {len(ordered):,} of {len(everything):,} are drawn, evenly taken."
        )
    counts = outcome_counts(questions)
    return {
        "name": "wins",
        "opens": True,
        "title": f"{counts[Outcome.WON]:,} of {len(everything):,} {words.questions} gained and "
        f"{counts[Outcome.LOST]:,} lost",
        "how": f"{drawn} Its score is 100 when {words.right_item} is first, 50 when second, 33 when "
        "third, and so on. A bar up says how much the score rose with your model; a bar down, how much it fell; "
        "no bar, that nothing changed. Click a bar to see both result lists.",
        "columns": [words.question.capitalize(), "Before", "After", "Change of score"],
        "rows": [
            [question.shown.words, place(question.before), place(question.after), f"{question.gain:+.0f}"]
            for question in thin(ordered, MOST_ROWS)
        ],
        "traces": [
            {
                "type": "bar",
                "name": "Change",
                "x": list(range(1, len(ordered) + 1)),
                "y": [round(question.gain, 2) for question in ordered],
                "customdata": [question.id for question in ordered],
                "hovertext": [_hover(question) for question in ordered],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {"color": ["@gain" if question.gain > 0 else "@loss" for question in ordered]},
            }
        ],
        "layout": {
            "bargap": 0.15 if len(ordered) <= 150 else 0,
            "showlegend": False,
            "hovermode": "closest",
            "yaxis": {
                "title": {"text": f"change of the {words.question}'s score"},
                "range": [-108, 108],
                "zeroline": True,
            },
            "xaxis": {"title": {"text": f"{words.questions}, biggest gain first"}, "showticklabels": False},
        },
    }


def _hover(question: Question) -> str:
    return f"{safe_label(question.shown.words)}<br>before: {place(question.before)}<br>after: {place(question.after)}"


def places_chart(questions: Sequence[Question], words: Any) -> Chart:
    """How many questions have their first right item at which places, before and after. words: of the report's task."""
    labels = [label for label, _, _ in PLACES] + ["not found"]
    counts = {
        "before": _places([question.before for question in questions]),
        "after": _places([question.after for question in questions]),
    }
    return {
        "name": "places",
        "size": "tall",
        "title": words.say(
            f"{{Right_item}} comes first for {counts['after'][0]:,} of {len(questions):,} {{questions}}, "
        )
        + f"before for {counts['before'][0]:,}",
        "how": words.say("Every {question} is counted once, at the place of its first right {item}. ")
        + "Good news looks like this: the "
        "coloured bars are higher on the left and lower on the right. “Not found” means not among the first 100.",
        "columns": [f"Place of {words.right_item}", "Before", "After"],
        "rows": [[label, str(counts["before"][at]), str(counts["after"][at])] for at, label in enumerate(labels)],
        "traces": [
            {
                "type": "bar",
                "name": title,
                "x": labels,
                "y": counts[key],
                "text": [f"{count:,}" for count in counts[key]],
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": f"@{key}", "cornerradius": 4},
                "hovertemplate": f"{title}: %{{y}} {words.questions}<extra></extra>",
            }
            for key, title in SYSTEMS
        ],
        "layout": {
            "barmode": "group",
            "yaxis": {
                "title": {"text": words.questions},
                "rangemode": "tozero",
                **_whole(max(map(max, counts.values()))),
            },
            "xaxis": {"title": {"text": f"place of {words.right_item}"}},
        },
    }


def _whole(highest: int) -> dict[str, int]:
    """An axis of counts has no halves."""
    return {"dtick": 1} if highest < 5 else {}


def _places(ranks: Sequence[int | None]) -> list[int]:
    counts = [sum(rank is not None and low <= rank <= high for rank in ranks) for _, low, high in PLACES]
    return [*counts, len(ranks) - sum(counts)]
