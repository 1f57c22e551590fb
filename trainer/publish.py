"""What a run leaves behind: archive and report, each whole or not at all."""

from collections.abc import Callable, Sequence
from pathlib import Path

from trainer.encoders.text import TextEncoder
from trainer.export.archive import write_archive
from trainer.report import Report, write_report


def publish(
    encoder: TextEncoder,
    report: Report,
    *,
    name: str,
    output: Path,
    work_folder: Path,
    sample_texts: Sequence[str],
    stop_if_asked: Callable[[], None],
) -> None:
    """Writes model.zip and then report.json to `output`: so where report.json is, all else is.

    name: title of the model. sample_texts: become the golden vectors of the archive.
    """
    stop_if_asked()
    folder = work_folder / "model"
    encoder.save(folder)
    write_archive(
        folder=folder,
        report=report,
        encoder=encoder,
        sample_texts=list(sample_texts),
        destination=output / "model.zip",
        name=name,
    )
    stop_if_asked()
    write_report(report, output / "report.json")
