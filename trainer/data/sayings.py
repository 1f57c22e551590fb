"""Which texts say the same, in other spellings."""

import re
import unicodedata
from collections.abc import Hashable, Mapping

from trainer.data.near_duplicates import group_near_identical


def sayings(texts: Mapping[str, str]) -> dict[str, Hashable]:
    """{id: a key that texts share which say the same}: near-identical ones, and those that differ in case, accents,
    spaces and punctuation alone, as long as their numbers agree: “stage 1” is not “stage 2”."""
    plain = [_without_accents(text) for text in texts.values()]
    groups = group_near_identical(plain)
    keys = ((group, *re.findall(r"\d+", text)) for group, text in zip(groups, plain, strict=True))
    return dict(zip(texts, keys, strict=True))


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(character for character in letters if not unicodedata.combining(character))
