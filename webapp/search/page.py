"""What the live search's page shows beside the answer."""

from typing import Any

from webapp.bridge import report_words
from webapp.runs.models import Run
from webapp.runs.reports import Report
from webapp.search.examples import example_questions
from webapp.search.services import MOST_PICTURE_BYTES

MOST_PICTURES_TO_TRY = 12


def search_facts(*, run: Run, report: Report) -> dict[str, Any]:
    """What every part of the page needs, whoever looks. Light: an answer as one types needs no more."""
    return {
        "run": run,
        "project": run.project,
        "words": report_words(report).by_name(),
        "most_bytes": MOST_PICTURE_BYTES,
        "most_megabytes": MOST_PICTURE_BYTES // 2**20,
    }


def search_page(*, run: Run, report: Report) -> dict[str, Any]:
    """What the whole page needs."""
    pictures = report["task"] == "image-image"
    return {
        **search_facts(run=run, report=report),
        "examples": example_questions(report, most=MOST_PICTURES_TO_TRY if pictures else 6),
        "n_documents": report["data"]["n_documents"],
    }
