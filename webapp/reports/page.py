"""What the report page shows, gathered for its template."""

from typing import Any

from django.core.paginator import Paginator

from webapp.bridge import report_words, verdict_words
from webapp.datasets.doubts import doubted_questions
from webapp.reports.baselines import baseline_words
from webapp.reports.charts import report_charts
from webapp.reports.choosing import choosers, chosen_words
from webapp.reports.figures import groups, verdict_card
from webapp.reports.forms import ExplorerForm
from webapp.reports.model_zip import model_zip
from webapp.reports.questions import Outcome, outcome_counts, questions_of, select_questions
from webapp.reports.variants import variant_rows
from webapp.reports.why import why_words
from webapp.reports.words import FAMILIES
from webapp.runs.estimates import seconds_of
from webapp.runs.models import Run
from webapp.runs.reports import Report
from webapp.runs.setting_words import setting_rows
from webapp.runs.words import duration_words
from webapp.search.tally import blind_tally

PER_PAGE = 25


def report_context(*, run: Run, report: Report) -> dict[str, Any]:
    """Everything above and below the question explorer."""
    charts = report_charts(report)
    counts, words = outcome_counts(questions_of(report)), report_words(report)
    return {
        "run": run,
        "project": run.project,
        "report": report,
        "card": verdict_card(report, verdict_words(report)),
        "groups": groups(report),
        "metric_charts": [
            {**chart, "label": words.say(family.short), "technical": family.technical}
            for family in FAMILIES
            for chart in charts
            if chart["name"] == f"metric-{family.key}"
        ],
        "charts": {chart["name"]: chart for chart in charts},
        "outcomes": [(outcome, counts[outcome], words.say(OUTCOME_WORDS[outcome])) for outcome in Outcome],
        "chosen_words": chosen_words(report),
        "why_words": why_words(report),
        "choosers": choosers(report),
        "settings": setting_rows(report["settings"], report["task"]),
        "duration": duration_words(seconds_of(run) or report["seconds"]["total"]),
        "baseline_words": baseline_words(report),
        "model": model_zip(run=run),
        "tally": blind_tally(run=run, report=report),
        "variants": variant_rows(report),
    }


OUTCOME_WORDS = {
    Outcome.WON: "{right_item} moved up",
    Outcome.LOST: "{right_item} moved down",
    Outcome.UNCHANGED: "the same place as before",
    Outcome.NEVER: "not in the first 100, before or after",
}


def explorer_context(*, run: Run, report: Report, form: ExplorerForm, page: str) -> dict[str, Any]:
    """The question explorer: the controls and one page of questions."""
    questions = questions_of(report)
    counts = outcome_counts(questions)
    chosen = form.chosen
    found = select_questions(questions, show=chosen["show"], text=chosen["text"], sort=chosen["sort"])
    return {
        "run": run,
        "project": run.project,
        "words": report_words(report).by_name(),
        "form": form,
        "chosen": chosen,
        "shows": [("", "All", len(questions)), *((each.value, each.label, counts[each]) for each in Outcome)],
        "questions": Paginator(found, PER_PAGE).get_page(page),
        "found_count": len(found),
        "doubted": doubted_questions(version=run.dataset),
    }
