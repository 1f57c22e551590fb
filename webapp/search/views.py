"""The live search: one question, both models' answers side by side."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from webapp.runs.models import Run
from webapp.runs.reports import Report, no_report_words, report_of
from webapp.runs.selectors import run_for_user
from webapp.search.answers import answer_to
from webapp.search.catalogue_views import catalogues_context, unfinished_catalogues
from webapp.search.page import search_facts, search_page
from webapp.search.services import search_warm

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
        **search_page(run=run, report=report),
        **catalogues_context(run=run, chosen=answer["chosen"]),
        **answer,
        "unfinished": unfinished_catalogues(request, run),
        "search_url": _search_url(run, report),
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
    context = {**search_facts(run=run, report=report), **answer, "search_url": _search_url(run, report)}
    response = render(request, "search/_results.html", context)
    page = reverse("search", args=(project_id, number))
    response["HX-Replace-Url"] = f"{page}?{answer['query']}" if answer["query"] else page
    return response


def _search_url(run: Run, report: Report) -> str:
    """Where a picture that was found can be searched with; empty where one searches with words."""
    return reverse("search", args=(run.project_id, run.number)) if report["task"] == "image-image" else ""
