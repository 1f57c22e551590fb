"""What a run leaves behind: archive and report, each whole or not at all."""

from collections.abc import Callable, Sequence
from pathlib import Path

from trainer.encoders.text import TextEncoder
from trainer.export.archive import write_archive
from trainer.export.exported import Exported, export
from trainer.memory import release_memory
from trainer.report import Report, Variant, write_report

TYPICAL_TEXTS = 64
"""Texts that the int8 file is fitted to."""


def publish(
    encoder: TextEncoder,
    report: Report,
    *,
    name: str,
    output: Path,
    work_folder: Path,
    sample_texts: Sequence[str],
    typical_texts: Sequence[str],
    int8: bool,
    measure: Callable[[Exported], list[Variant]],
    stop_if_asked: Callable[[], None],
) -> Report:
    """Writes model.zip and then report.json to `output`: so where report.json is, all else is. Gives the report with
    the `variants` that `measure` finds.

    name: title of the model. sample_texts: become the golden vectors of the archive. typical_texts: of the kind that
    will be read, some of which int8 is fitted to; `int8`: whether that file is wanted.
    """
    stop_if_asked()
    release_memory()
    folder = work_folder / "model"
    encoder.save(folder)
    exported = export(
        folder,
        encoder=encoder,
        sample_texts=list(sample_texts),
        typical=list(typical_texts[:: max(1, len(typical_texts) // TYPICAL_TEXTS)][:TYPICAL_TEXTS]),
        int8=int8,
        onnx=work_folder / "onnx",
    )
    stop_if_asked()
    report = {**report, "variants": measure(exported)}
    write_archive(exported, report, destination=output / "model.zip", name=name)
    stop_if_asked()
    write_report(report, output / "report.json")
    return report
