"""What a check found, in plain words."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from trainer.data.texts import showable

Severity = Literal["info", "warn", "stop"]

_SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """One finding. count: of what the title names; examples: at most five, short; remedy may be empty for "info"."""

    kind: str
    severity: Severity
    count: int
    title: str
    why: str
    examples: list[str]
    remedy: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by severity, else in their order."""
    gravity = {"stop": 0, "warn": 1, "info": 2}
    return sorted(findings, key=lambda finding: gravity[finding.severity])


def few(texts: Iterable[str]) -> list[str]:
    """The first of some texts, as a finding's examples."""
    return [showable(text, 160) for text, _ in zip(texts, range(_SHOWN), strict=False)]


def say(count: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"1 {one}" if count == 1 else f"{count:,} {many}"
