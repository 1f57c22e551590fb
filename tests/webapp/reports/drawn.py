"""What the charts of a new report draw, added to a report of the factory."""

import random
from typing import Any, cast

from tests.webapp.reports.factory import _rankings, _relevance
from trainer.evaluation.confusion import document_confusion, label_confusion
from trainer.evaluation.curves import metric_curves
from trainer.evaluation.ranking import Rankings
from trainer.evaluation.scores import score_figures
from trainer.evaluation.segments import segment_figures
from trainer.report import Report
from trainer.report_figures import EmbeddingMap

SEGMENTS = ("Austria & Styria", "Germany", "Switzerland", "<b>Elsewhere</b>")


def with_figures(report: Report, *, segments: bool = True, seed: int = 0) -> Report:
    """The report with curves, scores, a map, and segments or confusions, as a run of today writes them."""
    queries: list[Any] = list(report["queries"])
    if segments:
        queries = [{**query, "segment": SEGMENTS[number % 7 % 4]} for number, query in enumerate(queries)]
    systems: dict[str, Rankings] = {
        name: _rankings(queries, name) for name in ("before", "after", "keyword") if name in report
    }
    relevance = _relevance(queries)
    tops = {
        name: {query["id"]: [(document, score) for document, score in query[name]["top"]] for query in queries}
        for name in ("before", "after")
    }
    found: dict[str, Any] = {
        "queries": queries,
        "curves": metric_curves(systems, relevance, seed),
        "scores": score_figures(tops["before"], tops["after"], relevance),
        "map": make_map(report, seed),
    }
    if segments:
        names = {query["id"]: query["segment"] for query in queries}
        found["segments"] = segment_figures(systems["before"], systems["after"], relevance, names, seed)
    labels = report.get("labels")
    if labels:
        asked = {query["id"]: labels[query["id"]] for query in queries}
        found["confusion"] = label_confusion(tops["before"], tops["after"], asked, labels)
    else:
        found["confusion"] = document_confusion(tops["before"], tops["after"], relevance, report["documents"])
    return cast(Report, {**report, **{name: part for name, part in found.items() if part is not None}})


def make_map(report: Report, seed: int) -> EmbeddingMap:
    """Documents in heaps, each question some way off before and near its document after."""
    source = random.Random(seed)
    queries, documents = report["queries"][:60], list(report["documents"].items())
    heaps = [(source.uniform(-20, 20), source.uniform(-20, 20)) for _ in range(5)]
    places = {name: _near(source, heaps[number % 5], 4) for number, (name, _) in enumerate(documents)}
    layouts = {}
    for name, reach in (("before", 9), ("after", 2)):
        points = [_near(source, places[query["relevant"][0]], reach) for query in queries]
        points += [_near(source, places[document], 0.5) for document, _ in documents]
        layouts[name] = {"x": [x for x, _ in points], "y": [y for _, y in points]}
    return {
        "ids": [*(query["id"] for query in queries), *(name for name, _ in documents)],
        "names": [*(query["query"][:80] for query in queries), *(text[:80] for _, text in documents)],
        "n_queries": len(queries),
        "n_all_queries": len(report["queries"]),
        "n_all_documents": len(documents),
        "before": layouts["before"],  # type: ignore[typeddict-item]
        "after": layouts["after"],  # type: ignore[typeddict-item]
        "near": {"before": 0.4, "after": 0.65},
        "method": "t-SNE",
    }


def _near(source: random.Random, place: tuple[float, float], reach: float) -> tuple[float, float]:
    return round(source.gauss(place[0], reach), 2), round(source.gauss(place[1], reach), 2)
