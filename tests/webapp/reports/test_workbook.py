"""The workbook's sheets against the report that they were made from."""

import io
from statistics import fmean
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.webapp.reports.factory import make_report, realistic_ranks
from webapp.reports import workbook_sheets
from webapp.reports.workbook import report_workbook

DANGEROUS = ("=1+1", "+1", "-1", "@A1", "\t=1", " =1", "＝1+1", "＠A1", "＋1", "－1")


def sheets(report: Any) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(report_workbook(report=report, headline="It is better.")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_differences_have_their_intervals_for_all_and_for_both_groups() -> None:
    report: Any = make_report(realistic_ranks(60), known=40)
    rows = sheets(report)["Differences"][1:]
    assert [row[:4] for row in rows[-2:]] == [
        ("nDCG@10", "Ranking quality", "about known items", 40),
        ("nDCG@10", "Ranking quality", "about new items", 20),
    ]
    hit = next(row for row in rows if row[0] == "Hit@3")
    known = report["differences"]["hit@3"]
    assert hit[3:6] == pytest.approx((60, report["before"]["hit@3"], report["after"]["hit@3"]))
    assert hit[6:] == pytest.approx((known["mean"], *known["ci95"], known["p_value"]))


def test_metrics_are_there_at_every_k() -> None:
    report: Any = make_report(realistic_ranks(20))
    names = {row[0] for row in sheets(report)["Metrics"] if row[2] == "all"}
    assert {
        f"{name}@{k}" for name in ("nDCG", "Hit", "MRR", "Recall", "Precision", "MAP") for k in (1, 2, 3, 5, 10, 20)
    } == names


def test_segments_have_the_means_of_their_own_questions() -> None:
    report: Any = make_report(realistic_ranks(30))
    assert "Segments" not in sheets(report)
    for number, query in enumerate(report["queries"]):
        query["segment"] = "=north" if number % 3 else "south"
    found = sheets(report)
    header, *rows = found["Segments"]
    assert [row[:2] for row in rows] == [("'=north", 20), ("south", 10)]
    south = [query for query in report["queries"] if query["segment"] == "south"]
    ranks = [query["after"]["rank"] for query in south]
    assert rows[1][header.index("Hit@3 after")] == fmean(rank is not None and rank <= 3 for rank in ranks)
    assert rows[1][header.index("nDCG@10 before")] == pytest.approx(fmean(q["before"]["ndcg"] for q in south))
    assert found["Questions"][1][-1] == "south"


def test_both_lists_are_there_place_by_place() -> None:
    report: Any = make_report([(2, 1, 1), (None, 3, None)])
    header, *rows = sheets(report)["Result lists"]
    assert header[:3] == ("Question", "Place", "Before")
    assert len(rows) == 20
    query = report["queries"][0]
    for row, before, after in zip(rows[:10], query["before"]["top"], query["after"]["top"], strict=True):
        texts = tuple(report["documents"][hit[0]] for hit in (before, after))
        assert (row[2], row[5]) == texts
        assert (row[3], row[6]) == (before[1], after[1])
    assert [row[1] for row in rows[:10]] == list(range(1, 11))
    assert [row[4] for row in rows[:3]] == [None, "yes", None]
    assert [row[7] for row in rows[:2]] == ["yes", None]


def test_what_is_left_out_of_a_large_report_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    report: Any = make_report(realistic_ranks(12))
    monkeypatch.setattr(workbook_sheets, "MOST_LISTED", 5)
    monkeypatch.setattr("webapp.reports.workbook.MOST_LISTED", 5)
    found = sheets(report)
    assert len(found["Result lists"]) == 1 + 5 * 10
    assert len(found["Questions"]) == 1 + 12
    assert ("Result lists", "of the first 5 of 12; report.json has all") in found["Summary"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_of_people_becomes_a_formula(text: str) -> None:
    report: Any = make_report([(2, 1, 1), (1, 2, None)])
    report["queries"][0] |= {"query": text, "segment": text}
    report["queries"][1]["segment"] = "other"
    report["documents"] = dict.fromkeys(report["documents"], text)
    report["base_model_title"] = text
    found = sheets(report)
    for title, row, column in (("Questions", 1, 0), ("Result lists", 1, 2), ("Segments", 1, 0), ("Summary", 1, 1)):
        values = [cells[column] for cells in found[title][row:]]
        assert f"'{text}".strip() in [str(value).strip() for value in values], title
