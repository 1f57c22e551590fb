"""From the files of a data version to paired data, with the pictures that they name in the store."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from trainer.config import Task
from trainer.data.guessing import guess_roles
from trainer.data.label_pairing import pair_labelled
from trainer.data.limits import ReadLimits
from trainer.data.pairing import PairingResult, Roled, pair_tables
from trainer.data.picture_guessing import guess_picture_roles
from trainer.data.picture_intake import PictureIntake
from trainer.data.picture_store import PictureWriter
from trainer.data.roles import Purpose, Role, RoleGuess, picture_roles
from trainer.data.sources import ONE_ZIP, OpenedSource, Source, open_source
from trainer.errors import DataError, Place

Sizes = dict[str, tuple[int, int]]


def guess(opened: OpenedSource, purpose: Purpose, task: Task) -> dict[str, RoleGuess]:
    """{column: its guessed role} of an opened file. Raises DataError when pictures are needed and not there."""
    if task is Task.TEXT_TEXT:
        return guess_roles(opened.table, purpose)
    return guess_picture_roles(opened.table, purpose, task, opened.album)


def read_and_pair(
    sources: Mapping[Purpose, Source], task: Task, limits: ReadLimits, pictures: Path | None
) -> tuple[PairingResult, Sizes]:
    """Read and pair the files of each purpose, of which examples are a must. Raises DataError.

    pictures: where the pictures are written to. With the second result {picture: (width, height) as it came in}.
    """
    if task is Task.TEXT_TEXT:
        roled = {purpose: _roled(source, purpose, task, limits, None) for purpose, source in sources.items()}
        return _pair(roled, task), {}
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
    return replace(pairing, dataset=dataset, rejected=rejected), sizes


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
    others = roled.get(Purpose.QUESTIONS), roled.get(Purpose.CATALOGUE)
    if task is Task.IMAGE_IMAGE and Role.LABEL in examples[1].values():
        return pair_labelled(examples, *others)
    return pair_tables(examples, *others, task)
