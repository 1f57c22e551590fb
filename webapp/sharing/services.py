"""Make and revoke share links, and count visits."""

import secrets
from datetime import timedelta

from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from webapp.accounts.models import Person
from webapp.accounts.selectors import token_digest
from webapp.runs.models import Run
from webapp.search.blind import voter_of
from webapp.search.models import BlindVoter
from webapp.sharing.models import ShareLink

DAYS = (7, 30, 90)
MOST_OPEN = 50
"""Open links of one run: more are a script gone wild, or nobody's concern any more."""
MOST_GUESTS = 500
"""Voters who may come by the links of one run."""


class TooManyError(Exception):
    """There are as many as there can be."""


def token_for(nonce: str) -> str:
    """The token of an address, 256 bits in letters and digits. The same as long as the installation's secret is."""
    return salted_hmac("webapp.sharing", nonce, algorithm="sha256").hexdigest()


def share_link_create(
    *,
    run: Run,
    by: Person,
    days: int,
    name: str = "",
    with_texts: bool = False,
    with_search: bool = False,
    with_blind_test: bool = False,
) -> ShareLink:
    """A new link. Raises TooManyError, and ValueError for a search or a blind test without the texts."""
    if (with_search or with_blind_test) and not with_texts:
        raise ValueError("search and blind test show texts of the data")
    if run.share_links.filter(revoked_at=None, expires_at__gt=timezone.now()).count() >= MOST_OPEN:
        raise TooManyError
    nonce = secrets.token_hex(16)
    return ShareLink.objects.create(
        run=run,
        created_by=by,
        name=name,
        nonce=nonce,
        digest=token_digest(token_for(nonce)),
        expires_at=timezone.now() + timedelta(days=days),
        with_texts=with_texts,
        with_search=with_search,
        with_blind_test=with_blind_test,
    )


def share_link_revoke(*, link: ShareLink) -> None:
    """From now on it leads nowhere."""
    ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())


def share_link_viewed(*, link: ShareLink) -> None:
    """Count a visit."""
    ShareLink.objects.filter(pk=link.pk).update(views=F("views") + 1, last_viewed_at=timezone.now())


def guest_voter(*, link: ShareLink, key: str, name: str) -> BlindVoter:
    """Who votes by a link, under a name of their choice or as a numbered guest. Raises TooManyError."""
    guests = link.run.blind_voters.filter(key__startswith="link-").count()
    if guests >= MOST_GUESTS:
        raise TooManyError
    return voter_of(run=link.run, key=key, name=" ".join(name.split())[:60] or f"Guest {guests + 1}")
