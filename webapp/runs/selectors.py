"""Read runs and what happened in them."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404

from webapp.accounts.models import Person
from webapp.projects.models import Project
from webapp.projects.selectors import project_for_user
from webapp.runs.models import Run, RunEvent

_LONG = ("dataset__rejected", "dataset__findings", "dataset__finding_rows", "dataset__gallery")
"""What may be megabytes, and is read where it is asked for: a search as one types asks for none of it."""


def run_for_user(*, user: Person | AnonymousUser, project_id: int, number: int) -> Run:
    """This run, if this person may see it. Unknown and forbidden are both 404."""
    project = project_for_user(user=user, project_id=project_id)
    run = project.runs.select_related("project", "dataset").defer(*_LONG).filter(number=number).first()
    if run is None:
        raise Http404("No such run")
    return run


def runs_of_project(project: Project) -> QuerySet[Run]:
    """The project's runs, newest first."""
    return project.runs.select_related("dataset").defer(*_LONG)


def run_events(run: Run, after_pk: int = 0) -> QuerySet[RunEvent]:
    """What happened since the event `after_pk`, oldest first. A resumed run keeps its earlier events."""
    return run.events.filter(pk__gt=after_pk).order_by("pk")
