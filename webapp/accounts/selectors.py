"""Reading people and invitations."""

import hashlib
import ipaddress
from datetime import timedelta

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from webapp.accounts.models import FailedLogin, Invitation, Person

THROTTLE_WINDOW = timedelta(minutes=15)
TRIES_PER_PERSON = 10  # wrong passwords for one e-mail address from one network address, in the window
TRIES_PER_ADDRESS = 50  # wrong passwords from one network address, whoever they were for


def owner_exists() -> bool:
    """Whether this Tailor has been set up."""
    return Person.objects.filter(is_owner=True).exists()


def people_for_owner(*, user: Person) -> QuerySet[Person]:
    """Everyone, in the order they joined. Http404 unless `user` is the owner."""
    if not user.is_owner:
        raise Http404
    return Person.objects.order_by("date_joined", "pk")


def person_for_owner(*, user: Person, person_id: int) -> Person:
    """One person other than the owner. Http404 when there is none, and unless `user` is the owner."""
    person = people_for_owner(user=user).filter(pk=person_id, is_owner=False).first()
    if person is None:
        raise Http404
    return person


def invitations_for_owner(*, user: Person) -> QuerySet[Invitation]:
    """Open invitations. Http404 unless `user` is the owner."""
    if not user.is_owner:
        raise Http404
    return Invitation.objects.filter(expires_at__gt=timezone.now())


def invitation_by_token(*, token: str) -> Invitation | None:
    """The open invitation that a link names, or None: unknown, used or expired."""
    return Invitation.objects.filter(digest=token_digest(token), expires_at__gt=timezone.now()).first()


def token_digest(token: str) -> str:
    """What is kept of a token: who reads the database cannot use the link. Tokens are random: no salt needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def network_of(address: str) -> str:
    """What counts as one place that guesses come from. Of IPv6 the first half: the rest is for whoever sits there to
    choose, and to change at every try."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


def login_is_throttled(*, email: str, address: str) -> bool:
    """Whether there were too many wrong passwords lately."""
    lately = FailedLogin.objects.filter(address=network_of(address), at__gt=timezone.now() - THROTTLE_WINDOW)
    return lately.filter(email=email).count() >= TRIES_PER_PERSON or lately.count() >= TRIES_PER_ADDRESS
