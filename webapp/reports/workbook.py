"""A report as a workbook, for those who want to go on in a spreadsheet."""

import io
from typing import Any

from openpyxl import Workbook

from webapp.bridge import choosing_facts
from webapp.datasets.rejected import safe_cell
from webapp.reports.choosing import BY_WHOM
from webapp.reports.questions import Outcome, questions_of
from webapp.reports.words import FAMILIES, plain_name, technical_name
from webapp.runs.reports import Report

SYSTEMS = (("before", "Before"), ("after", "After"), ("keyword", "Keyword search"))
CUTOFFS = (1, 2, 3, 5, 10, 20)


def report_workbook(*, report: Report, headline: str) -> bytes:
    """XLSX with the sheets Summary, Metrics, Questions and Settings. Texts can never run as formulas."""
    book = Workbook(write_only=True)
    _fill(book, "Summary", _summary_rows(report, headline))
    _fill(book, "Metrics", _metric_rows(report))
    _fill(book, "Questions", _question_rows(report))
    _fill(book, "Settings", [["Setting", "Value"], *([name, str(value)] for name, value in report["settings"].items())])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _fill(book: Workbook, title: str, rows: list[list[Any]]) -> None:
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append([cell if isinstance(cell, int | float) or cell is None else safe_cell(cell) for cell in row])


def _summary_rows(report: Report, headline: str) -> list[list[Any]]:
    difference, data = report["difference"], report["data"]
    return [
        ["Verdict", headline],
        ["Base model", report["base_model_title"]],
        ["Measured by", f"{plain_name(difference['metric'])} ({technical_name(difference['metric'])})"],
        ["Difference, after − before", difference["mean"]],
        ["95% interval, from", difference["ci95"][0]],
        ["95% interval, to", difference["ci95"][1]],
        ["p-value", difference["p_value"]],
        ["Test questions", data["n_test_queries"]],
        ["Examples to learn from", data["n_train"]],
        ["Examples to choose by", data["n_validation"]],
        ["Who chose", BY_WHOM[choosing_facts(report)["how"]]],
        ["Items searched", data["n_documents"]],
        ["Rows left out", len(data["rejected"])],
        ["Share of tuned weights", report["blend"]],
        ["Preset", report["preset"]],
        ["Seed", report["seed"]],
        ["Made", report["created"]],
    ]


def _metric_rows(report: Report) -> list[list[Any]]:
    systems = [(key, title) for key, title in SYSTEMS if report.get(key)]
    rows: list[list[Any]] = [["Metric", "Name", "Questions", *(title for _, title in systems)]]
    scopes: list[tuple[str, Report]] = [("all", report)]
    for group, title in (("known_items", "about known items"), ("new_items", "about new items")):
        if group in report["after"]:
            values = {key: report[key][group]["metrics"] for key, _ in systems}
            scopes.append((title, values))
    for scope, values in scopes:
        for family in FAMILIES:
            for metric in (f"{family.key}@{k}" for k in CUTOFFS):
                if metric in values["after"]:
                    figures = [values[key][metric] for key, _ in systems]
                    rows.append([technical_name(metric), plain_name(metric), scope, *figures])
    return rows


def _question_rows(report: Report) -> list[list[Any]]:
    header = ["Question", "Right items", "About", "Outcome", "Place before", "Place after", "Place by keywords"]
    header += ["First result before", "First result after", "nDCG@10 before", "nDCG@10 after"]
    rows: list[list[Any]] = [header]
    texts = report["documents"]
    for question, query in zip(questions_of(report), report["queries"], strict=True):
        right = " | ".join(texts.get(item, item) for item in query["relevant"])
        first = [_first_text(query[key]["top"], texts) for key in ("before", "after")]
        about = "known items" if question.known_items else "new items"
        places = [question.before, question.after, query.get("keyword", {}).get("rank")]
        quality = [query[key]["ndcg"] for key in ("before", "after")]
        outcome = Outcome(question.outcome).label
        rows.append([question.text, right, about, outcome, *places, *first, *quality])
    return rows


def _first_text(top: list[list[Any]], texts: dict[str, str]) -> str:
    return texts.get(top[0][0], top[0][0]) if top else ""
