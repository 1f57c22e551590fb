"""Where requests come from."""

from django.conf import settings
from django.http import HttpRequest


def network_address(request: HttpRequest) -> str:
    """Where a request comes from. Behind our own proxies: what the outermost of them saw; the rest is hearsay."""
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if settings.PROXIES and len(forwarded) >= settings.PROXIES:
        return forwarded[-settings.PROXIES]
    return str(request.META.get("REMOTE_ADDR", ""))
