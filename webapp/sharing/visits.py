"""What a browser that comes by a share link is known by: two signed cookies, sent back to this link only."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from webapp.projects.selectors import projects_of_user
from webapp.sharing.models import ShareLink
from webapp.sharing.services import share_link_viewed

SEEN, GUEST = "seen", "guest"
SAME_VISIT_SECONDS = 12 * 3600
"""Whoever comes back within this time is on the same visit: loading the page again is not a second one."""
GUEST_SECONDS = 90 * 24 * 3600


def count_visit(request: HttpRequest, response: HttpResponse, link: ShareLink) -> None:
    """Count this visit, unless the browser was here lately, or whoever looks can see the project anyway."""
    if request.method != "GET" or projects_of_user(user=request.user).filter(pk=link.run.project_id).exists():
        return
    if _cookie(request, link, SEEN) is None:
        share_link_viewed(link=link)
    _set(response, link, SEEN, "yes", SAME_VISIT_SECONDS)


def guest_key(request: HttpRequest, link: ShareLink) -> str:
    """Who votes: what the cookie says, "" for a browser that did not begin."""
    return _cookie(request, link, GUEST) or ""


def new_guest_key(link: ShareLink) -> str:
    """A key for a browser that begins to vote; nobody can guess another's."""
    return f"link-{link.pk}-{secrets.token_hex(12)}"


def remember_guest(response: HttpResponseBase, link: ShareLink, key: str) -> None:
    """Have the browser come back as the same voter."""
    _set(response, link, GUEST, key, GUEST_SECONDS)


def _cookie(request: HttpRequest, link: ShareLink, name: str) -> str | None:
    found: str | None = request.get_signed_cookie(f"{name}_{link.pk}", default=None, salt=f"share-{link.pk}")
    return found


def _set(response: HttpResponseBase, link: ShareLink, name: str, value: str, seconds: int) -> None:
    response.set_signed_cookie(
        f"{name}_{link.pk}",
        value,
        salt=f"share-{link.pk}",
        max_age=seconds,
        path=reverse("shared_report", args=(link.token,)),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
