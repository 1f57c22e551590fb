"""Begin, continue, hand on and forget files on their way in."""

import shutil
from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from webapp.accounts.models import Person
from webapp.arrivals.errors import DiskFullError, RefusedError
from webapp.arrivals.models import KEPT, Arrival, arrivals_folder
from webapp.arrivals.parts import WHOLE, WholeFile, append, held
from webapp.projects.models import Project
from webapp.queue.failures import DISK_FULL, is_disk_full

MOST = 20
"""Unfinished files that one person can have."""

MOST_TIMES_LIMIT = 4
"""How many files of the biggest size all unfinished ones of a person may come to together."""


def arrival_begin(
    *, project: Project, person: Person, place: str, name: str, size: int, modified: int = 0, metadata: str = ""
) -> Arrival:
    """A new file of which nothing has come yet. Raises RefusedError, and DiskFullError, before a byte is sent."""
    if shutil.disk_usage(arrivals_folder()).free < size + settings.ROOM_KEPT_BYTES:
        raise DiskFullError(DISK_FULL["cause"], DISK_FULL["remedy"])
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)  # two windows at once wait for each other here
        _check_quota(person, size)
        return Arrival.objects.create(
            project=project, person=person, place=place, name=name, size=size, modified=modified, metadata=metadata
        )


def _check_quota(person: Person, size: int) -> None:
    under_way = Arrival.objects.filter(person=person, led_to="", begun_at__gte=timezone.now() - KEPT)
    promised = under_way.aggregate(sum=Sum("size"))["sum"] or 0
    most = MOST_TIMES_LIMIT * settings.MAX_UPLOAD_BYTES
    if promised + size > most or under_way.count() >= MOST:
        raise RefusedError(
            f"You have unfinished uploads of {promised / 2**20:,.0f} MB already; with this one they would come to more "
            f"than {most / 2**20:,.0f} MB or {MOST} files.",
            "Finish or remove some: each is listed on the page where you began it.",
        )


def arrival_append(*, arrival: Arrival, offset: int, blocks: Iterable[bytes]) -> int:
    """Put bytes behind the first `offset` ones, and say how many there are then. Raises OffsetError, DiskFullError.

    What came before the line broke, or the disk was full, is kept.
    """
    try:
        return append(arrival.path, offset=offset, blocks=blocks)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFullError(DISK_FULL["cause"], DISK_FULL["remedy"]) from error
        raise


def arrival_hand_on(*, arrival: Arrival, store: Callable[[File], str]) -> str:
    """Let `store` make of the complete file what it is for, and give the address that it answers.

    Once only: whoever asks again, because the answer was lost on the line, is told the same address. While `store`
    refuses, the file stays. Raises RefusedError when not all bytes have come, and whatever `store` raises.
    """
    with held(arrival.path) as stream:
        led_to = Arrival.objects.filter(pk=arrival.pk).values_list("led_to", flat=True).first()
        if led_to:
            return led_to
        if stream is None or arrival.received != arrival.size:
            raise RefusedError(
                f"“{arrival.name}” is not complete: {arrival.received:,} of {arrival.size:,} bytes have come.",
                "Choose the same file again: it goes on where it stopped.",
            )
        led_to = store(WholeFile(stream, path=arrival.path, name=arrival.name, size=arrival.size))
        Arrival.objects.filter(pk=arrival.pk).update(led_to=led_to)
        _remove_bytes(arrival)
    return led_to


def arrival_remove(*, arrival: Arrival) -> None:
    """Forget the file and its bytes."""
    arrival.delete()
    _remove_bytes(arrival)


def _remove_bytes(arrival: Arrival) -> None:
    for path in (arrival.path, arrival.path.with_suffix(WHOLE)):
        path.unlink(missing_ok=True)


def arrivals_sweep() -> None:
    """Remove what was not finished in time, and bytes that belong to nothing any more."""
    Arrival.objects.filter(begun_at__lt=timezone.now() - KEPT).delete()
    paths = list(arrivals_folder().iterdir())  # first the files, then the rows: a row is older than its file
    awaited = set(Arrival.objects.filter(led_to="").values_list("key", flat=True))
    for path in paths:
        if path.stem not in awaited:
            path.unlink(missing_ok=True)
