"""What was tried, by its figures and in words."""

from typing import Any, cast

import pytest

from tests.webapp.reports.factory import make_report
from tests.webapp.reports.turns import choice, in_turns
from webapp.reports.choosing import choosers, chosen_words
from webapp.reports.tried_chart import tried_chart


def report_of(**changes: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", make_report([(4, 1, 1), (1, 2, None)], **changes))


def chart_of(**changes: Any) -> dict[str, Any]:
    chart = tried_chart(report_of(**changes))
    assert chart is not None
    return {**chart, "by_name": {trace["name"]: trace for trace in chart["traces"]}}


def test_every_way_is_a_line_from_the_base_model() -> None:
    traces = chart_of(**in_turns())["by_name"]
    assert list(traces) == ["Base model", "Small adapter", "No look-alikes", "4 look-alikes", "Chosen"]
    assert traces["Base model"]["y"] == [41.6, 41.6]
    assert (traces["4 look-alikes"]["x"], traces["4 look-alikes"]["y"]) == ([0, 50.0, 100.0], [41.6, 47.5, 46.1])
    assert (traces["Small adapter"]["x"], traces["Small adapter"]["y"]) == ([0, 50.0, 100.0], [41.6, 43.7, 43.1])
    assert (traces["Chosen"]["x"], traces["Chosen"]["y"]) == ([50.0], [47.5])


def test_ways_differ_without_colour_and_the_chosen_one_is_the_boldest() -> None:
    lines = [trace for trace in chart_of(**in_turns(recipe=2))["traces"] if trace["mode"] == "lines+markers"]
    assert len({(line["line"]["dash"], line["marker"]["symbol"]) for line in lines}) == 3
    assert {line["line"]["color"] for line in lines} == {"@after"}
    assert max(lines, key=lambda line: float(line["line"]["width"]))["name"] == "No look-alikes"


def test_the_table_has_every_figure_and_marks_the_chosen_one() -> None:
    rows = chart_of(**in_turns())["rows"]
    assert rows[0] == ["Base model", "0%", "41.6", ""]
    assert rows[1] == ["4 look-alikes", "50%", "47.5", "yes"]
    assert [row[3] for row in rows].count("yes") == 1
    assert len(rows) == 7


@pytest.mark.parametrize(
    ("recipe", "blend", "title"),
    [
        (
            1,
            0.5,
            "half-way from the base model to “4 look-alikes” did best: 41.6 → 47.5 points on the choosing questions",
        ),
        (1, 1.0, "“4 look-alikes” without any mixing was chosen: 41.6 → 46.1 points on the choosing questions"),
        (
            2,
            0.5,
            "half-way from the base model to “no look-alikes” was chosen: 41.6 → 45.2 points on the choosing questions",
        ),
        (0, 0.0, "none was surely better than the base model (41.6 points)"),
    ],
)
def test_the_title_states_the_finding(recipe: int, blend: float, title: str) -> None:
    assert chart_of(**in_turns(recipe=recipe, blend=blend))["title"] == f"Tried 3 ways of learning; {title}"


def test_shares_of_an_adapter_on_top_are_one_line_of_the_best() -> None:
    changes = in_turns()
    more = [{**choice("4 hard negatives", 1, 0.5, 0.49), "candidate": "4 hard negatives, 50% tuned, 25% adapter"}]
    more += [{**choice("4 hard negatives", 1, 1.0, 0.45), "candidate": "4 hard negatives, 100% tuned, 25% adapter"}]
    chart = chart_of(**{**changes, "choices": [*changes["choices"], *more]})
    line = chart["by_name"]["4 look-alikes"]
    assert (line["x"], line["y"]) == ([0, 50.0, 100.0], [41.6, 49.0, 46.1])
    assert "half-way from the base model to “4 look-alikes + 25% adapter” did best: 41.6 → 49.0" in chart["title"]
    assert len(chart["rows"]) == 9


def test_one_way_at_three_quarters() -> None:
    choices = [choice("base", 0, 0.0, 0.4), choice("4 hard negatives", 1, 0.75, 0.5)]
    title = chart_of(**{**in_turns(blend=0.75), "choices": choices})["title"]
    assert title.startswith("Tried one way of learning; 75% of the way from the base model to “4 look-alikes” did best")


def test_a_kept_base_model_wears_the_ring() -> None:
    ring = chart_of(**in_turns(recipe=0, blend=0.0))["by_name"]["Chosen"]
    assert (ring["x"], ring["y"], ring["marker"]["color"]) == ([0], [41.6], "@before")


def test_how_to_read_it_explains_turns_and_only_the_words_that_occur() -> None:
    how = chart_of(**in_turns())["how"]
    assert "cut into 2 parts" in how
    assert "never among models that had learned from it; what you get is the mean of those 2 models" in how
    assert "hard negatives" in how and "one layer on top" in how and "Found anew" not in how


def test_a_report_of_version_0_1_has_a_line_for_each_pass() -> None:
    chart = chart_of()
    assert "The choosing questions were set aside; no model learned from them." in chart["how"]
    assert chart["title"].startswith(
        "Tried 2 ways of learning; half-way from the base model to “tuned” did best: 40.0 → 55.0"
    )
    assert chart["rows"][1:] == [["Tuned", "50%", "55.0", "yes"], ["Tuned", "100%", "52.0", ""]]


def test_there_is_no_chart_where_nothing_was_tried() -> None:
    assert tried_chart(report_of(choices=[choice("base", 0, 0.0, 0.0)], blend=0.0, epoch=0, recipe=0)) is None


def test_who_chose_in_words() -> None:
    assert choosers(report_of(**in_turns())) == "1,331, the same, taking turns"
    assert choosers(report_of()) == "40, set aside: no model learned from them"
    none = in_turns(recipe=0, blend=0.0)
    none["data"] |= {"choosing": "none", "n_validation": 0}
    assert choosers(report_of(**none)) == "none: there were too few examples"
    assert chosen_words(report_of(**none)).startswith("There were too few examples to choose a tuned model by")


def test_what_was_chosen_in_words() -> None:
    assert chosen_words(report_of(**in_turns())).startswith(
        "The mean of the 2 models that took turns in learning (way of learning: 4 look-alikes), mixed with the base "
        "model: 50% tuned, 50% base."
    )
    assert chosen_words(report_of(**in_turns(recipe=3, blend=1.0))) == (
        "The mean of the 2 models that took turns in learning (way of learning: small adapter), without mixing in the "
        "base model."
    )
    assert chosen_words(report_of(**in_turns(recipe=0, blend=0.0))).startswith("No tuned model was surely better")
    assert chosen_words(report_of()).startswith("The tuned model (way of learning: tuned), mixed with")
