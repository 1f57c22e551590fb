"""The charts of a report as plain dictionaries, in the order of the page."""

from webapp.bridge import report_words
from webapp.reports.chart import Chart
from webapp.reports.confusion_chart import confusion_chart
from webapp.reports.map_chart import map_chart
from webapp.reports.metric_charts import metric_chart
from webapp.reports.movement_chart import movement_chart
from webapp.reports.question_charts import places_chart, wins_chart
from webapp.reports.questions import questions_of
from webapp.reports.score_chart import score_chart
from webapp.reports.segment_chart import segment_chart
from webapp.reports.training_charts import loss_chart, validation_chart
from webapp.reports.tried_chart import tried_chart
from webapp.reports.words import FAMILIES
from webapp.runs.reports import Report


def report_charts(report: Report) -> list[Chart]:
    """Every chart of a report, in the order of the page; those without figures are left out."""
    questions, words = questions_of(report), report_words(report)
    charts: list[Chart | None] = [
        metric_chart(report, family) for family in FAMILIES if f"{family.key}@10" in report["after"]
    ]
    charts += [wins_chart(questions, words), movement_chart(questions, words), places_chart(questions, words)]
    charts += [segment_chart(report), confusion_chart(report), score_chart(report), map_chart(report)]
    charts += [tried_chart(report), validation_chart(report)]
    if report["training"].get("loss"):
        charts.append(loss_chart(report))
    return [chart for chart in charts if chart]
