"""From the files of a data version to paired data, with the pictures that they name in the store."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from trainer.config import Task
from trainer.data.albums import ONE_ZIP
from trainer.data.guessing import guess_roles
from trainer.data.label_pairing import pair_labelled
from trainer.data.limits import ReadLimits
from trainer.data.own_split import divide, joined
from trainer.data.pairing import PairingResult, Roled, pair_tables
from trainer.data.picture_guessing import guess_picture_roles
from trainer.data.picture_intake import PictureFacts, PictureIntake
from trainer.data.picture_store import PictureWriter
from trainer.data.roles import Purpose, Role, RoleGuess, picture_roles
from trainer.data.sources import OpenedSource, Source, open_source
from trainer.errors import DataError, Place


def guess(opened: OpenedSource, purpose: Purpose, task: Task) -> dict[str, RoleGuess]:
    """{column: its guessed role} of an opened file. Raises DataError when pictures are needed and not there."""
    if task is Task.TEXT_TEXT:
        return guess_roles(opened.table, purpose)
    return guess_picture_roles(opened.table, purpose, task, opened.album)


def read_and_pair(
    sources: Mapping[Purpose, Source], task: Task, limits: ReadLimits, pictures: Path | None
) -> tuple[PairingResult, PictureFacts]:
    """Read and pair the files of each purpose, of which examples are a must. Raises DataError.

    pictures: where the pictures are written to.
    """
    if task is Task.TEXT_TEXT:
        roled = {purpose: _roled(source, purpose, task, limits, None) for purpose, source in sources.items()}
        return _pair(roled, task), PictureFacts()
    if pictures is None:
        raise ValueError("pictures need a file to be written to")
    with PictureWriter(pictures) as writer:
        intake = PictureIntake(writer)
        roled = {purpose: _roled(source, purpose, task, limits, intake) for purpose, source in sources.items()}
    pairing = _pair(roled, task)
    used = {
        *pairing.dataset.documents.values(),
        *(pairing.dataset.queries.values() if task.has_picture_queries else ()),
    }
    dataset = replace(
        pairing.dataset,
        captions={key: name for key, name in intake.captions.items() if key in used},
        alike=intake.alike(used),
    )
    rejected = [intake.named(row) for row in pairing.rejected]
    sizes = {key: size for key, size in intake.sizes.items() if key in used}
    facts = PictureFacts(sizes, tuple(intake.missing), tuple(intake.unusable))
    return replace(pairing, dataset=dataset, rejected=rejected), facts


def _roled(source: Source, purpose: Purpose, task: Task, limits: ReadLimits, intake: PictureIntake | None) -> Roled:
    opened = open_source(source, purpose, task, limits)
    roles = source.roles or {name: found.role for name, found in guess(opened, purpose, task).items()}
    if intake is None:
        return opened.table, roles
    if opened.album is None:
        raise DataError("This file names pictures, but they did not come with it.", ONE_ZIP, Place(source.name))
    return intake.take_in(opened.table, roles, picture_roles(task, purpose), opened.album), roles


def _pair(roled: Mapping[Purpose, Roled], task: Task) -> PairingResult:
    examples = roled[Purpose.EXAMPLES]
    questions, catalogue = roled.get(Purpose.QUESTIONS), roled.get(Purpose.CATALOGUE)
    labelled = task is Task.IMAGE_IMAGE and Role.LABEL in examples[1].values()
    own = divide(examples)
    if own is None:
        if labelled:
            return pair_labelled(examples, questions, catalogue)
        return pair_tables(examples, questions, catalogue, task)
    table = examples[0]
    if questions is not None:
        raise DataError(
            f"Both the column “{own.column}” and the file “{questions[0].name}” say what judges.",
            "Choose “Not used” for the column, or leave the file of test questions out.",
            Place(table.name, column=own.column),
        )
    if labelled:  # pictures to choose by take turns with those to learn from
        pairing = pair_labelled(joined(own.learn, own.choose), own.judge, catalogue)
    else:
        pairing = pair_tables(own.learn, own.judge, catalogue, task, own.choose)
    return replace(pairing, n_rows=len(table.rows) + len(table.rejected), split_column=own.column)
