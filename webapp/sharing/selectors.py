"""Read share links: of a run for its people, and by the token of a visitor."""

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone

from webapp.accounts.models import Person
from webapp.accounts.selectors import token_digest
from webapp.runs.models import Run
from webapp.sharing.models import ShareLink
from webapp.sharing.services import token_for


def links_of_run(*, run: Run) -> list[ShareLink]:
    """All of this run, open ones first, the newest first."""
    return sorted(run.share_links.select_related("created_by"), key=lambda link: not link.is_open)


def links_for_user(*, user: Person) -> QuerySet[ShareLink]:
    """The open links that this person may revoke: their own; for the owner of this Tailor, everybody's."""
    opened = ShareLink.objects.filter(revoked_at=None, expires_at__gt=timezone.now())
    opened = opened.select_related("created_by", "run__project").defer("run__dataset")
    return opened if user.is_owner else opened.filter(created_by=user)


def link_to_revoke(*, user: Person, link_id: int) -> ShareLink:
    """This link, if the person may revoke it; else 404, as for one that does not exist."""
    links = ShareLink.objects.select_related("run")
    link = (links if user.is_owner else links.filter(created_by=user)).filter(pk=link_id).first()
    if link is None:
        raise Http404("No such link")
    return link


def link_by_token(*, token: str) -> ShareLink | None:
    """The open link of an address; None where it is unknown, expired or revoked, and where its maker was shut out."""
    found = ShareLink.objects.select_related("run__project", "run__dataset").defer(
        "run__dataset__rejected", "run__dataset__findings", "run__dataset__finding_rows", "run__dataset__gallery"
    )
    return found.filter(
        digest=token_digest(token), revoked_at=None, expires_at__gt=timezone.now(), created_by__is_active=True
    ).first()


def address_of(*, link: ShareLink, request: HttpRequest) -> str:
    """The whole address to send; empty where the installation's secret has changed since, though the link works on."""
    token = token_for(link.nonce)
    if token_digest(token) != link.digest:
        return ""
    path = reverse("shared_report", args=(token,))
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
