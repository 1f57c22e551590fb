"""The report as it is shown by a share link: the page, its charts, its questions, its pictures, and the one file."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe
from django.views.decorators.vary import vary_on_headers

from webapp.datasets.pictures import picture_bytes, thumbnail_bytes
from webapp.datasets.served import served_picture, served_thumbnail
from webapp.reports.charts import report_charts
from webapp.reports.export_views import html_download
from webapp.reports.forms import ExplorerForm
from webapp.reports.page import explorer_context, report_context
from webapp.reports.questions import answer_of
from webapp.runs.reports import Report
from webapp.search.tally_exports import nameless
from webapp.sharing.models import ShareLink
from webapp.sharing.public import frame, shared
from webapp.sharing.visits import count_visit


@require_safe
@vary_on_headers("HX-Request")
@shared()
def shared_report(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponse:
    """The whole report; for the explorer's own controls only the list of questions."""
    form = ExplorerForm(request.GET)
    explorer = explorer_context(run=link.run, report=report, form=form, page=request.GET.get("page", "1"))
    explorer |= {**frame(link, report), "doubted": None}
    if request.headers.get("HX-Target") == "explorer":
        return render(request, "reports/_explorer.html", explorer)
    context = {**report_context(run=link.run, report=report), **explorer}
    response = render(request, "reports/report.html", {**context, "tally": nameless(context["tally"])})
    count_visit(request, response, link)
    return response


@require_GET
@shared()
def shared_report_charts(request: HttpRequest, link: ShareLink, report: Report) -> JsonResponse:
    """Every chart by name."""
    return JsonResponse({"charts": {chart["name"]: chart for chart in report_charts(report)}})


@require_GET
@vary_on_headers("HX-Request")
@shared()
def shared_report_question(request: HttpRequest, link: ShareLink, report: Report, query_id: str) -> HttpResponse:
    """One question with both result lists."""
    answer = answer_of(report, query_id)
    if answer is None:
        raise Http404
    template = "reports/_question.html" if request.headers.get("HX-Request") else "reports/question.html"
    return render(request, template, {**frame(link, report), "answer": answer})


@require_GET
@shared(needs="with_texts")
def shared_report_html(request: HttpRequest, link: ShareLink, report: Report) -> HttpResponse:
    """The report as one file."""
    return html_download(run=link.run, report=report)


@require_GET
@shared(needs="with_texts", kept=3600)
def shared_picture(request: HttpRequest, link: ShareLink, report: Report, key: str) -> HttpResponse:
    """One picture that the report, or a search, shows."""
    _check_shown(link, report, key)
    return served_picture(picture_bytes(version=link.run.dataset, key=key), key)


@require_GET
@shared(needs="with_texts", kept=3600)
def shared_thumbnail(request: HttpRequest, link: ShareLink, report: Report, key: str) -> HttpResponse:
    """The same, small."""
    _check_shown(link, report, key)
    return served_thumbnail(thumbnail_bytes(version=link.run.dataset, key=key))


def _check_shown(link: ShareLink, report: Report, key: str) -> None:
    """A link without the search shows the pictures that its report names, and no other of the data."""
    if link.with_search or key in report["documents"].values():
        return
    named = {query["query"] for query in report["queries"]} | set((report.get("map") or {}).get("names", ()))
    if key not in named:
        raise Http404
