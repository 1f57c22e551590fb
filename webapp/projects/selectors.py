"""Read projects. `project_for_user` is the one access check that every page of a project starts with."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse

from webapp.accounts.models import Person
from webapp.projects.models import Project, Task
from webapp.queue.models import WorkStatus


def projects_of_user(*, user: Person | AnonymousUser) -> QuerySet[Project]:
    """The projects that this person may see: their own, newest first."""
    if not user.is_authenticated:
        return Project.objects.none()
    return Project.objects.filter(owner_id=user.pk)


def project_for_user(*, user: Person | AnonymousUser, project_id: int) -> Project:
    """This project, if this person may see it. Unknown and forbidden are both 404, so that nobody can probe for ids."""
    project = projects_of_user(user=user).filter(pk=project_id).first()
    if project is None:
        raise Http404("No such project")
    return project


@dataclass(frozen=True)
class ProjectState:
    """Where a project stands. `words` for the badge, `kind` its colour (a badge class), `next` the one next action
    {"label", "url"}; `sentence` says it in full; `fraction` 0…1 while something is under way, else None."""

    words: str
    kind: str
    sentence: str
    next_label: str
    next_url: str
    fraction: float | None = None


def project_state(*, project: Project) -> ProjectState:
    """The project's state from its newest run, else from its data. Reads uploads, versions and runs once each."""
    return _state_of_runs(project) or _state_of_versions(project) or _state_of_uploads(project)


def _state_of_runs(project: Project) -> ProjectState | None:
    run: Any = project.latest_run
    version: Any = next(iter(project.versions.all()), None)
    if run is None or (run.is_finished and version is not None and version.pk > run.dataset_id):
        return None  # newer data than the newest run: the next step is about the data
    page = reverse("run_detail", args=(project.pk, run.number))
    if run.status == WorkStatus.QUEUED:
        return ProjectState(
            "Waiting to train", "is-running", f"Run {run.number} waits its turn.", "Watch the run", page
        )
    if run.status == WorkStatus.RUNNING:
        words = f"Training, {run.fraction:.0%} done"
        sentence = f"Run {run.number} is under way: {run.fraction:.0%} done."
        return ProjectState(words, "is-running", sentence, "Watch the run", page, run.fraction)
    if run.status == WorkStatus.FAILED:
        sentence = f"Run {run.number} stopped: {run.error.get('title', 'something went wrong')}"
        return ProjectState("Run failed", "is-failed", sentence, "See what happened", page)
    if run.status == WorkStatus.CANCELLED:
        url = f"{reverse('run_create', args=(project.pk,))}?data={version.number}"
        return ProjectState("Run cancelled", "", f"Run {run.number} was cancelled.", "Start another run", url)
    return _state_of_result(project, run)


def _state_of_result(project: Project, run: Any) -> ProjectState:
    badge = run_badge(run=run)
    sentence = run.summary.get("headline") or f"Run {run.number} is done."
    report = reverse("report", args=(project.pk, run.number))
    return ProjectState(badge.words, badge.kind, sentence, "Read the report", report)


@dataclass(frozen=True)
class Badge:
    """A word or two and the colour (a badge class) they stand on."""

    words: str
    kind: str


def run_badge(*, run: Any) -> Badge:
    """A run's state, or its result once it has one."""
    if run.status == WorkStatus.RUNNING:
        return Badge(f"Training, {run.fraction:.0%} done", "is-running")
    if run.status != WorkStatus.DONE:
        kinds = {WorkStatus.QUEUED: "is-running", WorkStatus.FAILED: "is-failed"}
        return Badge(run.get_status_display(), kinds.get(run.status, ""))
    change = run_change(summary=run.summary)
    badges = {
        "better": Badge(f"Better{change}", "is-better"),
        "same": Badge("About the same", ""),
        "worse": Badge(f"Worse{change}", "is-worse"),
    }
    return badges.get(run.summary.get("verdict"), Badge("Result ready", "is-accent"))


def run_change(*, summary: dict[str, Any]) -> str:
    """The headline's number, ": 47% → 60%" with the right item in the first 3; empty when it stood still."""
    before, after = (summary.get(side, {}).get("hit@3") for side in ("before", "after"))
    if before is None or after is None or f"{before:.0%}" == f"{after:.0%}":
        return ""
    return f": {before:.0%} → {after:.0%}"


def _state_of_versions(project: Project) -> ProjectState | None:
    version: Any = next(iter(project.versions.all()), None)
    if version is None:
        return None
    page = reverse("version_detail", args=(project.pk, version.number))
    if version.status == WorkStatus.DONE:
        url = f"{reverse('run_create', args=(project.pk,))}?data={version.number}"
        sentence = f"Data version {version.number} is checked and frozen. Choose a base model and press Start."
        return ProjectState("Ready to train", "is-accent", sentence, "Choose a base model", url)
    if version.status in (WorkStatus.QUEUED, WorkStatus.RUNNING):
        return ProjectState("Checking the data", "is-running", "Tailor is checking your data.", "Watch", page)
    title = version.error.get("title", "The check stopped")
    return ProjectState("Data needs a look", "is-failed", title, "See what to do", page)


_START = {
    Task.TEXT_TEXT: "Upload a table of examples: what people ask, and what they should find.",
    Task.TEXT_IMAGE: "Upload examples: pictures, and a table of the words that should find them.",
    Task.IMAGE_IMAGE: "Upload examples: pictures in folders named by label, or with a table.",
}


def _state_of_uploads(project: Project) -> ProjectState:
    upload: Any = next(iter(project.uploads.all()), None)
    if upload is None:
        sentence = _START[Task(project.task)]
        return ProjectState("No data yet", "", sentence, "Add your data", reverse("data", args=(project.pk,)))
    page = reverse("upload_detail", args=(project.pk, upload.pk))
    if upload.status == WorkStatus.FAILED:
        return ProjectState("File not read", "is-failed", f"{upload.name} could not be read.", "See what to do", page)
    sentence = f"{upload.name} is here. Look at its columns, then check the data."
    return ProjectState("Data to confirm", "is-accent", sentence, "Look at the columns", page)
