"""A row that a person adds to a data version by hand, begun with what a row that was left out says."""

from dataclasses import dataclass
from typing import Any

from webapp.datasets.models import DatasetVersion, Upload
from webapp.projects.models import Task

_CELLS_KEPT = 20  # of a row that was left out
_SETTLED = "Nothing needs to be done."


@dataclass(frozen=True)
class NewRow:
    """What the form holds. error: what is wrong with `column`. place, reason, values: of the row that was left out."""

    question: str = ""
    item: str = ""
    matches: bool = True
    column: str = ""
    error: str = ""
    place: str = ""
    reason: str = ""
    values: tuple[str, ...] = ()


def new_row(*, version: DatasetVersion, asked: str) -> NewRow:
    """The form for a row that was left out, by its place in the list; blank for anything else."""
    number = int(asked) if asked.isdecimal() and len(asked) < 10 else -1
    if not 0 <= number < len(version.rejected) or not can_be_written(version=version, row=version.rejected[number]):
        return NewRow()
    row = version.rejected[number]
    question, item, matches = _cells(version, row)
    place = ", ".join(filter(None, (row["file"], row.get("entry", ""), f"row {row['row']:,}" if row["row"] else "")))
    values = tuple(value for value in row["values"] if value.strip())
    return NewRow(question, item, matches, place=place, reason=row["reason"], values=values)


def can_be_written(*, version: DatasetVersion, row: dict[str, Any]) -> bool:
    """Whether a row that was left out could stand in the next version if it were written anew."""
    apart = {upload.name for upload in (version.questions, version.catalogue) if upload}
    return (
        version.project.task == Task.TEXT_TEXT
        and bool(row["values"])
        and row["file"] not in apart
        and not row["reason"].endswith(_SETTLED)
    )


def _cells(version: DatasetVersion, row: dict[str, Any]) -> tuple[str, str, bool]:
    """Question, item and whether they match, as far as the columns tell; the person sees the rest beside the form."""
    values: list[str] = row["values"]
    roles = next((found for upload in version.uploads if (found := _roles(upload, row["file"], len(values)))), None)
    if roles is None:
        return (values[0], values[1], True) if len(values) == 2 else ("", "", True)

    def first(*wanted: str) -> str:
        return next((value for role, value in zip(roles, values, strict=False) if role in wanted and value.strip()), "")

    right, wrong = first("document", "label"), first("negative")
    return first("query"), right or wrong, bool(right or not wrong)


def _roles(upload: Upload, name: str, count: int) -> list[str] | None:
    """The roles of an upload's columns, in their order, if the row is one of it."""
    columns = [column["name"] for column in upload.preview.get("columns", [])]
    if upload.name != name or count != min(len(columns), _CELLS_KEPT):
        return None
    return [upload.roles.get(column, "ignore") for column in columns]
