"""Reading JSONL, and a JSON array of objects."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from trainer.data.limits import ReadLimits
from trainer.data.table import RawTable, RejectedRow
from trainer.errors import DataError, Place

_LONGEST_NUMBER = 400
_NESTED = "holds a list or an object where a text is needed. Write one text in each field."


class _RefusedError(ValueError):
    """JSON that is well formed and still of no use; the text says why and what to do."""


def _constant(name: str) -> NoReturn:
    raise _RefusedError(f"contains {name}, which is no JSON value. Write a number, a text or null instead.")


def _number(digits: str) -> str:
    """Numbers stay as they were written, so none loses digits and none is too long to convert."""
    if len(digits) > _LONGEST_NUMBER:
        raise _RefusedError(f"contains a number of {len(digits):,} digits. Correct it, or put it in quotation marks.")
    return digits


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _RefusedError(f"names the field “{key[:60]}” twice. Keep one of the two.")
        found[key] = value
    return found


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_number, parse_float=_number, parse_constant=_constant, strict=False
)


def read_json_lines(path: Path, name: str, limits: ReadLimits, encoding: str) -> RawTable:
    """One JSON object in each line; a row's number is its line. Lines that are no object are rejected.

    Raises DataError when there are more rows or columns than `limits` allow, or no line can be used.
    """
    raw = _Objects(name, limits, encoding)
    with path.open(encoding=encoding, newline=None) as file:
        for number, line in enumerate(_lines(file, limits), 1):
            if line.strip():
                raw.add_text(number, line)
    if not raw.objects and raw.table.rejected:
        first = raw.table.rejected[0]
        raise DataError(
            f"No line could be read as a JSON object. The first one {first.reason}",
            'Write one whole object in each line, such as {"question": "…", "answer": "…"}.',
            first.place,
        )
    return raw.finish()


def read_json_array(path: Path, name: str, limits: ReadLimits, encoding: str) -> RawTable:
    """A JSON array of objects; a row's number is the object's place in it.

    Raises DataError when the array is not well formed; beyond the first fault nothing can be trusted.
    """
    raw = _Objects(name, limits, encoding)
    raw.table.notes.append("The file is one JSON list; its objects were read as rows.")
    text = path.read_text(encoding=encoding)
    position = _skip_space(text, text.index("[") + 1)
    number = 0
    while position < len(text) and text[position] != "]":
        number += 1
        position = _one_item(raw, text, position, number)
        if text[position : position + 1] == ",":
            position = _skip_space(text, position + 1)
        elif text[position : position + 1] != "]":
            position = len(text)
    if position >= len(text) or text[position + 1 :].strip():
        raise _broken(name, number)
    return raw.finish()


def _one_item(raw: "_Objects", text: str, start: int, number: int) -> int:
    """Take one item of the array; the position after it and the white space that follows."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except _RefusedError as error:
        raise DataError(f"The object {error}", "Then upload the file again.", Place(raw.name, number)) from error
    except RecursionError as error:
        raise DataError(
            "The object is nested too deeply.", "Write plain texts in its fields.", Place(raw.name, number)
        ) from error
    except ValueError as error:
        raise _broken(raw.name, number) from error
    raw.add(number, value, text[start : min(end, start + 500)])
    return _skip_space(text, end)


def _broken(name: str, number: int) -> DataError:
    return DataError(
        "The JSON list breaks off or is not well formed here.",
        "Check whether the file was cut off, and export it again; one object in each line (JSONL) is safest.",
        Place(name, number),
    )


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _lines(file: Any, limits: ReadLimits) -> Iterator[str]:
    """Lines of bounded length; of a longer one only a beginning, which then is no whole object."""
    longest = 4 * limits.max_cell_characters + 100_000
    while line := file.readline(longest):
        yield line
        while line and not line.endswith("\n"):
            line = file.readline(longest)


class _Objects:
    """Objects as they come, with their fields as columns in order of first appearance."""

    def __init__(self, name: str, limits: ReadLimits, encoding: str) -> None:
        self.name = name
        self.limits = limits
        self.table = RawTable(encoding=encoding)
        self.objects: list[list[str]] = []
        self.columns: dict[str, int] = {}

    def add_text(self, number: int, line: str) -> None:
        try:
            value = _DECODER.decode(line)
        except _RefusedError as error:
            self._reject(number, str(error), line)
        except RecursionError:
            self._reject(number, "is nested too deeply. Write plain texts in its fields.", line)
        except ValueError:
            self._reject(number, "is not a whole JSON object. Check whether the line was cut off.", line)
        else:
            self.add(number, value, line)

    def add(self, number: int, value: Any, source: str) -> None:
        if not isinstance(value, dict):
            advice = 'Write it as an object, such as {"question": "…", "answer": "…"}.'
            self._reject(number, f"is not an object with named fields. {advice}", source)
            return
        row = [""] * len(self.columns)
        for key, cell in value.items():
            index = self._column(key, number)
            row.extend([""] * (index + 1 - len(row)))
            if isinstance(cell, dict | list):
                self.table.cell_troubles[number, index] = _NESTED
                cell = json.dumps(cell, ensure_ascii=False)[:500]
            row[index] = _shown(cell)
        self.objects.append(row)
        self.table.row_numbers.append(number)
        self._check_count(number)

    def _reject(self, number: int, reason: str, source: str) -> None:
        self.table.rejected.append(RejectedRow.of(Place(self.name, number), reason, [source.strip()]))
        self._check_count(number)

    def _check_count(self, number: int) -> None:
        if len(self.objects) + len(self.table.rejected) > self.limits.max_rows:
            raise DataError(
                f"The file has more than {self.limits.max_rows:,} rows.",
                "Take a part of it: a few hundred to a few thousand examples are enough.",
                Place(self.name, number),
            )

    def _column(self, key: str, number: int) -> int:
        index = self.columns.setdefault(key, len(self.columns))
        if index >= self.limits.max_columns:
            raise DataError(
                f"The objects have more than {self.limits.max_columns:,} different fields.",
                "Keep only the fields with questions, matches, labels or scores.",
                Place(self.name, number),
            )
        return index

    def finish(self) -> RawTable:
        width = len(self.columns)
        self.table.rows = [tuple(row) + ("",) * (width - len(row)) for row in self.objects]
        self.table.columns = tuple(self.columns)
        return self.table


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
