"""Files of the finetune command: read and frozen as the pages do, without asking anyone."""

from dataclasses import dataclass, field
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
    """One file of the command. purpose: examples, questions or catalogue; roles: {column: role} as the caller said."""

    path: Path
    purpose: str
    encoding: str | None = None
    roles: dict[str, str] = field(default_factory=dict)

    @classmethod
    def given(cls, path: str | None, purpose: str, encoding: str | None) -> Self | None:
        """A file that may be left out."""
        return cls(Path(path), purpose, encoding) if path is not None else None


def frozen_data(*, examples: InputFile, questions: InputFile | None, catalogue: InputFile | None, seed: int) -> Any:
    """Reads all, splits, freezes: `.frozen` for bridge.finetune, `.findings`. Raises InputProblems or DataError."""
    found: list[str] = []
    sources: dict[str, Any] = {"examples": None, "questions": None, "catalogue": None}
    for file in (examples, questions, catalogue):
        if file is not None:
            try:
                sources[file.purpose] = _source(file)
            except bridge.DataError as error:
                found.append(_words(error))
    if found:
        raise InputProblems(found)
    return bridge.prepare_data(**sources, kind="", seed=seed)


def _source(file: InputFile) -> Any:
    name, purpose = file.path.name, file.purpose
    reading: dict[str, Any] = {"encoding": file.encoding, "sheet": None, "has_header": None}
    preview = bridge.read_preview(path=file.path, name=name, purpose=purpose, **reading)
    names = [str(column["name"]) for column in preview["columns"]]
    roles = {column["name"]: column["role"] for column in preview["columns"]} | file.roles
    try:
        bridge.check_columns(columns=names, roles=roles, purpose=purpose)
    except bridge.DataError as error:
        raise bridge.DataError(
            error.cause,
            f"{name} has the columns {', '.join(names)}. Name them query and document in the first row"
            + (", or say what they are: --column NAME=ROLE." if purpose == "examples" else "."),
        ) from error
    return bridge.data_source(path=file.path, name=name, roles=roles, **reading)


def _words(error: bridge.DataError) -> str:
    if isinstance(error, bridge.EncodingQuestion):
        return f"{error} Say which with --encoding: {', '.join(encoding for encoding, _ in error.candidates)}."
    return str(error)
