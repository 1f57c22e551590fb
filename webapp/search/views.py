"""The live search: one question, both models' answers side by side."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from webapp.runs.models import Run
from webapp.runs.reports import Report, no_report_words, report_of
from webapp.runs.selectors import run_for_user
from webapp.runs.side_by_side import side_by_side
from webapp.search.examples import example_questions, known_answer
from webapp.search.forms import SearchForm
from webapp.search.services import SearchUnavailable, search_both, search_warm


@require_GET
@never_cache
def search(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """The page. Opening it has the models loaded; with `?q=` the answer is there at once."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    report = report_of(run=run)
    if report is None:
        messages.info(request, no_report_words(run=run))
        return redirect("run_detail", project_id, number)
    search_warm(run=run)
    context = {"run": run, "project": run.project, "examples": example_questions(report)}
    return render(request, "search/search.html", {**context, **_results(run, report, request)})


@require_GET
@never_cache
def search_results(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Both lists for `?q=` as a fragment. The page's address follows, so that it can be shared and gone back to."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    report = report_of(run=run)
    if report is None:
        return redirect("run_detail", project_id, number)
    found = _results(run, report, request)
    response = render(request, "search/_results.html", {"run": run, "project": run.project, **found})
    page = reverse("search", args=(project_id, number))
    response["HX-Replace-Url"] = f"{page}?{urlencode({'q': found['text']})}" if found["text"] else page
    return response


def _results(run: Run, report: Report, request: HttpRequest) -> dict[str, Any]:
    """The form, and for a question both lists or the problem in words."""
    form = SearchForm(request.GET if "q" in request.GET else None)
    if not form.is_valid():
        problem = SearchUnavailable(" ".join(map(str, form.errors.get("q", []))), "") if form.errors else None
        return {"form": form, "text": "", "problem": problem}
    text = form.cleaned_data["q"]
    if not text:
        return {"form": form, "text": ""}
    try:
        found = search_both(run=run, text=text)
    except SearchUnavailable as problem:
        return {"form": form, "text": text, "problem": problem}
    known = known_answer(report, text)
    lists = side_by_side(before=found["before"], after=found["after"], right=known.ids if known else ())
    same = [each.document_id for each in lists[0].results] == [each.document_id for each in lists[1].results]
    return {
        "form": form,
        "text": text,
        "lists": lists,
        "known": known,
        "same": same,
        "milliseconds": round(found["milliseconds"]),
    }
