"""What one JSON object gives a row of a table: fields within fields and lists of texts become columns of their own."""

import json
from collections.abc import Iterator
from typing import Any

NESTED = "holds a list or an object where a text is needed. Write one text in each field."
_DEEPEST = 3
_LONGEST_LIST = 20
_SHOWN = 500


class Digits(str):
    """A number as it was written, so that none loses digits and none is too long to convert."""

    __slots__ = ()


def flat_cells(key: str, value: Any, room: int, depth: int = 1) -> Iterator[tuple[str, str, bool]]:
    """(column, text, whether it is usable) of one field. room: columns that fields within fields may make.

    `{"answer": {"text": "b"}}` gives the column answer.text; `{"answers": ["b", "c"]}` answers and answers (2).
    """
    if isinstance(value, dict) and depth < _DEEPEST and 0 < len(value) <= room:
        for inner, cell in value.items():
            yield from flat_cells(f"{key}.{inner}", cell, room, depth + 1)
    elif isinstance(value, list) and is_list_of_texts(value):
        for number, cell in enumerate(value or [""], 1):
            yield (key if number == 1 else f"{key} ({number})"), shown(cell), True
    elif isinstance(value, dict | list):
        yield key, json.dumps(value, ensure_ascii=False)[:_SHOWN], False
    else:
        yield key, shown(value), True


def is_list_of_texts(value: list[Any]) -> bool:
    """Whether a list is a few texts, and not numbers alone: those are measurements that no search needs."""
    texts = [cell for cell in value if isinstance(cell, str) and not isinstance(cell, Digits)]
    return len(texts) == len(value) <= _LONGEST_LIST


def shown(value: Any) -> str:
    """A plain value as a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
