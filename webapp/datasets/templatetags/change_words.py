"""What changed from one data version to the next, in words."""

from collections import Counter

from django import template

from webapp.datasets.models import ChangeKind, DatasetVersion

register = template.Library()

_WORDS = {
    ChangeKind.DROP: ("row dropped", "rows dropped"),
    ChangeKind.EDIT: ("cell changed", "cells changed"),
    ChangeKind.ADD: ("match added", "matches added"),
    ChangeKind.NEW: ("row added", "rows added"),
}


@register.filter
def lowerfirst(text: str) -> str:
    """A title within a sentence."""
    return text[:1].lower() + text[1:]


@register.filter
def change_words(version: DatasetVersion) -> str:
    """Such as "Version 1 with 2 rows dropped and 1 cell changed"; empty for a version that was made from files.

    Reads `mended_from`, `added` and `corrections`.
    """
    if version.mended_from is None:
        return ""
    counts = Counter(correction.kind for correction in version.corrections.all())
    parts = [f"{counts[kind]:,} {words[counts[kind] != 1]}" for kind, words in _WORDS.items() if counts[kind]]
    if version.added:
        parts.append(f"the examples of {version.added.name} added")
    said = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    earlier = f"Version {version.mended_from.number}"
    return f"{earlier} with {said}" if said else f"{earlier} again"
