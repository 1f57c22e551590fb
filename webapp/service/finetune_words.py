"""What the finetune command says: lines of progress, and the result as a table."""

import time
from typing import Any, Protocol

from webapp import bridge

STAGES = {
    "load": "Loading the base model",
    "before": "Judging the base model",
    "fit": "Training",
    "choose": "Choosing the best version",
    "after": "Judging the chosen model",
    "save": "Writing the model",
}
METRICS = {
    "ndcg@10": "nDCG@10",
    "mrr@10": "MRR@10",
    "recall@1": "Recall@1",
    "recall@3": "Recall@3",
    "recall@10": "Recall@10",
    "map@10": "MAP@10",
}
GROUPS = {"known_items": "items that have training examples", "new_items": "items without training examples"}
SYSTEMS = {"before": "before", "after": "after", "keyword": "keyword", "zero_shot": "by names"}
_EVERY_SECONDS = 5.0
_REJECTED_SHOWN = 10


class Out(Protocol):
    """A Django command's output."""

    def write(self, text: str) -> None:
        """One line."""


class ProgressLines:
    """Listens to a run: a line at each stage and every few seconds."""

    def __init__(self, out: Out) -> None:
        self.out = out
        self.stage = ""
        self.said_at = 0.0

    def __call__(self, event: bridge.Event) -> None:
        """One event of the trainer."""
        if isinstance(event, bridge.LogEvent):
            self.line(event.message)
        elif isinstance(event, bridge.ValidationEvent):
            when = f"After pass {event.epoch}" if event.epoch else "Base model"
            self.line(f"{when}: nDCG@10 {event.score:.3f} on questions not learned from")
        elif isinstance(event, bridge.StageEvent):
            self._stage(event)

    def _stage(self, event: bridge.StageEvent) -> None:
        if event.stage == self.stage and time.monotonic() - self.said_at < _EVERY_SECONDS:
            return
        self.stage, self.said_at = event.stage, time.monotonic()
        left = f", about {event.seconds_left:.0f} s left" if event.seconds_left else ""
        self.line(f"{event.fraction:4.0%}  {STAGES[event.stage]}{left}")

    def receipt(self, prepared: Any) -> None:
        """What was read and left out, what the check found, and the split."""
        for row in prepared.rejected[:_REJECTED_SHOWN]:
            self.line(f"Left out: {row['file']}, row {row['row']}: {row['reason']}")
        if len(prepared.rejected) > _REJECTED_SHOWN:
            self.line(f"Left out: {len(prepared.rejected) - _REJECTED_SHOWN:,} more rows; report.json names them all.")
        for finding in prepared.findings:
            self.line(" ".join(finding[key] for key in ("title", "why", "done", "remedy") if finding[key]))
        split = prepared.receipt
        self.line(f"{split_words(split)}; {split['shared_queries']} shared between them.")

    def line(self, text: str) -> None:
        """One line, told at once."""
        self.out.write(text)


def split_words(receipt: dict[str, Any]) -> str:
    """Such as "331 questions to learn from and, taking turns, to choose settings by, 81 to judge"."""
    aside = receipt["n_validation"]
    choosing = f", {aside:,} to choose settings by" if aside else " and, taking turns, to choose settings by"
    return f"{receipt['n_train']:,} questions to learn from{choosing}, {receipt['n_test']:,} to judge"


def result_table(report: dict[str, Any]) -> str:
    """Before and after, in columns, then the verdict in words."""
    lines = _table("", report)
    for group, words in GROUPS.items():
        if group in report["before"]:
            parts = {name: report[name][group] for name in SYSTEMS if group in report.get(name, {})}
            count = parts["before"]["n"]
            lines += ["", *_table(f"{count} questions about {words}", {k: v["metrics"] for k, v in parts.items()})]
    if "zero_shot" in report:
        lines += ["", "By names: without any training, by the names of the labels alone."]
    words = bridge.verdict_words(report)
    said = [text for text in (words.headline, words.detail, words.advice) if text]
    return "\n".join([*lines, "", *said])


def _table(title: str, systems: dict[str, Any]) -> list[str]:
    names = [name for name in SYSTEMS if name in systems]
    lines = [title] if title else []
    lines.append(f"{'':<12}" + "".join(f"{SYSTEMS[name]:>10}" for name in names))
    for metric, label in METRICS.items():
        lines.append(f"{label:<12}" + "".join(f"{systems[name][metric]:>10.3f}" for name in names))
    return lines
