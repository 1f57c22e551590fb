"""Stored pictures as answers to a browser."""

from django.http import HttpResponse

TYPES = {"jpg": "image/jpeg", "png": "image/png"}
_YEAR = 365 * 24 * 3600


def served_picture(content: bytes, key: str) -> HttpResponse:
    """A picture; its key says which kind."""
    return _served(content, TYPES.get(key.rpartition(".")[2], "image/jpeg"))


def served_thumbnail(content: bytes) -> HttpResponse:
    """A small picture."""
    return _served(content, "image/webp")


def _served(content: bytes, kind: str) -> HttpResponse:
    """A key is the hash of its picture, so what it names never changes."""
    headers = {"Cache-Control": f"private, max-age={_YEAR}, immutable", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)
