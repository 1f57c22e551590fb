"""Reports and data of the two tasks with pictures, made by code: coloured shapes, each with its thumbnail."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from django.core.files import File
from PIL import Image, ImageDraw

from tests.webapp.reports.factory import N_DOCUMENTS, Ranks, make_report
from tests.webapp.reports.rows import make_run, make_version
from trainer.data.picture_store import PictureWriter
from trainer.report import Report
from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion
from webapp.runs.models import Run

LABELS = ("sandal", "boot", "coat", "bag")
WIDTHS = (240, 320, 120)


def draw_picture(number: int) -> Image.Image:
    """Upright RGB, different for each number: a shape by label, a colour by number."""
    width, height = WIDTHS[number % 3], 240
    colour = f"hsl({number * 47 % 360}, 60%, 55%)"
    picture = Image.new("RGB", (width, height), "white")
    box = (20, 30, width - 20, height - 30)
    pen = ImageDraw.Draw(picture)
    (pen.ellipse, pen.rectangle, pen.chord, pen.arc)[number % 4](box, **_pen(number % 4, colour))
    pen.line((0, number % height, width, number % height), fill="black", width=3)
    return picture


def _pen(kind: int, colour: str) -> dict[str, Any]:
    if kind < 2:
        return {"fill": colour}
    return {"start": 20, "end": 250, "fill": colour} | ({"width": 25} if kind == 3 else {})


def make_picture_version(
    owner: Person, task: str, folder: Path, *, queries: int = 0
) -> tuple[DatasetVersion, list[str]]:
    """Ready data of a task with N_DOCUMENTS pictures, then `queries` more; with the keys of all of them."""
    version = make_version(owner, "Words → drawings" if task == "text-image" else "Similar shoes")
    version.project.task = task
    version.project.save()
    with PictureWriter(folder / "pictures.zip") as writer:
        keys = [writer.add(draw_picture(number)) for number in range(N_DOCUMENTS + queries)]
    with (folder / "pictures.zip").open("rb") as file:
        version.pictures.save("pictures.zip", File(file))
    return version, keys


def as_pictures(
    report: Report, task: str, keys: Sequence[str], *, by_label: bool = False, by_names: bool = False
) -> Report:
    """The same report about pictures: document d7 is keys[7], query q3 of image-image keys[N_DOCUMENTS + 3].

    by_label: with the labels LABELS by turns; every document of a query's label is right. by_names:
    also with what the names of the labels alone find; it has the figures of keyword search.
    """
    changed: dict[str, Any] = {**report, "task": task}
    del changed["keyword"], changed["variants"]
    documents = {f"d{number}": keys[number] for number in range(N_DOCUMENTS)}
    queries = [{name: part for name, part in query.items() if name != "keyword"} for query in report["queries"]]
    if task == "image-image":
        for number, query in enumerate(queries):
            query["query"] = keys[N_DOCUMENTS + number]
    changed |= {"documents": documents, "queries": queries}
    changed["captions"] = {key: f"shapes/picture-{number}.jpg" for number, key in enumerate(keys)}
    if by_label:
        _put_labels(changed)
    if by_names:
        changed["zero_shot"] = report["keyword"]
        for query, same in zip(queries, report["queries"], strict=True):
            query["zero_shot"] = same["keyword"]
    return cast(Report, changed)


def _put_labels(report: dict[str, Any]) -> None:
    labels = {name: LABELS[number % len(LABELS)] for number, name in enumerate(report["documents"])}
    for number, query in enumerate(report["queries"]):
        labels[query["id"]] = label = LABELS[number % len(LABELS)]
        query["relevant"] = [name for name in report["documents"] if labels[name] == label]
    report["labels"] = labels


def make_picture_run(
    owner: Person,
    task: str,
    folder: Path,
    ranks: Sequence[Ranks],
    *,
    by_label: bool = False,
    by_names: bool = False,
    known: int | None = None,
) -> Run:
    """A finished run of a task with pictures, one test query for each of `ranks`."""
    version, keys = make_picture_version(owner, task, folder, queries=len(ranks) if task == "image-image" else 0)
    report = as_pictures(make_report(ranks, known=known), task, keys, by_label=by_label, by_names=by_names)
    return make_run(version, report)
