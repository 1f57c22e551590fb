"""Read arrivals, always as the person whose they are."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from webapp.accounts.models import Person
from webapp.arrivals.models import Arrival
from webapp.projects.models import Project


def arrival_for_user(*, user: Person | AnonymousUser, key: str) -> Arrival:
    """This file on its way in, if it is the person's own; else 404."""
    found = Arrival.objects.filter(key=key, person_id=user.pk).first() if user.pk else None
    if found is None:
        raise Http404("No such upload")
    return found


def arrivals_under_way(*, user: Person | AnonymousUser, project: Project) -> dict[str, list[Arrival]]:
    """The person's own unfinished files of the project, by their place."""
    found: dict[str, list[Arrival]] = {}
    for arrival in Arrival.objects.filter(person_id=user.pk or 0, project=project, led_to=""):
        found.setdefault(arrival.place, []).append(arrival)
    return found
