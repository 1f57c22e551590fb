"""What changed from one data version to the next, in words."""

from collections import Counter
from typing import Any

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
    """Such as "Version 1 with 2 rows dropped and 1 cell changed + shop.zip: 84 rows added, 3 already there"; empty for
    a version that was made from files.

    Reads `mended_from`, `added` and `corrections`.
    """
    if version.mended_from is None:
        return ""
    counts = Counter(correction.kind for correction in version.corrections.all())
    parts = [f"{counts[kind]:,} {words[counts[kind] != 1]}" for kind, words in _WORDS.items() if counts[kind]]
    said = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    earlier = f"Version {version.mended_from.number}"
    corrected = f"{earlier} with {said}" if said else earlier
    if version.added:
        return f"{corrected} + {version.added.name}{_rows_added(version.receipt)}"
    return corrected if said else f"{earlier} again"


@register.filter
def made_words(version: DatasetVersion) -> str:
    """Such as "Version 2 = version 1 + shop.zip: 84 rows added"."""
    said = change_words(version)
    return f"Version {version.number} = {said[:1].lower()}{said[1:]}"


def _rows_added(receipt: dict[str, Any]) -> str:
    """What became of the rows of the added file; empty while nobody knows."""
    if "n_added" not in receipt:
        return ""
    words = [f"{receipt['n_added']:,} row{'' if receipt['n_added'] == 1 else 's'} added"]
    more = (("n_there", "already there"), ("n_added_left_out", "left out"))
    words += [f"{receipt[name]:,} {what}" for name, what in more if receipt[name]]
    return f": {', '.join(words)}"
