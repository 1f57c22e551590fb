"""JSON objects and lists as they come, made into the rows of a table."""

import json
from typing import Any, NoReturn

from trainer.data.json_cells import NESTED, flat_cells, shown
from trainer.data.json_decoding import DECODER, RefusedError
from trainer.data.limits import ReadLimits
from trainer.data.table import RawTable, RejectedRow
from trainer.errors import DataError, Place


class JsonRows:
    """Objects as they come, with their fields as columns in order of first appearance."""

    def __init__(self, name: str, limits: ReadLimits, encoding: str) -> None:
        self.name = name
        self.limits = limits
        self.table = RawTable(encoding=encoding)
        self.objects: list[list[str]] = []
        self.columns: dict[str, int] = {}
        self.of_lists = False  # rows are lists of cells, and columns have no names of their own
        self._objects_in: dict[str, list[int]] = {}  # {field: rows that have an object there}

    def add_all(self, rows: list[Any]) -> None:
        """Rows that were read together, numbered from 1."""
        self.of_lists = bool(rows) and isinstance(rows[0], list)
        for number, row in enumerate(rows, 1):
            self.add(number, row, json.dumps(row, ensure_ascii=False)[:500])

    def add_text(self, number: int, line: str) -> None:
        try:
            value = DECODER.decode(line.rstrip().removesuffix(","))
        except RefusedError as error:
            self._reject(number, str(error), line)
        except RecursionError:
            self._reject(number, "is nested too deeply. Write plain texts in its fields.", line)
        except ValueError:
            self._reject(number, "is not a whole JSON object. Check whether the line was cut off.", line)
        else:
            self.add(number, value, line)

    def add(self, number: int, value: Any, source: str) -> None:
        if self.of_lists:
            self._add_list(number, value, source)
            return
        if not isinstance(value, dict):
            advice = 'Write it as an object, such as {"question": "…", "answer": "…"}.'
            self._reject(number, f"is not an object with named fields. {advice}", source)
            return
        row = [""] * len(self.columns)
        room = self.limits.max_columns // 2 - len(self.columns)
        for key, cell in value.items():
            if isinstance(cell, dict):
                self._objects_in.setdefault(key, []).append(number)
            for column, text, usable in flat_cells(key, cell, room):
                index = self._column(column, number)
                row.extend([""] * (index + 1 - len(row)))
                row[index] = text
                if not usable:
                    self.table.cell_troubles[number, index] = NESTED
        self._keep(number, row)

    def _add_list(self, number: int, value: Any, source: str) -> None:
        if isinstance(value, list) and not any(isinstance(cell, dict | list) for cell in value):
            if len(value) > self.limits.max_columns:
                self._column_too_many(number)
            self._keep(number, [shown(cell) for cell in value])
        else:
            self._reject(
                number, "is not a list of plain values, as the first row is. Write it like the others.", source
            )

    def _keep(self, number: int, row: list[str]) -> None:
        self.objects.append(row)
        self.table.row_numbers.append(number)
        self._check_count(number)

    def _reject(self, number: int, reason: str, source: str) -> None:
        self.table.rejected.append(RejectedRow.of(Place(self.name, number), reason, [source.strip()]))
        self._check_count(number)

    def _check_count(self, number: int) -> None:
        most = self.limits.max_rows + self.of_lists  # the first list may yet turn out to be the headings
        if len(self.objects) + len(self.table.rejected) > most:
            raise DataError(
                f"The file has more than {self.limits.max_rows:,} rows.",
                "Take a part of it: a few hundred to a few thousand examples are enough.",
                Place(self.name, number),
            )

    def _column(self, key: str, number: int) -> int:
        index = self.columns.setdefault(key, len(self.columns))
        if index >= self.limits.max_columns:
            self._column_too_many(number)
        return index

    def _column_too_many(self, number: int) -> NoReturn:
        raise DataError(
            f"The objects have more than {self.limits.max_columns:,} different fields.",
            "Keep only the fields with questions, matches, labels or scores.",
            Place(self.name, number),
        )

    def finish(self) -> RawTable:
        width = len(self.columns)
        if self.of_lists:
            self.table.rows = [tuple(row) for row in self.objects if row]
            self.table.row_numbers = [n for n, row in zip(self.table.row_numbers, self.objects, strict=True) if row]
            return self.table
        rows = [row + [""] * (width - len(row)) for row in self.objects]
        kept = self._without_strays(rows)
        self.table.rows = [tuple(row[index] for index in kept) for row in rows]
        self.table.columns = tuple(name for name, index in self.columns.items() if index in set(kept))
        places = {index: place for place, index in enumerate(kept)}
        self.table.cell_troubles = {
            (number, places[index]): reason
            for (number, index), reason in self.table.cell_troubles.items()
            if index in places
        }
        return self.table

    def _without_strays(self, rows: list[list[str]]) -> list[int]:
        """Indexes of the columns, without those of objects that a few rows have where most have a text."""
        strays: set[int] = set()
        for field, numbers in self._objects_in.items():
            index = self.columns.get(field)
            if index is None or sum(bool(row[index]) for row in rows) < len(numbers):
                continue
            self.table.cell_troubles.update({(number, index): NESTED for number in numbers})
            strays |= {other for name, other in self.columns.items() if name.startswith(f"{field}.")}
        return [index for index in range(len(self.columns)) if index not in strays]
