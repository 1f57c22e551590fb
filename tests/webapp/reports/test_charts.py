"""The charts say, as plain data, exactly what the report holds."""

from typing import Any, cast

from tests.webapp.reports.factory import Ranks, make_report
from tests.webapp.reports.turns import in_turns
from webapp.reports.charts import report_charts
from webapp.reports.training_charts import thin

RANKS: list[Ranks] = [(4, 1, 1), (1, 2, None), (3, 3, 20), (None, None, 2)]
"""One question each: won, lost, unchanged, never found."""


def charts_of(**changes: Any) -> dict[str, Any]:
    report = cast("dict[str, Any]", make_report(RANKS, **changes))
    return {chart["name"]: chart for chart in report_charts(report)}


def test_hits_before_after_and_by_keywords() -> None:
    chart = charts_of()["metric-hit"]
    before, after, keyword = chart["traces"]
    assert before["x"] == ["1st only", "first 3", "first 5", "first 10", "first 20"]
    assert before["y"] == [25.0, 50.0, 75.0, 75.0, 75.0]
    assert after["y"] == [25.0, 75.0, 75.0, 75.0, 75.0]
    assert keyword["y"] == [25.0, 50.0, 50.0, 50.0, 75.0]
    assert chart["title"] == "Right item among the first 3: 75% of questions, before 50%"
    assert chart["rows"][1] == ["first 3", "50.0", "75.0", "50.0"]
    assert [trace["marker"]["color"] for trace in (before, after)] == ["@before", "@after"]


def test_reciprocal_rank_by_hand() -> None:
    after = charts_of()["metric-mrr"]["traces"][1]
    assert after["y"][1] == round(100 * (1 + 1 / 2 + 1 / 3 + 0) / 4, 2)


def test_no_line_without_a_keyword_search() -> None:
    report = cast("dict[str, Any]", make_report(RANKS))
    del report["keyword"]
    chart = report_charts(report)[0]
    assert len(chart["traces"]) == 2
    assert "keyword" not in chart["how"]


def test_a_question_is_shown_as_it_was_written() -> None:
    report = cast("dict[str, Any]", make_report(RANKS))
    report["queries"][0]["query"] = '@before <b>bold</b> &amp; <a href="https://example.com">x</a>'
    (bars,) = next(chart for chart in report_charts(report) if chart["name"] == "wins")["traces"]
    shown = bars["hovertext"][bars["customdata"].index(report["queries"][0]["id"])]
    assert shown.startswith("&#64;before &lt;b>bold&lt;/b> &amp;amp; &lt;a href"), "neither a colour nor a link"


def test_of_very_many_questions_as_many_are_drawn_as_can_be_told_apart() -> None:
    report = cast("dict[str, Any]", make_report(RANKS * 600))
    chart = next(chart for chart in report_charts(report) if chart["name"] == "wins")
    (bars,) = chart["traces"]
    assert len(bars["y"]) == len(bars["hovertext"]) == len(bars["customdata"]) == 2000
    assert len(chart["rows"]) == 500
    assert bars["y"] == sorted(bars["y"], reverse=True)
    assert "2,000 of 2,400 are drawn" in chart["how"]
    assert "of 2,400 questions" in chart["title"]


def test_where_nothing_changed_there_is_no_chart_of_changes() -> None:
    report = cast("dict[str, Any]", make_report([(1, 1, 1), (7, 7, None), (None, None, 2)]))
    names = [chart["name"] for chart in report_charts(report)]
    assert "wins" not in names
    assert "movement" in names


def test_wins_are_sorted_and_lead_to_their_questions() -> None:
    chart = charts_of()["wins"]
    (bars,) = chart["traces"]
    assert bars["y"] == [75.0, 0.0, 0.0, -50.0]
    assert [bars["customdata"][0], bars["customdata"][-1]] == ["q0", "q1"]
    assert [bars["marker"]["color"][0], bars["marker"]["color"][-1]] == ["@gain", "@loss"]
    assert chart["title"] == "1 of 4 questions gained and 1 lost"


def test_a_question_cannot_bring_tags_into_a_label() -> None:
    report = cast("dict[str, Any]", make_report(RANKS))
    report["queries"][0]["query"] = "<a href='https://x'>a & b</a>"
    wins = next(chart for chart in report_charts(report) if chart["name"] == "wins")
    assert wins["traces"][0]["hovertext"][0].startswith("&lt;a href='https://x'>a &amp; b&lt;/a>")


def test_places_count_each_question_once() -> None:
    chart = charts_of()["places"]
    assert [trace["y"] for trace in chart["traces"]] == [[1, 1, 1, 0, 1], [1, 2, 0, 0, 1]]
    assert chart["title"] == "The right item comes first for 1 of 4 questions, before for 1"


def test_passes_of_a_training_judged_by_questions_set_aside() -> None:
    chart = charts_of()["validation"]
    base, curve = chart["traces"]
    assert base["y"] == [40.0, 40.0]
    assert curve["y"] == [40.0, 50.0, 55.0, 52.0]
    assert chart["title"] == "Pass by pass, the score rose from 40.0 to 55.0 points at best"


def test_two_trainings_are_two_curves() -> None:
    training = {
        "loss": [[1, 2.0], [2, 1.0]],
        "validation": [[0, 0.4], *([epoch, 0.4 + epoch / 100] for epoch in range(1, 7))],
    }
    curves = charts_of(training=training)["validation"]["traces"][1:3]
    assert [curve["x"] for curve in curves] == [[0, 1, 2, 3], [4, 5, 6]]
    assert [curve["name"] for curve in curves] == ["Training 1", "Training 2"]


def test_passes_that_never_beat_the_base_model() -> None:
    chart = charts_of(training={"loss": [], "validation": [[0, 0.4], [1, 0.3], [2, 0.4], [3, 0.2]]})["validation"]
    assert chart["title"] == "No pass beat the base model (40.0 points) on the choosing questions"


def test_a_few_scores_are_no_curve() -> None:
    assert "validation" not in charts_of(training={"loss": [], "validation": [[0, 0.4], [3, 0.5], [6, 0.5]]})


def test_trainings_with_other_judges_are_not_drawn_as_one_curve() -> None:
    found = charts_of(**in_turns())
    assert "validation" not in found
    assert "tried" in found


def test_charts_without_figures_are_left_out() -> None:
    found = charts_of(training={"loss": [], "validation": []})
    assert "validation" not in found
    assert "loss" not in found


def test_thin_keeps_both_ends() -> None:
    rows = [[step, 1.0] for step in range(1000)]
    taken = thin(rows, 10)
    assert len(taken) == 10
    assert (taken[0][0], taken[-1][0]) == (0, 999)
