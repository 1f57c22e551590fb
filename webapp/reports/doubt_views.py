"""Report a pair as labelled wrongly."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from webapp.accounts.models import Person
from webapp.datasets.doubts import doubt_report
from webapp.reports.doubting import pair_choices
from webapp.reports.views import with_report
from webapp.runs.models import Run
from webapp.runs.reports import Report


@require_POST
@with_report
def report_doubt(request: HttpRequest, run: Run, report: Report, query_id: str) -> HttpResponse:
    """The pair of this question and the item chosen goes to the review list of the run's data."""
    right, others = pair_choices(report, query_id)
    if not right and not others:
        raise Http404("No such question")
    asked = request.POST.get("item", "")
    chosen = next((each for each in (*right, *others) if each.pair.document_id == asked), None)
    if chosen is None:
        messages.error(request, "No item was chosen, so nothing was reported. Choose one from the menu.")
    else:
        person, note = cast(Person, request.user), request.POST.get("note", "")
        doubt_report(version=run.dataset, pair=chosen.pair, by=person, run_number=run.number, note=note)
        if not request.headers.get("HX-Request"):  # in the report's window the question itself says so
            messages.success(request, f"It is on the review list of data version {run.dataset.number}.")
    return redirect("report_question", run.project_id, run.number, query_id)
