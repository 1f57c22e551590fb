"""The live search: one question, both models' answers side by side."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from webapp.bridge import report_words
from webapp.runs.models import Run
from webapp.runs.reports import Report, no_report_words, report_of
from webapp.runs.selectors import run_for_user
from webapp.search.answers import answer_to
from webapp.search.catalogue_views import catalogues_context
from webapp.search.examples import example_questions
from webapp.search.services import MOST_PICTURE_BYTES, search_warm

MOST_PICTURES_TO_TRY = 12


@require_http_methods(["GET", "POST"])
@never_cache
def search(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """The page. Opening it has the models loaded; with `?q=`, `?picture=` or a picture sent, the answer is there."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    report = report_of(run=run)
    if report is None:
        messages.info(request, no_report_words(run=run))
        return redirect("run_detail", project_id, number)
    search_warm(run=run)
    pictures = run.project.task == "image-image"
    answer = answer_to(run=run, report=report, request=request)
    context = {
        **_facts(run, report),
        **catalogues_context(run=run, chosen=answer["chosen"]),
        **answer,
        "examples": example_questions(report, most=MOST_PICTURES_TO_TRY if pictures else 6),
        "n_documents": report["data"]["n_documents"],
    }
    return render(request, "search/pictures.html" if pictures else "search/search.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
def search_results(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Both lists as a fragment. The page's address follows, so that it can be shared and gone back to."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    report = report_of(run=run)
    if report is None:
        return redirect("run_detail", project_id, number)
    answer = answer_to(run=run, report=report, request=request)
    response = render(request, "search/_results.html", {**_facts(run, report), **answer})
    page = reverse("search", args=(project_id, number))
    response["HX-Replace-Url"] = f"{page}?{answer['query']}" if answer["query"] else page
    return response


def _facts(run: Run, report: Report) -> dict[str, Any]:
    """What every part of the page needs."""
    return {
        "run": run,
        "project": run.project,
        "words": report_words(report).by_name(),
        "most_bytes": MOST_PICTURE_BYTES,
        "most_megabytes": MOST_PICTURE_BYTES // 2**20,
        "search_url": reverse("search", args=(run.project_id, run.number)) if report["task"] == "image-image" else "",
    }
