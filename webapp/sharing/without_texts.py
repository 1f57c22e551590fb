"""A report from which nothing of the data can be read: figures stay, texts and names become numbers.

Only what is named here is taken over, so that whatever else a report has, now or later, stays behind.
"""

from collections.abc import Iterable
from typing import Any

from webapp.runs.reports import Report

FIGURES = (
    "format",
    "version",
    "created",
    "task",
    "base_model_title",
    "preset",
    "seed",
    "settings",
    "learning",
    "before",
    "after",
    "keyword",
    "zero_shot",
    "difference",
    "difference_by_group",
    "differences",
    "verdict",
    "blend",
    "epoch",
    "recipe",
    "choices",
    "choice_rule",
    "training",
    "variants",
    "seconds",
    "curves",
    "scores",
)
COUNTS = ("n_train", "n_validation", "n_test_queries", "n_documents", "choosing")
SYSTEMS = ("before", "after", "keyword", "zero_shot")


class _Numbered:
    """Gives each name that comes a number of its own, in the order in which they come."""

    def __init__(self, word: str) -> None:
        self._word, self._known = word, dict[str, str]()

    def __call__(self, name: Any) -> str:
        found = self._known.get(str(name))
        if found is None:
            found = self._known[str(name)] = f"{self._word} {len(self._known) + 1}"
        return found

    def blank_or(self, name: Any) -> str:
        """Nothing stays nothing."""
        return self(name) if name else ""


class _Names:
    """One way to name each kind of thing throughout a report."""

    def __init__(self, report: Report, query_word: str, item_word: str) -> None:
        self.query, self.item = _Numbered(query_word), _Numbered(item_word)
        self.label, self.segment = _Numbered("Label"), _Numbered("Segment")
        for query in report["queries"]:
            self.query(query["id"])


def without_texts(report: Report, *, query_word: str = "Question", item_word: str = "Item") -> Report:
    """The report with “Question 7”, “Item 12”, “Label 3” and “Segment 2” in place of what the data says.

    Ids, which may tell something too, are replaced by these names; pictures are gone. Marked by `texts_left_out`.
    """
    names = _Names(report, query_word, item_word)
    told: Report = {key: report[key] for key in FIGURES if key in report}
    told["texts_left_out"] = True
    told["base_model"] = report["base_model_title"]
    told["data"] = {key: report["data"][key] for key in COUNTS if key in report["data"]}
    told["data"]["rejected"] = [{} for _ in report["data"]["rejected"]]
    told["queries"] = [_query(query, names) for query in report["queries"]]
    told["documents"] = {names.item(name): names.item(name) for name in report["documents"]}
    if report.get("labels"):
        told["labels"] = _labels(report, names)
    if report.get("segments"):
        told["segments"] = _segments(report["segments"], names)
    if report.get("confusion"):
        told["confusion"] = _confusion(report["confusion"], names)
    if report.get("map"):
        told["map"] = _map(report["map"], names)
    return told


def _query(query: dict[str, Any], names: _Names) -> dict[str, Any]:
    name = names.query(query["id"])
    told = {"id": name, "query": name, "known_items": bool(query["known_items"])}
    told["segment"] = names.segment.blank_or(query.get("segment"))
    told["relevant"] = [names.item(item) for item in query["relevant"]]
    if "n_relevant" in query:
        told["n_relevant"] = int(query["n_relevant"])
    if "alike" in query:
        told["alike"] = int(query["alike"])
    for system in SYSTEMS:
        if system in query:
            found = query[system]
            top = [[names.item(item), score] for item, score in found["top"]]
            told[system] = {"rank": found["rank"], "ndcg": found["ndcg"], "top": top}
    return told


def _labels(report: Report, names: _Names) -> dict[str, str]:
    """Of the queries and documents that the report names, in the words that stand for them."""
    queries = {str(query["id"]) for query in report["queries"]}
    return {
        (names.query(name) if name in queries else names.item(name)): names.label(label)
        for name, label in report["labels"].items()
        if name in queries or name in report["documents"]
    }


def _segments(found: dict[str, Any], names: _Names) -> dict[str, Any]:
    kept = ("n", "before", "after", "difference")
    segments = [
        {"name": names.segment(each["name"]), **{key: each[key] for key in kept if key in each}}
        for each in found["segments"]
    ]
    return {"segments": segments, "left_out": found["left_out"], "unnamed": found["unnamed"]}


def _confusion(found: dict[str, Any], names: _Names) -> dict[str, Any]:
    kept = ("kind", "n_labels", "n", "before", "after", "right")
    return {"labels": [names.label(label) for label in found["labels"]], **{key: found[key] for key in kept}}


def _map(found: dict[str, Any], names: _Names) -> dict[str, Any]:
    kept = ("n_queries", "n_all_queries", "n_all_documents", "before", "after", "near", "method")
    ids = [*_of(found["ids"][: found["n_queries"]], names.query), *_of(found["ids"][found["n_queries"] :], names.item)]
    return {"ids": ids, "names": ids, **{key: found[key] for key in kept}}


def _of(ids: Iterable[Any], name: _Numbered) -> list[str]:
    return [name(each) for each in ids]
