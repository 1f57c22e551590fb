"""What a report has for its charts: there where the data has it, absent where not."""

import json
from dataclasses import replace

import pytest

from tests.trainer.evaluation.factory import BEFORE, make_report, make_split
from trainer.config import Task
from trainer.data.label_relevance import LabelRelevance
from trainer.evaluation.metrics import METRICS
from trainer.report import CUTOFFS, Report, read_report, report_bytes
from trainer.report_figures import EmbeddingMap

MAP: EmbeddingMap = {
    "ids": ["q4", "d0"],
    "names": ["topic4, a question", "topic0 explained"],
    "n_queries": 1,
    "n_all_queries": 6,
    "n_all_documents": 11,
    "before": {"x": [0.0, 1.0], "y": [0.0, 1.0]},
    "after": {"x": [0.5, 1.0], "y": [0.5, 1.0]},
    "near": {"before": 0.0, "after": 1.0},
    "method": "t-SNE",
}


def test_curves_have_the_very_values_of_the_metrics() -> None:
    report = make_report([5, 4, None, 2, 9, 1] * 5, [1, 1, 2, 1, 3, 1] * 5)
    for system in ("before", "after", "keyword"):
        for name in METRICS:
            curve = report["curves"][system][name]
            for k in CUTOFFS:
                assert curve["mean"][k - 1] == pytest.approx(report[system][f"{name}@{k}"], abs=1e-5)
            assert len(curve["low"]) == len(curve["high"]) == 20
    assert read_report(report_bytes(report)) == report


def test_segments_come_from_the_data_and_only_two_make_a_comparison() -> None:
    assert "segments" not in make_report()
    split = make_split(len(BEFORE), 4)
    named = {"q4": "north", "q5": "south", "q6": "north"}
    report = make_report(split=replace(split, data=replace(split.data, segments=named)))
    assert [(each["name"], each["n"]) for each in report["segments"]["segments"]] == [("north", 2), ("south", 1)]
    assert report["segments"]["unnamed"] == 3
    assert [query["segment"] for query in report["queries"]] == ["north", "south", "north", "", "", ""]


def by_label() -> Report:
    """The pictures q4… and d0… with labels by turns, whose right one by the factory is of the same label."""
    split = make_split(len(BEFORE), 4)
    queries = {name: f"label{int(name[1:]) % 3}" for name in split.data.queries}
    documents = {name: f"label{int(name[1:]) % 3}" if name != "extra" else "" for name in split.data.documents}
    data = replace(
        split.data,
        task=Task.IMAGE_IMAGE,
        labels=queries,
        relevance=LabelRelevance(queries, documents),
        captions={text: f"{name}.png" for name, text in split.data.documents.items()},
    )
    return make_report(split=replace(split, data=data), embedding_map=MAP)


def test_labels_have_confusions_and_the_map_brings_names_and_labels_of_its_own() -> None:
    report = by_label()
    assert report["confusion"]["kind"] == "labels"
    assert sum(report["confusion"]["n"]) == len(BEFORE)
    assert report["confusion"]["right"]["after"] == sum(
        report["labels"][query["id"]] == report["labels"][query["after"]["top"][0][0]] for query in report["queries"]
    )
    assert report["map"] == MAP
    assert report["labels"]["d0"] == "label0" and report["captions"]["topic0 explained"] == "d0.png"


def test_pairs_of_texts_have_neither_labels_nor_confusions() -> None:
    report = make_report()
    assert not {"confusion", "segments", "map", "labels"} & set(report)
    assert {"curves", "scores"} <= set(report)


def test_the_same_seed_writes_the_same_bytes() -> None:
    first, second = (make_report() for _ in range(2))
    for report in (first, second):
        report["created"] = ""
    assert json.dumps(first) == json.dumps(second)
