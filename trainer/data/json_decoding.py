"""Decoding JSON strictly: what would lose something, or is no JSON, is refused in plain words."""

import json
from typing import Any, NoReturn

from trainer.data.json_cells import Digits

_LONGEST_NUMBER = 400


class RefusedError(ValueError):
    """JSON that is well formed and still of no use; the text says why and what to do."""


def _constant(name: str) -> NoReturn:
    raise RefusedError(f"contains {name}, which is no JSON value. Write a number, a text or null instead.")


def _number(digits: str) -> Digits:
    if len(digits) > _LONGEST_NUMBER:
        raise RefusedError(f"contains a number of {len(digits):,} digits. Correct it, or put it in quotation marks.")
    return Digits(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise RefusedError(f"names the field “{key[:60]}” twice. Keep one of the two.")
        found[key] = value
    return found


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_number, parse_float=_number, parse_constant=_constant, strict=False
)
