"""The report of a finished run: the page, its charts, its questions, and what can be downloaded."""

import io
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from webapp.bridge import report_words, verdict_words
from webapp.datasets.doubts import LONGEST_NOTE, doubted_documents
from webapp.reports import charts
from webapp.reports.doubting import pair_choices
from webapp.reports.forms import ExplorerForm
from webapp.reports.model_zip import model_sha256
from webapp.reports.page import explorer_context, report_context
from webapp.reports.questions import answer_of
from webapp.reports.workbook import report_workbook
from webapp.runs.models import Run
from webapp.runs.reports import Report, no_report_words, report_of
from webapp.runs.selectors import run_for_user
from webapp.search.tally_exports import blind_facts

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ReportView = Callable[..., HttpResponseBase]


def with_report(view: ReportView) -> ReportView:
    """Checks that the person may see the run, opens its report and calls `view(request, run, report, …)`. A run that is
    not finished leads to its own page."""

    @wraps(view)
    def checked(request: HttpRequest, project_id: int, number: int, **more: str) -> HttpResponseBase:
        run = run_for_user(user=request.user, project_id=project_id, number=number)
        report = report_of(run=run)
        if report is None:
            messages.info(request, no_report_words(run=run))
            return redirect("run_detail", project_id, number)
        return view(request, run, report, **more)

    return checked


@require_GET
@vary_on_headers("HX-Request")
@with_report
def report(request: HttpRequest, run: Run, report: Report) -> HttpResponse:
    """The whole report; for the explorer's own controls only the list of questions."""
    form = ExplorerForm(request.GET)
    explorer = explorer_context(run=run, report=report, form=form, page=request.GET.get("page", "1"))
    if request.headers.get("HX-Target") == "explorer":
        return render(request, "reports/_explorer.html", explorer)
    return render(request, "reports/report.html", {**report_context(run=run, report=report), **explorer})


@require_GET
@with_report
def report_charts(request: HttpRequest, run: Run, report: Report) -> JsonResponse:
    """Every chart by name, for the page's script to draw."""
    found = {chart["name"]: chart for chart in charts.report_charts(report)}
    response = JsonResponse({"charts": found})
    response["Cache-Control"] = "private, max-age=3600"  # a report never changes
    return response


@require_GET
@vary_on_headers("HX-Request")
@with_report
def report_question(request: HttpRequest, run: Run, report: Report, query_id: str) -> HttpResponse:
    """One question with both result lists; as a fragment for the report's own window."""
    answer = answer_of(report, query_id)
    if answer is None:
        raise Http404("No such question")
    template = "reports/_question.html" if request.headers.get("HX-Request") else "reports/question.html"
    context = {
        "run": run,
        "project": run.project,
        "answer": answer,
        "words": report_words(report).by_name(),
        "pair_choices": pair_choices(report, query_id),
        "doubted": doubted_documents(version=run.dataset, query_id=query_id),
        "longest_note": LONGEST_NOTE,
    }
    return render(request, template, context)


@require_GET
@with_report
def report_json(request: HttpRequest, run: Run, report: Report) -> FileResponse:
    """report.json as the run wrote it; where somebody voted, with the blind test's tally under `blind_test`."""
    blind = blind_facts(run=run, report=report)
    file: Any = run.report.open("rb") if blind is None else io.BytesIO(_with_votes(report, blind))
    return FileResponse(file, as_attachment=True, filename=f"{file_stem(run)}-report.json")


def _with_votes(report: Report, blind: dict[str, Any]) -> bytes:
    return json.dumps({**report, "blind_test": blind}, allow_nan=False, indent=1).encode("ascii")


@require_GET
@with_report
def report_xlsx(request: HttpRequest, run: Run, report: Report) -> HttpResponse:
    """The figures and every question as a workbook."""
    blind = blind_facts(run=run, report=report)
    content = report_workbook(report=report, headline=verdict_words(report).headline, blind=blind)
    disposition = f'attachment; filename="{file_stem(run)}-report.xlsx"'
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": disposition})


@require_GET
@with_report
def model_download(request: HttpRequest, run: Run, report: Report) -> FileResponse:
    """The model's ZIP, streamed."""
    if not run.model or not default_storage.exists(str(run.model.name)):
        raise Http404("This run has no model")
    return FileResponse(run.model.open("rb"), as_attachment=True, filename=f"{file_stem(run)}-model.zip")


@require_GET
@with_report
def model_checksum(request: HttpRequest, run: Run, report: Report) -> HttpResponse:
    """The SHA-256 of the ZIP, in the form that `sha256sum -c` reads."""
    if not run.model or not default_storage.exists(str(run.model.name)):
        raise Http404("This run has no model")
    line = f"{model_sha256(run=run)}  {file_stem(run)}-model.zip\n"
    return HttpResponse(line, content_type="text/plain; charset=utf-8")


def file_stem(run: Run) -> str:
    """The first part of a file's name: the project's name without anything that a file system dislikes."""
    return f"{slugify(run.project.name) or 'project'}-run-{run.number}"
