"""The home page and a project's page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.bridge import base_model_title
from webapp.projects.forms import ProjectForm, RenameForm
from webapp.projects.selectors import project_for_user, project_state, projects_of_user, run_badge
from webapp.projects.services import project_create as create
from webapp.projects.services import project_delete as delete
from webapp.projects.services import project_rename as rename
from webapp.queue.models import WorkStatus


@require_GET
def project_list(request: HttpRequest) -> HttpResponse:
    """Home: all projects of this person, or what Tailor does when there are none yet."""
    projects = projects_of_user(user=request.user).prefetch_related("uploads", "versions", "runs")
    cards = [(project, project_state(project=project)) for project in projects]
    return render(request, "projects/list.html", {"cards": cards})


@require_http_methods(["GET", "POST"])
def project_create(request: HttpRequest) -> HttpResponse:
    """A form for the name and the task."""
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        project = create(owner=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        return redirect("data", project.pk)
    status = 422 if form.errors else 200
    return render(request, "projects/create.html", {"form": form}, status=status)


@require_GET
def project_detail(request: HttpRequest, project_id: int) -> HttpResponse:
    """Where the project stands, what to do next, its runs and its data versions."""
    project = project_for_user(user=request.user, project_id=project_id)
    runs = project.runs.select_related("dataset")
    lost = {
        "uploads": project.uploads.count(),
        "versions": project.versions.count(),
        "runs": len(runs),
        "running": any(not run.is_finished for run in runs),
    }
    context = {
        "project": project,
        "state": project_state(project=project),
        "runs": [(run, run_badge(run=run), base_model_title(run.base_model)) for run in runs],
        "n_finished": sum(run.status == WorkStatus.DONE for run in runs),
        "versions": project.versions.select_related("examples", "questions", "catalogue"),
        "lost": lost,
    }
    return render(request, "projects/detail.html", context)


@require_POST
def project_rename(request: HttpRequest, project_id: int) -> HttpResponse:
    """Take a new name; a refused one leaves the old."""
    project = project_for_user(user=request.user, project_id=project_id)
    form = RenameForm(request.POST)
    if form.is_valid():
        rename(project=project, name=form.cleaned_data["name"])
    else:
        messages.error(request, " ".join(str(cause) for causes in form.errors.values() for cause in causes))
    return redirect("project_detail", project.pk)


@require_POST
def project_delete(request: HttpRequest, project_id: int) -> HttpResponse:
    """Delete, after the page's dialog asked."""
    project = project_for_user(user=request.user, project_id=project_id)
    name = project.name
    delete(project=project)
    messages.success(request, f"The project “{name}” and all that belonged to it were deleted.")
    return redirect("project_list")
