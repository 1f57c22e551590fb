"""What a run about pictures leaves behind: archive and report, each whole or not at all."""

from collections.abc import Callable, Sequence
from pathlib import Path

from trainer.encoders.loading import PicturesEncoder
from trainer.export.archive import write_archive
from trainer.export.exported_pictures import export_pictures
from trainer.export.picture_files import ExportedPictures
from trainer.memory import release_memory
from trainer.report import Report, Variant, write_report

TYPICAL_PICTURES = 48
"""Pictures that the int8 file is fitted to."""


def publish_pictures(
    encoder: PicturesEncoder,
    report: Report,
    *,
    name: str,
    output: Path,
    work_folder: Path,
    texts: Sequence[str],
    keys: Sequence[str],
    typical_keys: Sequence[str],
    measure: Callable[[ExportedPictures], list[Variant]],
    stop_if_asked: Callable[[], None],
) -> Report:
    """Writes model.zip and then report.json to `output`: so where report.json is, all else is. Gives the report with
    the `variants` that `measure` finds.

    name: title of the model. texts, keys: of pictures; they become the golden vectors of the archive. typical_keys: of
    pictures of the kind that will be read, some of which the int8 file is fitted to; () where none is wanted.
    """
    stop_if_asked()
    release_memory()
    folder = work_folder / "model"
    encoder.save(folder)
    store = encoder.reader.pictures
    spread = typical_keys[:: max(1, len(typical_keys) // TYPICAL_PICTURES)][:TYPICAL_PICTURES]
    exported = export_pictures(
        folder,
        encoder=encoder,
        sample_texts=texts,
        sample_pictures=[store.open(key) for key in keys] if store else [],
        typical_pictures=[store.open(key) for key in spread] if store else [],
        onnx=work_folder / "onnx",
    )
    stop_if_asked()
    if variants := measure(exported):
        report = {**report, "variants": variants}
    write_archive(exported, report, destination=output / "model.zip", name=name)
    stop_if_asked()
    write_report(report, output / "report.json")
    return report
