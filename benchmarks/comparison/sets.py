"""Data sets of a benchmark: folders with train_SIZE.csv, test.csv and catalogue.csv (headers query,document)."""

import csv
import io
import random
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

from trainer.data.frozen import thaw
from trainer.data.near_duplicates import group_near_identical
from trainer.data.pairs import SplitDataset
from trainer.data.prepare import prepare
from trainer.data.roles import Role
from trainer.data.sources import Source

ROLES = {"query": Role.QUERY, "document": Role.DOCUMENT}
HELD_OUT = 0.2
SAMPLE = "sample"
SAMPLE_TRAIN, SAMPLE_TEST = 100, 150


def find_sets(folder: Path, names: Collection[str] = ()) -> list[Path]:
    """The data sets of texts in a folder, sorted by name; only those of `names` where any are given. Sets of pictures
    are passed over: they have a benchmark of their own. Raises ValueError."""
    tests = sorted(folder.glob("*/test.csv"))
    found = {test.parent.name: test.parent for test in tests if not has_pictures(test.parent)}
    unknown = sorted(set(names) - set(found))
    if unknown or not found:
        raise ValueError(
            f"There is no data set {', '.join(unknown) or 'of texts'} in {folder}. A data set is a folder with "
            "train_100.csv, train_300.csv …, test.csv and catalogue.csv, with columns query and document."
        )
    return [path for name, path in found.items() if not names or name in names]


def has_pictures(folder: Path) -> bool:
    """Whether a data set is one of pictures, rather than of texts alone."""
    with (folder / "test.csv").open(encoding="utf-8-sig", newline="") as file:
        return "image" in next(csv.reader(file), [])


def sizes_of(folder: Path) -> list[int]:
    """The sizes of the training files that a data set has."""
    sizes = (file.stem.removeprefix("train_") for file in folder.glob("train_*.csv"))
    return sorted(int(size) for size in sizes if size.isdigit())


def read_split(folder: Path, size: int, seed: int, *, shuffled: bool = False) -> SplitDataset:
    """One data set as Tailor reads it; test.csv alone judges. Every system of a comparison gets this same split.
    Raises DataError."""
    train = folder / f"train_{size}.csv"
    with tempfile.TemporaryDirectory() as scratch:
        if shuffled:
            train = _write(Path(scratch) / train.name, shuffle_documents(_read(train), seed))
        prepared = prepare(
            _source(train, ROLES),
            _source(folder / "test.csv", ROLES),
            _source(folder / "catalogue.csv", {"document": Role.DOCUMENT}),
            seed=seed,
        )
    return thaw(prepared.frozen)[0]


def hold_out(split: SplitDataset, seed: int) -> tuple[list[str], list[str]]:
    """(to learn from, to choose by): the validation split where there is one; else the seed draws a fifth of the
    training queries, whole groups of near-identical ones at a time."""
    if split.validation:
        return list(split.train), list(split.validation)
    roots = group_near_identical([split.data.queries[query_id] for query_id in split.train])
    groups = sorted(set(roots))
    random.Random(seed).shuffle(groups)
    place = {root: number for number, root in enumerate(groups)}
    in_order = sorted(zip(split.train, roots, strict=True), key=lambda pair: place[pair[1]])
    last = in_order[: max(1, round(HELD_OUT * len(in_order)))][-1][1]  # the group that fills the share, kept whole
    choosing = {query_id for query_id, root in in_order if place[root] <= place[last]}
    return [q for q in split.train if q not in choosing], [q for q in split.train if q in choosing]


def shuffle_documents(rows: list[list[str]], seed: int) -> list[list[str]]:
    """[[query, document], …] with the documents in random order: labels that say nothing."""
    documents = [document for _, document in rows]
    random.Random(seed).shuffle(documents)
    return [[query, document] for (query, _), document in zip(rows, documents, strict=True)]


def write_sample_set(folder: Path) -> Path:
    """The sample data that Tailor ships, as a data set in `folder`: for a quick look without data of one's own."""
    # Imported here because only this needs the web application, and only its texts.
    from webapp.projects.samples import sample_catalogue, sample_examples

    rows = list(csv.reader(io.StringIO(sample_examples().decode())))[1:]
    random.Random(0).shuffle(rows)
    target = folder / SAMPLE
    target.mkdir(parents=True)
    _write(target / "test.csv", rows[:SAMPLE_TEST])
    _write(target / f"train_{SAMPLE_TRAIN}.csv", rows[SAMPLE_TEST : SAMPLE_TEST + SAMPLE_TRAIN])
    catalogue = list(csv.reader(io.StringIO(sample_catalogue().decode())))[1:]
    _write(target / "catalogue.csv", catalogue, ["document"])
    return target


def _source(path: Path, roles: dict[str, Role]) -> Source:
    return Source(path, path.name, roles=roles, has_header=True)


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [[row["query"], row["document"]] for row in csv.DictReader(file)]


def _write(path: Path, rows: Iterable[list[str]], header: Collection[str] = ("query", "document")) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path
