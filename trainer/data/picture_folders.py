"""A ZIP of pictures without a table: the folder of each picture is its label."""

from trainer.data.table import RejectedRow, Table
from trainer.data.zip_album import ZipAlbum
from trainer.errors import Place

PICTURE, LABEL = "picture", "label"
"""The columns of a table made from folders."""

_PARTS = {"train", "training", "test", "testing", "val", "valid", "validation"}
"""Folders that split data and label nothing."""


def folder_table(album: ZipAlbum) -> Table:
    """A row for each picture: its file, and its folder's name; without folders the files alone."""
    labels = _labels(album.pictures)
    has_labels = any(labels.values())
    return Table(
        name=album.name,
        columns=(PICTURE, LABEL) if has_labels else (PICTURE,),
        rows=[(file, label) if has_labels else (file,) for file, label in labels.items()],
        row_numbers=list(range(1, len(labels) + 1)),
        rejected=[*album.rejected, *_other_files(album)],
        notes=[
            "There is no table in the ZIP, so each picture’s label is the name of its folder."
            if has_labels
            else "There is neither a table nor a folder in the ZIP: these are pictures without labels."
        ],
        has_header=True,
        entries=dict(enumerate(labels, start=1)),
    )


def _labels(files: list[str]) -> dict[str, str]:
    """{file: label}. Folders around all pictures say nothing, nor do those that split data into parts."""
    parts = {file: file.split("/") for file in files}
    while all(len(names) > 1 for names in parts.values()) and any(len(names) > 2 for names in parts.values()):
        first = {names[0] for names in parts.values()}
        if len(first) > 1 and not {name.casefold() for name in first} <= _PARTS:
            break
        parts = {file: names[1:] for file, names in parts.items()}
    return {file: names[0] if len(names) > 1 else "" for file, names in parts.items()}


def _other_files(album: ZipAlbum) -> list[RejectedRow]:
    reason = "is no picture by its name. Nothing needs to be done; if it is one, save it as JPEG or PNG."
    return [RejectedRow.of(Place(album.name, entry=file[:200]), reason) for file in album.others]
