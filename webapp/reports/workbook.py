"""A report as a workbook, for those who want to go on in a spreadsheet."""

import io
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook

from webapp.bridge import choosing_facts, report_words
from webapp.datasets.rejected import safe_cell
from webapp.reports.baselines import BASELINES, baseline_of
from webapp.reports.choosing import BY_WHOM, chosen_words
from webapp.reports.questions import Outcome, n_right, questions_of
from webapp.reports.why import why_words
from webapp.reports.words import FAMILIES, plain_name, technical_name
from webapp.reports.workbook_sheets import (
    MOST_LISTED,
    blind_rows,
    difference_rows,
    list_rows,
    segment_rows,
    tried_rows,
    variant_sheet_rows,
)
from webapp.runs.exhibits import Exhibits
from webapp.runs.reports import Report
from webapp.runs.setting_words import setting_rows

SYSTEMS = (("before", "Before"), ("after", "After"), *((each.key, each.title) for each in BASELINES))
CUTOFFS = (1, 2, 3, 5, 10, 20)
MOST_RIGHT = 50
"""Right items that a cell lists: all of a label would not fit into one."""


def report_workbook(*, report: Report, headline: str, blind: dict[str, Any] | None = None) -> bytes:
    """XLSX with a sheet for each kind of figure, one for the questions (or searches), one for their result lists, and
    the settings. Pictures go by their file names. Texts can never run as formulas.

    blind: the blind test's tally (search.tally_exports.blind_facts), where somebody voted.
    """
    book = Workbook(write_only=True)
    _fill(book, "Summary", _summary_rows(report, headline, blind))
    _fill(book, "Metrics", _metric_rows(report))
    _fill(book, "Differences", difference_rows(report))
    for title, rows in (("Segments", segment_rows(report)), ("Smaller and faster", variant_sheet_rows(report))):
        if len(rows) > 1:
            _fill(book, title, rows)
    if blind:
        _fill(book, "Blind test", blind_rows(blind, report))
    _fill(book, report_words(report).by_name()["Questions"], _question_rows(report))
    _fill(book, "Result lists", list_rows(report))
    if len(tried := tried_rows(report)) > 1:
        _fill(book, "What was tried", tried)
    settings = [
        [words.label, words.technical, value] for words, value in setting_rows(report["settings"], report["task"])
    ]
    _fill(book, "Settings", [["Setting", "Name", "Value"], *settings])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _fill(book: Workbook, title: str, rows: Iterable[list[Any]]) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append([cell if isinstance(cell, int | float) or cell is None else safe_cell(cell) for cell in row])


def _summary_rows(report: Report, headline: str, blind: dict[str, Any] | None) -> list[list[Any]]:
    difference, data, words = report["difference"], report["data"], report_words(report)
    return [
        ["Verdict", headline],
        ["Base model", report["base_model_title"]],
        ["Measured by", f"{plain_name(difference['metric'], words)} ({technical_name(difference['metric'])})"],
        ["Difference, after − before", difference["mean"]],
        ["95% interval, from", difference["ci95"][0]],
        ["95% interval, to", difference["ci95"][1]],
        ["p-value", difference["p_value"]],
        *([["Blind test", f"{blind['headline']} {blind['meaning']}"]] if blind else []),
        [f"Test {words.questions}", data["n_test_queries"]],
        ["Examples to learn from", data["n_train"]],
        ["Examples to choose by", data["n_validation"]],
        ["Who chose", BY_WHOM[choosing_facts(report)["how"]]],
        ["What was chosen", chosen_words(report)],
        *([["Why", why]] if (why := why_words(report)) else []),
        [words.say("{Items} searched"), data["n_documents"]],
        ["Rows left out", len(data["rejected"])],
        ["Share of tuned weights", report["blend"]],
        ["Preset", report["preset"]],
        ["Seed", report["seed"]],
        ["Made", report["created"]],
        *_left_out(report),
    ]


def _left_out(report: Report) -> list[list[Any]]:
    n = len(report["queries"])
    return [["Result lists", f"of the first {MOST_LISTED:,} of {n:,}; report.json has all"]] if n > MOST_LISTED else []


def _metric_rows(report: Report) -> list[list[Any]]:
    systems, words = [(key, title) for key, title in SYSTEMS if report.get(key)], report_words(report)
    rows: list[list[Any]] = [["Metric", "Name", words.by_name()["Questions"], *(title for _, title in systems)]]
    scopes: list[tuple[str, Report]] = [("all", report)]
    for group, title in (("known_items", "about known {subjects}"), ("new_items", "about new {subjects}")):
        if group in report["after"]:
            values = {key: report[key][group]["metrics"] for key, _ in systems}
            scopes.append((words.say(title), values))
    for scope, values in scopes:
        for family in FAMILIES:
            for metric in (f"{family.key}@{k}" for k in CUTOFFS):
                if metric in values["after"]:
                    figures = [values[key][metric] for key, _ in systems]
                    rows.append([technical_name(metric), plain_name(metric, words), scope, *figures])
    return rows


def _question_rows(report: Report) -> list[list[Any]]:
    words = report_words(report)
    header = [*map(words.say, ("{Question}", "Right {items}", "About")), "Outcome", "Place before", "Place after"]
    baseline = baseline_of(report)
    header += [baseline.place] if baseline else []
    header += ["First result before", "First result after", "nDCG@10 before", "nDCG@10 after", "Segment"]
    rows: list[list[Any]] = [header]
    exhibits, documents = Exhibits.of_report(report), report["documents"]
    for question, query in zip(questions_of(report), report["queries"], strict=True):
        names = [_name(item, documents, exhibits) for item in query["relevant"][:MOST_RIGHT]]
        right = " | ".join([*names, *_and_more(n_right(query) - len(names))])
        tops = [query[key]["top"] for key in ("before", "after")]
        first = [_name(top[0][0], documents, exhibits) if top else "" for top in tops]
        about = words.say("known {subjects}" if question.known_items else "new {subjects}")
        places = [question.before, question.after]
        places += [query.get(baseline.key, {}).get("rank")] if baseline else []
        quality = [query[key]["ndcg"] for key in ("before", "after")]
        outcome = Outcome(question.outcome).label
        segment = query.get("segment", "")
        rows.append([question.shown.words, right, about, outcome, *places, *first, *quality, segment])
    return rows


def _name(item: str, documents: dict[str, str], exhibits: Exhibits) -> str:
    return exhibits.document(item, documents.get(item, item)).words


def _and_more(count: int) -> list[str]:
    return [f"and {count:,} more"] if count > 0 else []
