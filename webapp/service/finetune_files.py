"""Files of the finetune command: read and frozen as the pages do, without asking anyone."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from webapp import bridge


class InputProblems(Exception):  # noqa: N818  it holds several
    """What is wrong with the input, one sentence each."""

    def __init__(self, found: list[str]) -> None:
        super().__init__("\n".join(found))
        self.found = found


@dataclass(frozen=True)
class InputFile:
    """One file of the command. purpose: examples, questions or catalogue; roles: {column: role} as the caller said.

    sheet: of a workbook, or the table in a ZIP. task: None until it is told from the data.
    """

    path: Path
    purpose: str
    encoding: str | None = None
    sheet: str | None = None
    roles: dict[str, str] = field(default_factory=dict)
    task: str | None = None

    @classmethod
    def given(cls, path: str | None, purpose: str, encoding: str | None, sheet: str | None = None) -> Self | None:
        """A file that may be left out."""
        return cls(Path(path), purpose, encoding, sheet) if path is not None else None


def task_of_data(file: InputFile) -> str:
    """What is to be found, told from the examples. Raises InputProblems."""
    try:
        return str(_preview(file)["task"])
    except bridge.DataError as error:
        raise InputProblems([_words(error, file)]) from error


def frozen_data(
    *,
    examples: InputFile,
    questions: InputFile | None,
    catalogue: InputFile | None,
    seed: int,
    task: str,
    pictures: Path | None,
) -> Any:
    """Reads all, splits, freezes: `.frozen` for bridge.finetune, `.findings`; pictures go to the file `pictures`.

    Raises InputProblems or DataError.
    """
    found: list[str] = []
    sources: dict[str, Any] = {"examples": None, "questions": None, "catalogue": None}
    for file in (examples, questions, catalogue):
        if file is not None:
            try:
                sources[file.purpose] = _source(replace(file, task=task))
            except bridge.DataError as error:
                found.append(_words(error, file))
    if found:
        raise InputProblems(found)
    return bridge.prepare_data(**sources, kind="", seed=seed, task=task, pictures=pictures)


def _source(file: InputFile) -> Any:
    name, purpose, task = file.path.name, file.purpose, file.task or "text-text"
    preview = _preview(file)
    names = [str(column["name"]) for column in preview["columns"]]
    roles = {column["name"]: column["role"] for column in preview["columns"]} | file.roles
    try:
        bridge.check_columns(columns=names, roles=roles, purpose=purpose, task=task)
    except bridge.DataError as error:
        raise bridge.DataError(
            error.cause,
            f"{name} has the columns {', '.join(names)}. Name them {_COLUMNS[task]} in the first row"
            + (", or say what they are: --column NAME=ROLE." if purpose == "examples" else "."),
        ) from error
    read = {**_reading(file), "sheet": preview["sheet"] or None}
    return bridge.data_source(path=file.path, name=name, roles=roles, **read)


_COLUMNS = {"text-text": "query and document", "text-image": "text and image", "image-image": "image and label"}


def _reading(file: InputFile) -> dict[str, Any]:
    """Whoever runs the command owns the disk: pictures may lie beside their table."""
    return {"encoding": file.encoding, "sheet": file.sheet, "has_header": None, "beside": True}


def _preview(file: InputFile) -> dict[str, Any]:
    return bridge.read_preview(
        path=file.path, name=file.path.name, purpose=file.purpose, task=file.task, **_reading(file)
    )


SHEET_OPTIONS = {"examples": "--sheet", "questions": "--test-sheet", "catalogue": "--catalogue-sheet"}


def _words(error: bridge.DataError, file: InputFile) -> str:
    if isinstance(error, bridge.TableQuestion):
        known = "; ".join(map(str, error.candidates))
        return f"{error} Say which with {SHEET_OPTIONS[file.purpose]}: {known}."
    if isinstance(error, bridge.EncodingQuestion):
        return f"{error} Say which with --encoding: {', '.join(encoding for encoding, _ in error.candidates)}."
    return str(error)
