"""The charts that reports have since 0.2, as plain data: they say exactly what the report holds."""

import copy
import json
from functools import cache
from typing import Any, cast

import pytest

from tests.webapp.reports.drawn import SEGMENTS, with_figures
from tests.webapp.reports.factory import N_DOCUMENTS, Ranks, make_report, realistic_ranks
from tests.webapp.reports.pictures import as_pictures
from webapp.reports.chart import short_name
from webapp.reports.charts import report_charts

NEW = {"segments", "scores", "map"}


@cache
def _report() -> dict[str, Any]:
    return cast("dict[str, Any]", with_figures(make_report(realistic_ranks(90), known=60)))


def report() -> dict[str, Any]:
    return copy.deepcopy(_report())


def charts_of(report: dict[str, Any]) -> dict[str, Any]:
    return {chart["name"]: chart for chart in report_charts(report)}


def by_label() -> dict[str, Any]:
    keys = [f"key{number}" for number in range(N_DOCUMENTS + 40)]
    pictures = as_pictures(make_report(realistic_ranks(40)), "image-image", keys, by_label=True)
    return cast("dict[str, Any]", with_figures(pictures, segments=False))


def test_charts_are_plain_data_that_need_no_server() -> None:
    for each in (report(), by_label()):
        charts = report_charts(each)
        assert json.loads(json.dumps(charts, allow_nan=False)) == charts
        for chart in charts:
            assert chart["title"] and chart["how"] and chart["rows"], chart["name"]
            assert all(len(row) == len(chart["columns"]) for row in chart["rows"]), chart["name"]
            assert all(isinstance(cell, str) for row in chart["rows"] for cell in row), chart["name"]
            assert "{" not in chart["title"] + chart["how"], chart["name"]


def test_charts_of_old_reports_are_left_out_one_by_one() -> None:
    assert not NEW & set(charts_of(cast("dict[str, Any]", make_report(realistic_ranks(30)))))
    assert set(charts_of(report())) >= NEW
    for name in NEW:
        without = report()
        del without[name]
        assert name not in charts_of(without)
    assert "confusion" not in charts_of(report())
    assert "confusion" in charts_of(by_label())


def test_long_names_keep_what_tells_them_apart() -> None:
    shoes, more = (f"Damenlederhandtasche mit Reißverschluss Nr. {number}" for number in (3, 4))
    assert short_name(shoes, 24) != short_name(more, 24)
    assert len(short_name(shoes, 24)) <= 24
    assert short_name("@<b>", 24) == "&#64;&lt;b>"
    told = by_label()
    told["confusion"]["labels"] = [f"{shoes} {number}" for number in range(len(told["confusion"]["labels"]))]
    narrow = charts_of(told)["confusion"]["narrow"]["yaxis"]["ticktext"]
    assert len(set(narrow)) == len(narrow)
    assert max(map(len, narrow)) <= 12


def test_curves_at_every_k_with_their_bands() -> None:
    chart = charts_of(report())["metric-ndcg"]
    bands = [trace for trace in chart["traces"] if trace.get("fill") == "toself"]
    lines = {trace["name"]: trace for trace in chart["traces"] if "name" in trace}
    curve = report()["curves"]["after"]["ndcg"]
    assert [band["fillcolor"] for band in bands] == ["@before/0.16", "@after/0.16"]
    assert lines["After"]["x"] == list(range(1, 21))
    assert lines["After"]["y"] == [round(100 * value, 2) for value in curve["mean"]]
    assert bands[1]["y"] == [round(100 * value, 2) for value in (*curve["high"], *curve["low"][::-1])]
    assert set(lines) == {"Before", "After", "Keyword search"}
    assert chart["rows"][9][0] == "first 10" and chart["rows"][9][2].startswith(f"{100 * curve['mean'][9]:.1f} (")
    assert "Bands may overlap although the difference is real" in chart["how"]


def test_curves_of_few_questions_have_no_bands() -> None:
    chart = charts_of(cast("dict[str, Any]", with_figures(make_report(realistic_ranks(10)))))["metric-hit"]
    assert len(chart["traces"]) == 3 and "95%" not in chart["how"] + str(chart["columns"])


MOVES: list[Ranks] = [(4, 1, 1), (4, 1, 1), (1, 5, None), (3, 3, 20), (None, None, 2), (None, 2, 2)]


def test_movement_counts_the_questions_of_each_move() -> None:
    chart = charts_of(cast("dict[str, Any]", make_report(MOVES)))["movement"]
    assert chart["title"] == (
        "Of 4 questions without a right item in the first 3, 3 now have one; 1 of the other 2 lost it"
    )
    up, down, same, never = chart["traces"][1:]
    assert list(zip(up["x"], up["y"], strict=True)) == [(4, 1), (180, 2)]
    assert up["customdata"] == ["q0", "q5"] and up["hovertext"][0].startswith("2 questions<br>before: 4th place")
    assert up["marker"]["size"][0] > up["marker"]["size"][1]
    assert (down["marker"]["color"], up["marker"]["color"]) == ("@loss", "@gain")
    assert (same["x"], never["x"], never["y"]) == ([3], [180], [180])
    assert chart["rows"][2] == ["4th–10th", "2", "0", "0", "0", "0"]
    assert sum(int(cell) for row in chart["rows"] for cell in row[1:]) == len(MOVES)


def test_segments_are_judged_where_they_have_enough_questions() -> None:
    chart = charts_of(report())["segments"]
    found = {row[0]: row for row in chart["rows"]}
    assert set(found) == set(SEGMENTS)
    for segment in report()["segments"]["segments"]:
        row = found[segment["name"]]
        assert row[1] == str(segment["n"])
        assert (row[5] == "too few to judge") is (segment["n"] < 20) is ("difference" not in segment)
    assert "&lt;b>Elsewhere&lt;/b>" in str(chart["layout"]["yaxis"]["ticktext"])
    assert "Of twenty segments in which nothing changed, one seems to have changed" in chart["how"]
    judged = [each for each in report()["segments"]["segments"] if "difference" in each]
    gained = sum(each["difference"]["ci95"][0] > 0 for each in judged)
    assert chart["title"].startswith(f"{gained} of {len(judged)} segments with enough questions surely gained")


def test_scores_say_the_cut_off_and_what_it_rests_on() -> None:
    with_cutoff = report()
    with_cutoff["scores"]["cutoff"] = {
        "places": 10, "score": 0.71, "target": 0.95, "results": 240, "right": 237, "questions": 180, "low": 0.953,
    }  # fmt: skip
    chart = charts_of(with_cutoff)["scores"]
    assert chart["title"] == "A score of 0.71 or more is right 95 times in 100, or more often"
    assert "240 results of 180 test questions with such a score, of which 237 were right" in chart["how"]
    assert chart["layout"]["shapes"][0]["x0"] == 0.71
    without = report()
    without["scores"].pop("cutoff", None)
    chart = charts_of(without)["scores"]
    assert chart["title"] == "No score can be relied on by itself yet" and not chart["layout"]["shapes"]
    right = chart["traces"][2]
    assert right["name"] == "After: right" and sum(right["y"][:-1]) == pytest.approx(100, abs=0.2)
    counts = report()["scores"]["after"]["right"]
    assert [int(row[3]) for row in chart["rows"]] == counts


def test_the_map_moves_the_same_points() -> None:
    chart, found = charts_of(report())["map"], report()["map"]
    before, after = chart["views"]
    assert (before["name"], after["name"], chart["animated"]) == ("Before", "After", True)
    assert [len(trace["x"]) for trace in before["traces"]] == [len(trace["x"]) for trace in after["traces"]]
    assert sum(len(trace["x"]) for trace in chart["traces"]) == len(found["ids"])
    assert [trace["x"] for trace in chart["traces"]] == [trace["x"] for trace in after["traces"]]
    opened = [row[0] for trace in chart["traces"] for row in trace["customdata"] if row[0]]
    assert sorted(opened) == sorted(found["ids"][: found["n_queries"]])
    assert chart["title"] == "The nearest item is a right one for 65% of the questions on this map, before 40%"
    assert "60 of 90 questions and 60 of 60 items" in chart["how"]
    assert {trace["name"] for trace in chart["traces"]} >= {"items", "Germany"}
    for x, y in ((trace["x"], trace["y"]) for view in chart["views"] for trace in view["traces"]):
        low, high = chart["layout"]["xaxis"]["range"]
        assert all(low < place < high for place in x) and len(x) == len(y)


def test_without_segments_or_labels_the_map_shows_what_became_of_each_question() -> None:
    plain = cast("dict[str, Any]", with_figures(make_report(realistic_ranks(90)), segments=False))
    colours = {trace["name"]: trace["marker"]["color"] for trace in charts_of(plain)["map"]["traces"]}
    assert colours["moved up"] == "@gain" and colours["moved down"] == "@loss" and colours["items"] == "@before"


def test_a_map_of_many_labels_keeps_eight_colours() -> None:
    many = by_label()
    many["labels"] = {name: f"label{number % 13}" for number, name in enumerate(many["labels"])}
    traces = charts_of(many)["map"]["traces"]
    assert len({trace["marker"]["color"] for trace in traces}) == 9
    assert sum(trace["showlegend"] for trace in traces) == 9  # a label once, be it of searches or of pictures
    assert "other" in {trace["name"] for trace in traces}


def test_a_kept_base_model_has_one_map() -> None:
    kept = report()
    kept["map"]["after"] = kept["map"]["before"]
    chart = charts_of(kept)["map"]
    assert "views" not in chart
    assert chart["title"] == "The nearest item is a right one for 65% of the questions on this map"


def test_confusions_by_hand() -> None:
    labelled = by_label()
    labelled["confusion"] = {
        "kind": "labels",
        "labels": ["jeans", "slacks"],
        "n_labels": 2,
        "n": [10, 6],
        "before": [[6, 4, 0], [1, 4, 1]],
        "after": [[9, 1, 0], [0, 6, 0]],
        "right": {"before": 10, "after": 15},
    }
    chart = charts_of(labelled)["confusion"]
    assert chart["title"] == (
        "The first result is right for 15 of 16 searches, before for 10; "
        "most often “jeans” is taken for “slacks”: once, before 4"
    )
    assert chart["rows"] == [["jeans", "slacks", "4", "1"], ["slacks", "jeans", "1", "0"]]
    labelled["confusion"]["after"] = [[10, 0, 0], [0, 6, 0]]
    title = charts_of(labelled)["confusion"]["title"]
    assert title.endswith("; none of these labels is taken for another any more")
    diagonal, off = chart["traces"]
    assert diagonal["z"] == [[0.9, None, None], [None, 1.0, None]]
    assert off["z"] == [[None, 0.1, 0.0], [0.0, None, 0.0]]
    assert chart["views"][0]["traces"][0]["z"][0][0] == 0.6
    assert diagonal["text"][0][0] == "9" and off["text"][0][1] == "1"
    assert "found first: slacks<br>1 of 10" in off["hovertext"][0][1]
