"""Where the rows are in a JSON file that is one value, or several over many lines."""

from collections.abc import Iterator
from typing import Any

_DEEPEST = 4


def rows_within(value: dict[str, Any]) -> Iterator[Any]:
    """The rows of one JSON object: objects with named fields, or a list of headings followed by lists.

    Known shapes: a list of objects anywhere within; columns as lists or as numbered objects; "columns" beside "data";
    objects under numbers. An object of no such shape is itself the one row.
    """
    names, data = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        return iter([names, *data])
    columns = _as_columns(value)
    if columns is not None:
        return columns
    if value and all(isinstance(row, dict) and key.isdigit() for key, row in value.items()):
        return iter(value.values())
    found = max(_lists_of_objects(value), key=len, default=None)
    return iter([value] if found is None else found)


def _as_columns(value: dict[str, Any]) -> Iterator[dict[str, Any]] | None:
    """The rows of an object whose fields are columns: lists of equal length, or objects with the same numbers."""
    cells = list(value.values())
    if cells and all(isinstance(column, list) and len(column) == len(cells[0]) > 0 for column in cells):
        if all(_plain(cell) for column in cells for cell in column):
            return (dict(zip(value, row, strict=True)) for row in zip(*cells, strict=True))
        return None
    if not cells or not all(isinstance(column, dict) and column.keys() == cells[0].keys() for column in cells):
        return None
    numbered = cells[0] and all(key.isdigit() for key in cells[0])
    if not numbered or not all(_plain(cell) for column in cells for cell in column.values()):
        return None
    return (dict(zip(value, row, strict=True)) for row in zip(*(column.values() for column in cells), strict=True))


def _plain(value: Any) -> bool:
    return not isinstance(value, dict | list)


def _lists_of_objects(value: dict[str, Any], depth: int = 1) -> Iterator[list[Any]]:
    for inner in value.values():
        if isinstance(inner, list) and inner and all(isinstance(row, dict) for row in inner):
            yield inner
        elif isinstance(inner, dict) and depth < _DEEPEST:
            yield from _lists_of_objects(inner, depth + 1)
