"""Launch, cancel and repeat runs."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from webapp.accounts.models import Person
from webapp.bridge import ModelError, check_settings
from webapp.datasets.models import DatasetVersion
from webapp.projects.models import Project
from webapp.queue.models import WorkStatus
from webapp.queue.services import work_cancel, work_enqueue, work_retry
from webapp.runs.base_models import base_model_check
from webapp.runs.models import Run


class LaunchError(Exception):
    """A run that cannot be launched as asked. `field` names the argument or setting at fault, empty when none is."""

    def __init__(self, cause: str, remedy: str, field: str = "") -> None:
        super().__init__(f"{cause} {remedy}")
        self.cause = cause
        self.remedy = remedy
        self.field = field


def run_launch(
    *,
    project: Project,
    dataset: DatasetVersion,
    user: Person | None,
    base_model: str,
    preset: str,
    seed: int = 0,
    settings: dict[str, Any] | None = None,
) -> Run:
    """Queue a run, numbered next in its project. `settings` are changes of the preset. Raises LaunchError."""
    settings = settings or {}
    _check(project=project, dataset=dataset, preset=preset, seed=seed, settings=settings)
    try:
        base_model_check(name=base_model, task=project.task, user=user)
    except ModelError as error:
        raise LaunchError(error.cause, error.remedy, "base_model") from error
    with transaction.atomic():
        # Two people who launch at once wait for each other here, so that each gets a number of its own.
        Project.objects.select_for_update().get(pk=project.pk)
        latest = project.runs.aggregate(latest=Max("number"))["latest"] or 0
        run = Run.objects.create(
            project=project,
            number=latest + 1,
            dataset=dataset,
            launched_by=user,
            base_model=base_model,
            preset=preset,
            seed=seed,
            settings=settings,
        )
        work_enqueue(work=run)
    return run


def run_cancel(*, run: Run) -> None:
    """Stop the run: at once while it waits, within seconds once it runs. A finished run stays as it is."""
    work_cancel(work=run)


def run_retry(*, run: Run) -> bool:
    """Run a failed or cancelled run again, from its last checkpoint where one is left. False when it is neither."""
    return work_retry(work=run, stage="", fraction=0.0, seconds_left=None)


def run_repeat(*, run: Run, user: Person | None, **changes: Any) -> Run:
    """Launch a new run like `run`, with `changes` to run_launch's arguments laid over. Raises LaunchError."""
    same: dict[str, Any] = {
        "project": run.project,
        "dataset": run.dataset,
        "base_model": run.base_model,
        "preset": run.preset,
        "seed": run.seed,
        "settings": run.settings,
    }
    return run_launch(user=user, **{**same, **changes})


def _check(*, project: Project, dataset: DatasetVersion, preset: str, seed: int, settings: dict[str, Any]) -> None:
    if dataset.project_id != project.pk or dataset.status != WorkStatus.DONE:
        raise LaunchError(
            "These data are not ready.", "Wait for the data check to end, or mend the data first.", "data"
        )
    try:
        check_settings(preset=preset, seed=seed, settings=settings)
    except ValueError as error:
        field = next((name for name in settings if name in str(error)), "")
        raise LaunchError(f"A setting is out of range: {error}.", "Change it and start again.", field) from error
