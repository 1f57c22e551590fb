"""Share links and reports for the tests of this app."""

from typing import Any

from tests.webapp.reports.factory import make_report, realistic_ranks
from trainer.report import Report
from webapp.runs.models import Run
from webapp.sharing.models import ShareLink
from webapp.sharing.services import share_link_create, token_for


def make_link(run: Run, **changes: Any) -> ShareLink:
    """A link of the run's maker, for 30 days; with its token."""
    link = share_link_create(run=run, by=run.project.owner, **{"days": 30, **changes})
    link.token = token_for(link.nonce)
    return link


def telling_report(n: int = 24) -> Report:
    """A report whose every text of the data has a word that occurs nowhere else, in no random token either: “zqxjk” and
    what kind of text it is."""
    report: dict[str, Any] = dict(make_report(realistic_ranks(n), known=n // 2))
    for number, query in enumerate(report["queries"]):
        query["query"] = f"zqxjkquery{number} <b>how</b>?"
        query["segment"] = f"zqxjksegment{number % 3}"
    report["documents"] = {name: f"zqxjkitem{name} text" for name in report["documents"]}
    report["data"]["rejected"] = [
        {"file": "zqxjkfile.csv", "row": 7, "reason": "zqxjkreason", "values": ["zqxjkvalue"]}
    ]
    report["data"]["split"]["sentence"] = "zqxjksentence"
    report["segments"] = {"segments": [_segment(number) for number in range(3)], "left_out": 0, "unnamed": 0}
    report["confusion"] = {
        "kind": "documents",
        "labels": ["zqxjklabel0", "zqxjklabel1"],
        "n_labels": 2,
        "n": [3, 4],
        "before": [[1, 2, 0], [1, 2, 1]],
        "after": [[3, 0, 0], [0, 4, 0]],
        "right": {"before": 3, "after": 7},
    }
    report["map"] = _map(report)
    report["later"] = {"anything": "zqxjklater"}
    return report  # type: ignore[return-value]


def _segment(number: int) -> dict[str, Any]:
    figures = {"hit@3": 0.5, "ndcg@10": 0.4}
    return {"name": f"zqxjksegment{number}", "n": 8, "before": figures, "after": figures}


def _map(report: dict[str, Any]) -> dict[str, Any]:
    queries, items = report["queries"][:5], list(report["documents"].items())[:7]
    places = {"x": [float(at) for at in range(12)], "y": [float(at % 3) for at in range(12)]}
    return {
        "ids": [*(query["id"] for query in queries), *(name for name, _ in items)],
        "names": [*(query["query"] for query in queries), *(text for _, text in items)],
        "n_queries": 5,
        "n_all_queries": len(report["queries"]),
        "n_all_documents": 60,
        "before": places,
        "after": {"x": places["y"], "y": places["x"]},
        "near": {"before": 0.2, "after": 0.6},
        "method": "t-SNE",
    }
