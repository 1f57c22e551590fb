"""Sheets of the workbook beyond the summary: differences, segments, what was tried, smaller forms, votes, lists."""

from collections.abc import Iterator
from itertools import zip_longest
from statistics import fmean
from typing import Any

from webapp.bridge import question_value, report_words, variant_words
from webapp.reports.choosing import everything_tried
from webapp.reports.questions import question_of
from webapp.reports.why import untried_ways
from webapp.reports.words import plain_name, technical_name
from webapp.runs.exhibits import Exhibits
from webapp.runs.reports import Report

Rows = list[list[Any]]
MOST_LISTED = 2_000
"""Questions whose result lists are in the workbook: ten rows each, and a person waits for it."""
SEGMENT_METRICS = ("hit@1", "hit@3", "hit@10", "ndcg@10", "mrr@10")


def difference_rows(report: Report) -> Rows:
    """After − before with its 95% interval and p-value: over all questions, and of the two groups."""
    words = report_words(report)
    header = ["Metric", "Name", words.by_name()["Questions"], "How many", "Before", "After", "Difference"]
    rows: Rows = [[*header, "95% interval, from", "95% interval, to", "p-value"]]
    for metric, difference in report["differences"].items():
        rows.append(_difference(metric, "all", difference, report["before"], report["after"], words))
    titles = {"known_items": "about known {subjects}", "new_items": "about new {subjects}"}
    for group, difference in report["difference_by_group"].items():
        before, after = (report[system][group]["metrics"] for system in ("before", "after"))
        rows.append(_difference(difference["metric"], words.say(titles[group]), difference, before, after, words))
    return rows


def _difference(
    metric: str, scope: str, difference: dict[str, Any], before: dict[str, Any], after: dict[str, Any], words: Any
) -> list[Any]:
    names = [technical_name(metric), plain_name(metric, words), scope]
    figures = [difference["n"], before[metric], after[metric], difference["mean"]]
    return [*names, *figures, *difference["ci95"], difference["p_value"]]


def segment_rows(report: Report) -> Rows:
    """Means of each segment before and after; only the header where the data have no segments."""
    header = ["Segment", report_words(report).by_name()["Questions"]]
    header += [f"{technical_name(metric)} {system}" for metric in SEGMENT_METRICS for system in ("before", "after")]
    members: dict[str, list[dict[str, Any]]] = {}
    for query in report["queries"]:
        if query.get("segment"):
            members.setdefault(query["segment"], []).append(query)
    return [header, *([name, len(found), *_means(found)] for name, found in sorted(members.items()))]


def _means(queries: list[dict[str, Any]]) -> list[float]:
    return [
        fmean(question_value(query, system=system, metric=metric) for query in queries)
        for metric in SEGMENT_METRICS
        for system in ("before", "after")
    ]


def tried_rows(report: Report) -> Rows:
    """Every mixture that was judged on the choosing questions; only the header where only the base model was.

    Reports of earlier versions tell no gains.
    """
    header = ["Way of learning", "Share of tuned weights", "nDCG@10", "Gain over the base model"]
    header += ["95% interval, from", "95% interval, to", "Standard error", "Gain less the margin for chance"]
    rows: Rows = [[*header, report_words(report).by_name()["Questions"], "Outcome"]]
    tried = everything_tried(report)
    if len(tried) < 2:
        return rows
    for each in tried:
        gain = each.gain
        figures = (
            [gain["mean"], *gain["ci95"], gain["standard_error"], each.adjusted, gain["n"]] if gain else [None] * 6
        )
        rows.append([each.way, each.share, each.score, *figures, each.outcome])
    return [*rows, *([way, *[None] * 8, "not tried"] for way in untried_ways(report))]


def variant_sheet_rows(report: Report) -> Rows:
    """Smaller and faster forms of the model; only the header where none were measured."""
    header = ["Form", "nDCG@10", "Difference", "95% interval, from", "95% interval, to", "Bytes of 100,000 vectors"]
    rows: Rows = [[*header, "Bytes of the model file", "Reading speed, times the standard library's", "Worth it"]]
    for variant in report.get("variants") or []:
        words, difference = variant_words(variant), variant.get("difference")
        figures = [difference["mean"], *difference["ci95"]] if difference else [None, None, None]
        sizes = [variant["vector_bytes"], variant["model_bytes"], variant.get("speed")]
        rows.append([words["name"], variant["score"], *figures, *sizes, words["sentence"]])
    return rows


def blind_rows(blind: dict[str, Any], report: Report) -> Rows:
    """The votes and their interval, then voter by voter. blind: search.tally_exports.blind_facts."""
    low, high = blind["ci95"] or (None, None)
    kinds = {
        "after": "Tuned model better",
        "before": "Base model better",
        "both": "Both good",
        "neither": "Neither good",
    }
    return [
        ["Blind test", blind["headline"]],
        ["What that is worth", blind["meaning"]],
        *([words, blind[kind]] for kind, words in kinds.items()),
        ["Votes", blind["votes"]],
        ["Share of decided votes for the tuned model", blind["share"]],
        ["95% interval, from", low],
        ["95% interval, to", high],
        ["Decided votes count as so many independent ones", blind["effective_votes"]],
        ["People", blind["n_voters"]],
        [report_words(report).say("{Questions} voted on"), blind["n_questions"]],
        ["How they were picked", blind["picked"]],
        ["How votes are counted", blind["treated"]],
        [],
        ["Voter", *kinds.values()],
        *([row["name"], *(row[kind] for kind in kinds)] for row in blind["voters"]),
    ]


def list_rows(report: Report) -> Iterator[list[Any]]:
    """Both result lists of each question, side by side, place by place."""
    words, documents, exhibits = report_words(report), report["documents"], Exhibits.of_report(report)
    yield [words.say("{Question}"), "Place", "Before", "Score before", "Right", "After", "Score after", "Right"]
    for query in report["queries"][:MOST_LISTED]:
        shown, right = question_of(query, exhibits).shown.words, set(query["relevant"])
        lists = (query[system]["top"] for system in ("before", "after"))
        for place, pair in enumerate(zip_longest(*lists), start=1):
            cells: list[Any] = []
            for hit in pair:
                item, score = hit or ("", None)
                name = exhibits.document(item, documents.get(item, item)).words if hit else ""
                cells += [name, score, "yes" if item in right else ""]
            yield [shown, place, *cells]
