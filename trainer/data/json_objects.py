"""Reading JSONL, and JSON that is one list or one object."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trainer.data.json_decoding import DECODER, RefusedError
from trainer.data.json_rows import JsonRows
from trainer.data.json_shapes import rows_within
from trainer.data.limits import ReadLimits
from trainer.data.table import RawTable
from trainer.errors import DataError, Place


def read_json_lines(path: Path, name: str, limits: ReadLimits, encoding: str) -> RawTable:
    """One JSON object in each line; a row's number is its line. Lines that are no object are rejected.

    A file that is one object, or objects over several lines, is read as what it is. Raises DataError when there are
    more rows or columns than `limits` allow, or no line can be used.
    """
    whole = _read_whole(path, name, limits, encoding)
    if whole is not None:
        return whole
    raw = JsonRows(name, limits, encoding)
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


def _read_whole(path: Path, name: str, limits: ReadLimits, encoding: str) -> RawTable | None:
    """The rows of a file that is one object, or of objects over several lines; None where it is neither."""
    with path.open(encoding=encoding, newline=None) as file:
        lines = (line for line in _lines(file, limits) if line.strip())
        first, second = next(lines, ""), next(lines, "")
    if second and _is_whole(first):
        return None
    text = path.read_text(encoding=encoding).lstrip("\ufeff \t\r\n")
    values: list[Any] = []
    position = 0
    try:
        while position < len(text):
            value, position = DECODER.raw_decode(text, position)
            values.append(value)
            position = _skip_space(text, position)
    except (ValueError, RecursionError):
        return None  # reading it by lines says where and why
    raw = JsonRows(name, limits, encoding)
    raw.table.notes.append("The file is not one object in each line; its objects were read as rows.")
    rows = list(rows_within(values[0]) if len(values) == 1 and isinstance(values[0], dict) else values)
    raw.add_all(rows)
    return raw.finish()


def _is_whole(line: str) -> bool:
    """Whether a line is JSON, or broken JSON that is not for want of further lines."""
    try:
        DECODER.decode(line.rstrip().removesuffix(","))
    except (RefusedError, RecursionError):
        return True
    except ValueError as error:
        return getattr(error, "pos", 0) < len(line.rstrip())
    return True


def read_json_array(path: Path, name: str, limits: ReadLimits, encoding: str) -> RawTable:
    """A JSON array of objects; a row's number is the object's place in it.

    Raises DataError when the array is not well formed; beyond the first fault nothing can be trusted.
    """
    raw = JsonRows(name, limits, encoding)
    raw.table.notes.append("The file is one JSON list; its objects were read as rows.")
    text = path.read_text(encoding=encoding)
    position = _skip_space(text, text.index("[") + 1)
    raw.of_lists = text[position : position + 1] == "["
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


def _one_item(raw: JsonRows, text: str, start: int, number: int) -> int:
    """Take one item of the array; the position after it and the white space that follows."""
    try:
        value, end = DECODER.raw_decode(text, start)
    except RefusedError as error:
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
