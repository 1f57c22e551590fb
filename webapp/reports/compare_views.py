"""Compare runs of a project."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from webapp.bridge import base_model_title
from webapp.projects.models import Project
from webapp.projects.selectors import project_for_user
from webapp.queue.models import WorkStatus
from webapp.reports.compare_page import comparison_context
from webapp.reports.comparing import DECIDING, MOST_RUNS, Chosen
from webapp.reports.forms import CompareForm
from webapp.runs.models import Run
from webapp.runs.reports import report_of
from webapp.runs.selectors import runs_of_project

AT_FIRST = 3
"""Runs that are compared before any is chosen."""


@require_GET
def compare_runs(request: HttpRequest, project_id: int) -> HttpResponse:
    """The runs `?run=1&run=3`, else the newest few, beside each other."""
    project = project_for_user(user=request.user, project_id=project_id)
    runs = list(runs_of_project(project).filter(status=WorkStatus.DONE).exclude(report=""))
    form = CompareForm(request.GET, runs=runs)
    numbers = form.chosen_runs or [run.number for run in _alike(runs)[:AT_FIRST]]
    chosen, gone = _with_reports(project, [run for run in runs if run.number in numbers][:MOST_RUNS])
    metric = form.chosen_metric or DECIDING
    context = {
        "project": project,
        "runs": [(run, base_model_title(run.base_model), run.number in numbers) for run in runs],
        "form": form,
        "metric": metric,
        "chosen": [run for run, _ in chosen],
        "gone": gone,
        "too_many": MOST_RUNS if len(numbers) > MOST_RUNS else 0,
    }
    if len(chosen) > 1:
        context |= comparison_context(chosen=chosen, metric=metric)
    return render(request, "reports/compare.html", context)


def _alike(runs: Sequence[Run]) -> list[Run]:
    """The runs on the same data as the newest first, for these can be compared as they are."""
    return sorted(runs, key=lambda run: run.dataset_id != runs[0].dataset_id)


def _with_reports(project: Project, runs: Sequence[Run]) -> tuple[Chosen, list[Run]]:
    """The runs with their reports, oldest first, and those whose report cannot be read."""
    found, gone = [], []
    for run in reversed(runs):
        run.project = project
        report = report_of(run=run)
        if report is None:
            gone.append(run)
        else:
            found.append((run, report))
    return found, gone
