"""Start a run, watch it, cancel it, run it again."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.bridge import base_model_cards, base_model_title, task_words
from webapp.datasets.models import DatasetVersion
from webapp.projects.models import Project
from webapp.projects.selectors import project_for_user
from webapp.queue.models import WorkStatus
from webapp.runs import services
from webapp.runs.estimates import seconds_of, time_estimates
from webapp.runs.forms import OTHER, RunForm, initial_of, ready_versions
from webapp.runs.models import Preset, Run
from webapp.runs.progress import events_since, log_lines, run_state, worker_problem
from webapp.runs.selectors import run_for_user
from webapp.runs.setting_words import setting_rows
from webapp.runs.words import duration_words

SHOWN_VERSIONS = 6
PRESET_WORDS = {
    Preset.QUICK: "A first look: only a small layer on top of the base model learns. Good for checking the data.",
    Preset.BALANCED: "What we would choose: the whole model learns, from look-alike wrong items where they help.",
    Preset.THOROUGH: "Tries more ways of learning and takes more turns, for a little more quality. Best at the end.",
}


PICTURE_PRESET_WORDS = {
    Preset.QUICK: PRESET_WORDS[Preset.QUICK],
    Preset.BALANCED: "What we would choose: layers of the base model itself learn, too.",
    Preset.THOROUGH: "Passes over the examples more often and drops nothing early, for a little more quality. "
    "Best at the end.",
}


@require_http_methods(["GET", "POST"])
def run_create(request: HttpRequest, project_id: int) -> HttpResponse:
    """Choose data, base model and preset, and start."""
    project = project_for_user(user=request.user, project_id=project_id)
    versions = ready_versions(project)
    if not versions:
        messages.info(request, "A run needs data that are checked and ready. Add them first.")
        return redirect("data", project.pk)
    cards = base_model_cards(task=project.task)
    first = _initial(request, project, cards)
    form = RunForm(versions, cards, request.POST or None, initial=first, user=request.user, task=project.task)  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        run = _launch(request, project, form)
        if run is not None:
            return redirect("run_detail", project.pk, run.number)
    return _create_page(request, project, form, cards)


def _initial(request: HttpRequest, project: Project, cards: list[dict[str, Any]]) -> dict[str, Any]:
    """Like the run `?from=`, on the data `?data=`; else the newest data and the first base model that is ready."""
    versions = ready_versions(project)
    asked = request.GET.get("data", "")
    number = int(asked) if asked.isdecimal() and versions.filter(number=asked).exists() else versions[0].number
    like = request.GET.get("from", "")
    run = project.runs.filter(number=like).first() if like.isdecimal() else None
    if run is not None:
        same = initial_of(base_model=run.base_model, known=[card["name"] for card in cards], settings=run.settings)
        return {**same, "version": run.dataset.number, "preset": run.preset, "seed": run.seed}
    ready = next((card["name"] for card in cards if card["ready"]), OTHER)
    return {"version": number, "base_model": ready, "preset": Preset.BALANCED, "seed": 0}


def _launch(request: HttpRequest, project: Project, form: RunForm) -> Run | None:
    """The new run; None when the service refused it, with its reason at the field."""
    chosen = form.cleaned_data
    try:
        return services.run_launch(
            project=project,
            dataset=chosen["version"],
            user=request.user,  # type: ignore[arg-type]
            base_model=chosen["base_model"],
            preset=chosen["preset"],
            seed=chosen["seed"],
            settings=chosen["settings"],
        )
    except services.LaunchError as error:
        field = {"data": "version"}.get(error.field, error.field)
        form.add_error(field if field in form.fields else None, f"{error.cause} {error.remedy}")
        return None


def _create_page(request: HttpRequest, project: Project, form: RunForm, cards: list[dict[str, Any]]) -> HttpResponse:
    versions = _versions_to_choose(project, chosen=_number(form["version"].value()))
    names = [*(card["name"] for card in cards), OTHER]
    estimates = {version.number: time_estimates(version=version, base_models=names) for version in versions}
    shown = estimates.get(_number(form["version"].value()), next(iter(estimates.values())))
    times = shown.get(str(form["base_model"].value()), shown[OTHER])
    preset_words = PRESET_WORDS if project.task == "text-text" else PICTURE_PRESET_WORDS
    context = {
        "project": project,
        "form": form,
        "versions": versions,
        "n_absent": sum(not card["ready"] for card in cards),
        "cards": [{**card, "time": shown[card["name"]][Preset.BALANCED]} for card in cards],
        "presets": [(preset, preset_words[preset], times[preset]) for preset in Preset],
        "estimates": estimates,
        "worker_problem": worker_problem(),
        "allow_hub": settings.ALLOW_HUB,
    }
    return render(request, "runs/create.html", context, status=422 if form.errors else 200)


def _versions_to_choose(project: Project, chosen: int) -> list[DatasetVersion]:
    """The newest few, and the chosen one however old it is."""
    ready = ready_versions(project).select_related("project", "examples", "questions", "catalogue")
    newest = list(ready[:SHOWN_VERSIONS])
    return newest if any(version.number == chosen for version in newest) else [*newest, *ready.filter(number=chosen)]


def _number(value: Any) -> int:
    return int(value) if str(value).isdecimal() else 0


@require_GET
@never_cache
def run_detail(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Where a run stands; while it runs, the page's script keeps it fresh."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    seconds = seconds_of(run)
    context = {
        "run": run,
        "project": run.project,
        "state": run_state(run=run),
        "words": task_words(run.project.task).by_name(),
        "settings": setting_rows(run.settings, run.project.task),
        "duration": duration_words(seconds) if seconds else "",
        "base_model_title": base_model_title(run.base_model),
        "log": log_lines(run=run),
    }
    return render(request, "runs/detail.html", context)


@require_GET
@never_cache
def run_progress(request: HttpRequest, project_id: int, number: int) -> JsonResponse:
    """The state and the events after `?after=`, as JSON."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    events, last = events_since(run=run, after=_number(request.GET.get("after", "0")))
    state = run_state(run=run)
    page = "report" if run.status == WorkStatus.DONE else "run_detail"
    return JsonResponse({**state, "events": events, "after": last, "next": reverse(page, args=(project_id, number))})


@require_POST
def run_cancel(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Stop a run that waits or runs."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    services.run_cancel(run=run)
    return redirect("run_detail", project_id, number)


@require_POST
def run_retry(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Run a failed run again, from where it came to."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    if not services.run_retry(run=run):
        messages.info(request, "Only a run that failed or was cancelled can be tried again.")
    return redirect("run_detail", project_id, number)


@require_POST
def run_repeat(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """A new run with the same data and settings."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    try:
        again = services.run_repeat(run=run, user=request.user)  # type: ignore[arg-type]
    except services.LaunchError as error:
        messages.error(request, f"{error.cause} {error.remedy}")
        return redirect("run_detail", project_id, number)
    return redirect("run_detail", project_id, again.number)


@require_GET
def run_log(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """The log as plain text."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    return HttpResponse("\n".join(log_lines(run=run)) + "\n", content_type="text/plain; charset=utf-8")
