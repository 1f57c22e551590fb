"""The table "Smaller and faster": what each form of the model costs and what it saves."""

from dataclasses import dataclass
from typing import Any

from webapp.bridge import variant_words
from webapp.reports.figures import Interval, interval_of, interval_words
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
    interval: Interval | None
    interval_words: str
    vectors: str
    model: str
    speed: str
    sentence: str
    badge: str


def variant_rows(report: Report) -> list[VariantRow]:
    """The whole model first; none where the report is of a version that measured no others."""
    variants: list[dict[str, Any]] = report.get("variants") or []
    return [_row(variant, variants[0]) for variant in variants]


def _row(variant: dict[str, Any], whole: dict[str, Any]) -> VariantRow:
    words, difference, first = variant_words(variant), variant.get("difference"), variant is whole
    interval = interval_of(difference) if difference else None
    return VariantRow(
        name=words["name"],
        meaning=MEANINGS[variant["kind"]],
        score=points(variant["score"]),
        step=signed(100 * difference["mean"]) if difference else "",
        interval=interval,
        interval_words=_interval_words(interval),
        vectors=_megabytes(variant["vector_bytes"]) if first or variant["kind"] == "size" else "",
        model=_megabytes(variant["model_bytes"]) if first or variant["kind"] == "int8" else "",
        speed=f"{variant['speed']:.1f} times" if "speed" in variant else "",
        sentence=words["sentence"],
        badge=BADGES[words["worth"]],
    )


def _interval_words(interval: Interval | None) -> str:
    if interval is None:
        return ""
    if interval.low == interval.high == 0:
        return "The same for every question."
    return interval_words(interval, "ndcg@10")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
