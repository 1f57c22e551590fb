"""A column that holds numbers or codes where words are wanted, and another of the same file that has the words."""

from dataclasses import dataclass

from webapp.bridge.rows import is_code
from webapp.datasets.models import DatasetVersion, Purpose, Upload

_MOSTLY = 0.8  # of the values that a preview shows
_ROLES_OF = {"codes_as_questions": ("query",), "codes_as_items": ("document", "label")}
ROLE_WORDS = {"query": "question", "document": "item", "label": "item"}


@dataclass(frozen=True)
class Instead:
    """Give `better` the role that `column` has, and `column` none."""

    role: str
    column: str
    better: str

    @property
    def what(self) -> str:
        """The role in words."""
        return ROLE_WORDS[self.role]

    def roles(self, roles: dict[str, str]) -> dict[str, str]:
        """The roles with the two columns changed."""
        return {**roles, self.column: "ignore", self.better: self.role}


def column_instead(*, upload: Upload, column: str) -> Instead | None:
    """What could take a column's place, judged by the first rows; None where nothing says that it should."""
    role = upload.roles.get(column, "")
    if role not in ROLE_WORDS or not _mostly_codes(_values(upload, column)):
        return None
    unused = [name for name in _names(upload) if upload.roles.get(name, "ignore") == "ignore"]
    words = {name: values for name in unused if (values := _values(upload, name)) and not _some_codes(values)}
    if not words:
        return None
    longest = max(words, key=lambda name: sum(map(len, words[name])) / len(words[name]))
    return Instead(role, column, longest)


def finding_instead(*, version: DatasetVersion, kind: str) -> Instead | None:
    """The same for what a finding is about. None for versions that were not made from one file alone: the columns of
    the others would have to change as well."""
    alone = not (version.mended_from_id or version.questions_id or version.catalogue_id)
    if kind not in _ROLES_OF or not alone:
        return None
    named = [name for name, role in version.examples.roles.items() if role in _ROLES_OF[kind]]
    return column_instead(upload=version.examples, column=named[0]) if len(named) == 1 else None


def instead_of_each(*, upload: Upload) -> dict[str, Instead]:
    """{column: what could take its place} of a file of examples."""
    if upload.purpose != Purpose.EXAMPLES:
        return {}
    found = {name: column_instead(upload=upload, column=name) for name in _names(upload)}
    return {name: instead for name, instead in found.items() if instead}


def _names(upload: Upload) -> list[str]:
    return [column["name"] for column in upload.preview.get("columns", [])]


def _values(upload: Upload, column: str) -> list[str]:
    place = _names(upload).index(column)
    cells = [row[place] for row in upload.preview.get("rows", []) if place < len(row)]
    return [cell for cell in cells if cell.strip()]


def _mostly_codes(values: list[str]) -> bool:
    return bool(values) and sum(map(is_code, values)) >= _MOSTLY * len(values)


def _some_codes(values: list[str]) -> bool:
    return sum(map(is_code, values)) > (1 - _MOSTLY) * len(values)
