"""What a check found, in plain words."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from trainer.data.texts import showable

Severity = Literal["info", "warn", "stop"]

SHOWN = 5
"""Examples of one finding."""


@dataclass(frozen=True)
class About:
    """What a finding is about, by which its rows are found. texts: questions, items, labels or keys of pictures, those
    of the examples first and in their order; columns: where they stand in a row, "question" or "item"."""

    texts: Collection[str]
    columns: tuple[str, ...] = ("question", "item")


@dataclass(frozen=True)
class Finding:
    """One finding. count: of what the title names; examples: at most five, short; remedy may be empty for "info".

    done: what was done about it already; blank where nothing was. pairs: (question, item) that a person has to decide
    on. example_pictures: for each example, the keys of the pictures that it shows; empty where it is about texts. What
    follows is found by trainer.data.remedies. example_rows: the number of a row for each example, None where
    none has it; n_rows: rows that it is about, of n_of in all. fix: what a click does, blank where none is safe.
    n_drop, n_drop_judged: rows that the click leaves out, and those of them to judge by; n_edit: that it writes anew.
    """

    kind: str
    severity: Severity
    count: int
    title: str
    why: str
    examples: list[str]
    remedy: str
    about: About | None = None
    done: str = ""
    pairs: list[tuple[str, str]] = field(default_factory=list)
    example_pictures: list[list[str]] = field(default_factory=list)
    example_rows: list[int | None] = field(default_factory=list)
    n_rows: int = 0
    n_of: int = 0
    fix: str = ""
    n_drop: int = 0
    n_drop_judged: int = 0
    n_edit: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON, without what it is about."""
        return asdict(replace(self, about=None))


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by severity, else in their order."""
    gravity = {"stop": 0, "warn": 1, "info": 2}
    return sorted(findings, key=lambda finding: gravity[finding.severity])


def few(texts: Iterable[str]) -> list[str]:
    """The first of some texts, as a finding's examples."""
    return [showable(text, 160) for text, _ in zip(texts, range(SHOWN), strict=False)]


def say(count: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"1 {one}" if count == 1 else f"{count:,} {many}"
