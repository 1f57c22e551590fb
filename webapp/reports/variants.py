"""The table "Smaller and faster": what each form of the model costs and what it saves."""

from dataclasses import dataclass
from typing import Any

from webapp.bridge import report_words, variant_words
from webapp.reports.words import points, signed
from webapp.runs.reports import Report

MEANINGS = {
    "full": "",
    "size": "less storage, faster search",
    "int8": "smaller file, faster reading",
    "fused": "finds exact words, too; needs a keyword search beside it",
}
BADGES = {"gain": "is-gain", "equal": "is-gain", "small_loss": "", "unsure": "", "loss": "is-loss"}


@dataclass(frozen=True)
class VariantRow:
    """One form, ready to print. An empty string where it is the same as the whole model's, or is not known."""

    name: str
    meaning: str
    score: str
    step: str
    interval_words: str
    vectors: str
    model: str
    speed: str
    sentence: str
    badge: str


def variant_rows(report: Report) -> list[VariantRow]:
    """The whole model first; none where the report is of a version that measured no others."""
    variants: list[dict[str, Any]] = report.get("variants") or []
    question = report_words(report).question
    return [_row(variant, variants[0], question) for variant in variants]


def _row(variant: dict[str, Any], whole: dict[str, Any], question: str) -> VariantRow:
    words, difference, first = variant_words(variant), variant.get("difference"), variant is whole
    return VariantRow(
        name=words["name"],
        meaning=MEANINGS[variant["kind"]],
        score=points(variant["score"]),
        step=signed(100 * difference["mean"]) if difference else "",
        interval_words=_interval_words(difference, question),
        vectors=_megabytes(variant["vector_bytes"]) if first or variant["kind"] == "size" else "",
        model=_megabytes(variant["model_bytes"]) if first or variant["kind"] == "int8" else "",
        speed="1 time" if first else f"{variant['speed']:.1f} times" if "speed" in variant else "",
        sentence=words["sentence"],
        badge=BADGES[words["worth"]],
    )


def _interval_words(difference: dict[str, Any] | None, question: str) -> str:
    """Such as "−0.7 to +0.5 points, 95% interval"; as many decimals as keep a sure loss from looking like none."""
    if difference is None:
        return ""
    low, high = (100 * end for end in difference["ci95"])
    if low == high == 0:
        return f"the same for every {question}"
    digits = 2 if low * high > 0 and min(abs(low), abs(high)) < 0.05 else 1
    return f"{signed(low, digits)} to {signed(high, digits)} points, 95% interval"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
