"""Writing people and invitations."""

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from webapp.accounts.models import FailedLogin, Invitation, Person
from webapp.accounts.selectors import THROTTLE_WINDOW, network_of, token_digest

INVITATION_DAYS = 7


class AlreadySetUpError(Exception):
    """Someone else has just become the owner."""


def owner_create(*, name: str, email: str, password: str) -> Person:
    """The first person, who installed this Tailor. Raises AlreadySetUpError when there is one."""
    try:
        with transaction.atomic():
            return Person.objects.create_person(email=email, name=name, password=password, is_owner=True)
    except IntegrityError as error:
        raise AlreadySetUpError from error


def person_rename(*, person: Person, name: str) -> None:
    """Changes how others see a person."""
    person.name = name
    person.save(update_fields=["name"])


def person_set_password(*, person: Person, password: str) -> None:
    """A new password; every other session of the person ends with its next request."""
    person.set_password(password)
    person.save(update_fields=["password"])


def person_set_active(*, person: Person, is_active: bool) -> None:
    """Lets a person in again, or shuts them out at once: their sessions end with the next request."""
    person.is_active = is_active
    person.save(update_fields=["is_active"])


def invitation_create(*, email: str, person: Person | None = None) -> str:
    """A new link's token, which is shown once and not kept. Earlier links for the same address die."""
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        Invitation.objects.filter(email__iexact=email).delete()
        Invitation.objects.create(
            email=email.lower(),
            person=person,
            digest=token_digest(token),
            expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
        )
    return token


def invitation_withdraw(*, invitation: Invitation) -> None:
    """Makes the link useless."""
    invitation.delete()


def invitation_accept(*, invitation: Invitation, name: str, password: str) -> Person | None:
    """The person who joined, or whose password is new. None when the link was used a moment ago."""
    with transaction.atomic():
        used, _ = Invitation.objects.filter(pk=invitation.pk).delete()
        if not used:
            return None
        if invitation.person is None:
            return Person.objects.create_person(email=invitation.email, name=name, password=password)
        invitation.person.name = name
        invitation.person.set_password(password)
        invitation.person.save(update_fields=["name", "password"])
        return invitation.person


def failed_login_record(*, email: str, address: str) -> None:
    """Remembers a wrong password; forgets those that no longer count."""
    FailedLogin.objects.filter(at__lt=timezone.now() - THROTTLE_WINDOW).delete()
    FailedLogin.objects.create(email=email[:254], address=network_of(address))


def failed_logins_forget(*, email: str, address: str) -> None:
    """After a right password, the slate is clean."""
    FailedLogin.objects.filter(email=email, address=network_of(address)).delete()
