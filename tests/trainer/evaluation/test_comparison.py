import json
from dataclasses import replace

import numpy as np
import pytest

from tests.trainer.evaluation.factory import AFTER, BEFORE, make_report, make_split, rankings_at, report_of
from trainer.config import Task
from trainer.evaluation.comparison import judge
from trainer.evaluation.metrics import evaluate
from trainer.evaluation.verdict import group_verdict
from trainer.report import DIFFERENCES, RELEVANT_NAMED, Difference, n_independent, read_report, report_bytes


def test_the_file_is_strict_json_and_reads_back_equal() -> None:
    report = make_report()
    assert read_report(report_bytes(report)) == report
    assert json.loads(json.dumps(report, allow_nan=False)) == report  # no tuples, enumerations or numpy numbers
    assert type(report["choices"][0]["blend"]) is float and type(report["preset"]) is str


def test_metrics_are_those_of_all_questions_and_of_the_two_groups() -> None:
    split = make_split()
    report = make_report()
    relevance = {query_id: split.data.relevance[query_id] for query_id in split.test}
    for name, ranks in (("before", BEFORE), ("after", AFTER)):
        system = report[name]  # type: ignore[literal-required]
        assert {key: value for key, value in system.items() if "@" in key} == evaluate(
            rankings_at(split, ranks), relevance
        )
        assert (system["known_items"]["n"], system["new_items"]["n"]) == (4, 2)
    assert report["before"]["known_items"]["metrics"]["hit@5"] == 3 / 4
    assert report["before"]["new_items"]["metrics"]["hit@5"] == 1 / 2
    assert report["keyword"]["hit@1"] == 1  # "topic4" names its document


def test_questions_in_several_spellings_are_named_and_count_once() -> None:
    n = 72
    split, before, after = make_split(n), [3, 2, 1] * 24, [1, 2, 1] * 24
    queries = {name: split.data.queries[name] for name in split.data.queries}
    for at, query_id in enumerate(split.test):
        queries[query_id] = f"topic{at // 3}{', a question' if at % 3 else ' (a question)'}"
    spelled = replace(split, data=replace(split.data, queries=queries))
    plain, clustered = (
        report_of(each, rankings_at(each, before), rankings_at(each, after)) for each in (split, spelled)
    )
    assert [query.get("alike") for query in plain["queries"]] == [None] * n
    assert [query["alike"] for query in clustered["queries"]] == [at // 3 * 3 for at in range(n)]

    def width(ends: list[float]) -> float:
        return ends[1] - ends[0]

    assert clustered["difference"]["mean"] == plain["difference"]["mean"]
    assert clustered["difference"]["n"] == n
    assert [n_independent(report["difference"]) for report in (plain, clustered)] == [72, 24]
    # every cluster gains as much, so that there is no chance between them
    assert width(clustered["difference"]["ci95"]) < 1e-9 < width(plain["difference"]["ci95"])
    bands = [
        [high - low for low, high in zip(curve["low"], curve["high"], strict=True)]
        for curve in (report["curves"]["before"]["mrr"] for report in (plain, clustered))
    ]
    assert max(bands[1]) < 1e-4 < max(bands[0])


def test_one_question_in_many_spellings_proves_nothing() -> None:
    n = 24
    split, known = make_split(n, known=n), "north"
    once = dict(split.data.queries) | {name: f"topic, {'?' * at}" for at, name in enumerate(split.test)}
    segments = {name: known if at < 22 else "south" for at, name in enumerate(split.test)}
    split = replace(split, data=replace(split.data, queries=once, segments=segments))
    report = report_of(split, rankings_at(split, [3] * n), rankings_at(split, [1] * n))
    assert report["difference"]["ci95"] == [-1, 1] and report["difference"]["p_value"] == 1
    assert report["verdict"] == "same"
    assert "low" not in report["curves"]["after"]["ndcg"]
    assert "difference" not in report["segments"]["segments"][0] and report["segments"]["segments"][0]["n"] == 22
    assert group_verdict(report, "known_items")[0] == ""
    assert "Not judged: with 1 question" in group_verdict(report, "known_items")[1]


def test_a_group_without_questions_is_absent() -> None:
    report = make_report(known=6)
    assert "new_items" not in report["before"]
    assert list(report["difference_by_group"]) == ["known_items"]


def test_differences_are_paired_and_the_first_is_of_the_primary_metric() -> None:
    report = make_report()
    assert tuple(report["differences"]) == DIFFERENCES
    assert report["difference"] == report["differences"]["ndcg@10"]
    for metric, difference in report["differences"].items():
        assert difference["mean"] == pytest.approx(report["after"][metric] - report["before"][metric])
    assert report["difference_by_group"]["new_items"]["n"] == 2


def test_each_question_has_its_ranks_lists_and_texts() -> None:
    report = make_report()
    assert [query["before"]["rank"] for query in report["queries"]] == BEFORE
    assert [query["after"]["rank"] for query in report["queries"]] == AFTER
    first = report["queries"][0]
    assert (first["id"], first["query"], first["relevant"]) == ("q4", "topic4, a question", ["d4"])
    assert (first["known_items"], first["segment"]) == (True, "north")
    assert report["queries"][4]["known_items"] is False
    assert first["after"]["top"][0] == ["d4", 1.0] and len(first["after"]["top"]) == 10
    assert first["before"]["ndcg"] == pytest.approx(1 / np.log2(6))
    named = {document for query in report["queries"] for document in query["relevant"]}
    for name in ("before", "after", "keyword"):
        named |= {row[0] for query in report["queries"] for row in query[name]["top"]}
    assert set(report["documents"]) == named
    assert report["documents"]["d4"] == "topic4 explained"


def test_counts_settings_and_rejected_rows_are_kept() -> None:
    report = make_report()
    data = report["data"]
    assert (data["n_train"], data["n_validation"], data["n_test_queries"], data["n_documents"]) == (2, 2, 6, 11)
    assert data["rejected"] == [{"file": "a.csv", "row": 7, "reason": "The question is empty."}]
    assert data["split"]["kind"] == "new_questions" and data["choosing"] == "aside"
    assert (report["preset"], report["seed"], report["settings"]["epochs"]) == ("quick", 3, 2)
    assert report["created"].endswith("+00:00")


@pytest.mark.parametrize(("n_chose", "choosing"), [(4, "turns"), (0, "none")])
def test_says_how_many_questions_chose_and_whether_they_took_turns(n_chose: int, choosing: str) -> None:
    split = replace(make_split(), train=("q0", "q1", "q2", "q3"), validation=())
    data = make_report(split=split, n_chose=n_chose)["data"]
    assert (data["n_train"], data["n_validation"], data["choosing"]) == (4, n_chose, choosing)


def test_the_recipe_that_was_chosen_is_named() -> None:
    report = make_report(recipe=1, epoch=2)
    assert (report["recipe"], report["epoch"]) == (1, 2)
    assert [choice["recipe"] for choice in report["choices"]] == [1]


def test_pictures_have_no_keyword_search() -> None:
    split = make_split()
    pictures = replace(split.data, task=Task.TEXT_IMAGE, captions={name: f"{name}.png" for name in "ab"})
    report = make_report(split=replace(split, data=pictures))
    assert report["task"] == "text-image"
    assert report["captions"] == {}  # those of pictures that it does not show are left out
    assert "keyword" not in report and "keyword" not in report["queries"][0]


def test_numbers_that_are_none_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        report_bytes(make_report(seconds={"total": float("nan")}))


@pytest.mark.parametrize(
    ("ci95", "p_value", "blend", "verdict"),
    [
        ([0.01, 0.1], 0.01, 0.5, "better"),
        ([0.01, 0.1], 0.06, 0.5, "same"),  # the two methods must agree
        ([0.0, 0.1], 0.01, 0.5, "same"),
        ([-0.1, 0.1], 0.9, 1.0, "same"),
        ([-0.1, -0.01], 0.06, 1.0, "worse"),
        ([0.01, 0.1], 0.01, 0.0, "same"),  # the base model itself
    ],
)
def test_the_verdict(ci95: list[float], p_value: float, blend: float, verdict: str) -> None:
    difference: Difference = {"metric": "ndcg@10", "mean": 0.0, "ci95": ci95, "p_value": p_value, "n": 9}
    assert judge(difference, blend) == verdict


def test_of_very_many_right_documents_a_report_names_the_first_and_those_it_lists() -> None:
    split = make_split()
    many = {f"same{number}": f"another one {number}" for number in range(3 * RELEVANT_NAMED)}
    relevance = {**split.data.relevance, "q4": dict.fromkeys([*many, "d9"], 1.0)}
    large = replace(split.data, documents={**split.data.documents, **many}, relevance=relevance)
    first, second = make_report(split=replace(split, data=large))["queries"][:2]
    assert first["n_relevant"] == 3 * RELEVANT_NAMED + 1
    assert first["relevant"] == [*list(many)[:RELEVANT_NAMED], "d9"]  # d9 is tenth in the list
    assert first["after"]["rank"] == 10
    assert second["relevant"] == ["d5"] and "n_relevant" not in second
