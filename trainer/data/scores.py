"""Reading a column of scores: 0…1, graded, percentages, or yes and no."""

import math
import re

_YES = {"yes", "true", "y", "ja", "oui", "si", "sí", "wahr", "vrai", "verdadero", "match", "relevant"}
_NO = {"no", "false", "n", "nein", "non", "falsch", "faux", "falso", "not relevant", "irrelevant"}
_NUMBER = re.compile(r"([-+]?[0-9]*[.,]?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*(%?)")


def read_score(text: str) -> float | None:
    """The number that a cell holds, with a decimal point or comma; yes is 1 and no is 0. None when it is none."""
    plain = text.strip().casefold()
    if plain in _YES:
        return 1.0
    if plain in _NO:
        return 0.0
    found = _NUMBER.fullmatch(plain)
    if found is None:
        return None
    value = float(found.group(1).replace(",", ".")) / (100 if found.group(2) else 1)
    return value if math.isfinite(value) else None
