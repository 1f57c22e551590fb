"""Read projects. `project_for_user` is the one access check that every page of a project starts with."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404

from webapp.accounts.models import Person
from webapp.projects.models import Project


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
