"""What a run about pictures leaves behind: archive and report, each whole or not at all."""

from collections.abc import Callable, Sequence
from pathlib import Path

from trainer.config import Task
from trainer.encoders.loading import PicturesEncoder
from trainer.export.archive import write_archive
from trainer.export.exported_pictures import export_pictures
from trainer.memory import release_memory
from trainer.report import Report, write_report


def publish_pictures(
    encoder: PicturesEncoder,
    report: Report,
    *,
    task: Task,
    name: str,
    output: Path,
    work_folder: Path,
    texts: Sequence[str],
    keys: Sequence[str],
    stop_if_asked: Callable[[], None],
) -> Report:
    """Writes model.zip and then report.json to `output`: so where report.json is, all else is. Gives the report.

    name: title of the model. texts, keys: of pictures; they become the golden vectors of the archive.
    """
    stop_if_asked()
    release_memory()
    folder = work_folder / "model"
    encoder.save(folder)
    store = encoder.reader.pictures
    exported = export_pictures(
        folder,
        encoder=encoder,
        sample_texts=texts,
        sample_pictures=[store.open(key) for key in keys] if store else [],
        onnx=work_folder / "onnx",
    )
    stop_if_asked()
    write_archive(exported, report, destination=output / "model.zip", name=name)
    stop_if_asked()
    write_report(report, output / "report.json")
    return report
