"""A ZIP of pictures without a table: the folder of each picture is its label."""

from pathlib import PurePosixPath

from trainer.data.table import RejectedRow, Table
from trainer.data.zip_album import ZipAlbum
from trainer.errors import Place

PICTURE, LABEL, INNER = "picture", "label", "inner folder"
"""The columns of a table made from folders; the last only where there are folders within those that label."""

_PARTS = {"train", "training", "test", "testing", "val", "valid", "validation"}
"""Folders that split data and label nothing."""


def folder_table(album: ZipAlbum) -> Table:
    """A row for each picture: its file, and its folder's name; without folders the files alone."""
    folders = _folders(album.pictures)
    labels = {file: names[0] if names else "" for file, names in folders.items()}
    columns, rows, said = _columns(folders, labels)
    return Table(
        name=album.name,
        columns=columns,
        rows=rows,
        row_numbers=list(range(1, len(labels) + 1)),
        rejected=[*album.rejected, *_other_files(album)],
        notes=[said, *_passed_over(album.tables)],
        has_header=True,
        entries=dict(enumerate(labels, start=1)),
    )


def _columns(
    folders: dict[str, list[str]], labels: dict[str, str]
) -> tuple[tuple[str, ...], list[tuple[str, ...]], str]:
    """(columns, rows, what to say of them)."""
    if not any(labels.values()):
        note = "There is neither a table nor a folder in the ZIP: these are pictures without labels."
        return (PICTURE,), [(file,) for file in labels], note
    note = "There is no table in the ZIP, so each picture’s label is the name of its "
    deepest = next((names for names in folders.values() if len(names) > 1), None)
    if deepest is None:
        return (PICTURE, LABEL), list(labels.items()), f"{note}folder."
    note += (
        f"outer folder, such as “{deepest[0]}”. The column “{INNER}” has finer ones, such as “{'/'.join(deepest)}”. "
        "Use it instead where they fit better."
    )
    return (PICTURE, LABEL, INNER), [(file, labels[file], "/".join(folders[file])) for file in labels], note


def _passed_over(texts: list[str]) -> list[str]:
    """What was looked at in search of a table, in a sentence; nothing where there was no such file."""
    if not texts:
        return []
    if len(texts) == 1:
        return [f"“{texts[0][-200:]}” names no pictures and was passed over."]
    return [f"{len(texts):,} texts such as “{texts[0][-200:]}” name no pictures and were passed over."]


def _folders(files: list[str]) -> dict[str, list[str]]:
    """{file: its folders, the outermost first}. Folders around all pictures say nothing, nor do those that split data
    into parts."""
    parts = {file: file.split("/") for file in files}
    while all(len(names) > 1 for names in parts.values()) and any(len(names) > 2 for names in parts.values()):
        first = {names[0] for names in parts.values()}
        if len(first) > 1 and not {name.casefold() for name in first} <= _PARTS:
            break
        parts = {file: names[1:] for file, names in parts.items()}
    return {file: names[:-1] for file, names in parts.items()}


def _other_files(album: ZipAlbum) -> list[RejectedRow]:
    """What is no picture, a row for each kind: of thousands, nobody would find the pictures that were left out."""
    kinds: dict[str, list[str]] = {}
    for file in album.others:
        kinds.setdefault(PurePosixPath(file).suffix.lower(), []).append(file)
    return [_left_out(album.name, ending, files) for ending, files in kinds.items()]


def _left_out(name: str, ending: str, files: list[str]) -> RejectedRow:
    if len(files) == 1:
        reason = "is no picture by its name. Nothing needs to be done; if it is one, save it as JPEG or PNG."
    else:
        kind = f"whose names end in “{ending[:20]}”" if ending else "whose names have no ending"
        reason = (
            f"is one of {len(files):,} files {kind}, which are no pictures. Nothing needs to be done; if some are, "
            "save them as JPEG or PNG."
        )
    return RejectedRow.of(Place(name, entry=files[0][:200]), reason)
