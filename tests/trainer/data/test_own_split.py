"""A person's own split column decides who learns, who chooses and who judges, and leaks are refused by row."""

from pathlib import Path

import pytest

from tests.trainer.data.corpus.bad_tables import questions, table
from tests.trainer.data.files import write
from tests.trainer.data.pictures import labelled, write_zip
from trainer.config import Task
from trainer.data.frozen import thaw
from trainer.data.guessing import guess_roles
from trainer.data.own_split import Part, divide, read_part
from trainer.data.prepare import Prepared, prepare
from trainer.data.roles import Role, RoleGuess
from trainer.data.sources import Source
from trainer.data.table import Table
from trainer.errors import DataError

PARTS = ["train"] * 3 + ["test"] + ["validation"]


def rows(count: int, words: list[str] = PARTS) -> list[str]:
    return [f"{row},{words[i % len(words)]}" for i, row in enumerate(questions(count))]


def prepared(folder: Path, lines: list[str], **options: object) -> Prepared:
    path = write(folder, "own.csv", table("query,document,split", *lines))
    return prepare(Source(path, "own.csv"), **options)  # type: ignore[arg-type]


def test_each_question_goes_where_its_row_says(tmp_path: Path) -> None:
    lines = rows(60)
    found = prepared(tmp_path, lines)
    split, rejected = thaw(found.frozen)
    assert rejected == []
    for part, word in ((split.train, "train"), (split.validation, "validation"), (split.test, "test")):
        assert sorted(split.data.queries[q] for q in part) == sorted(
            line.split(",")[0] for line in lines if line.endswith(word)
        )
    assert split.kind.value == "own_test"
    assert found.receipt["why"] == "Your own column “split” says which examples judge."
    assert found.n_rows == 60


def test_without_rows_to_choose_by_examples_take_turns_and_validation_judges_where_nothing_else_does(
    tmp_path: Path,
) -> None:
    split, _ = thaw(prepared(tmp_path, rows(60, ["train", "train", "test"])).frozen)
    assert (len(split.train), len(split.validation), len(split.test)) == (40, 0, 20)
    split, _ = thaw(prepared(tmp_path, rows(60, ["train", "train", "dev"])).frozen)
    assert (len(split.train), len(split.validation), len(split.test)) == (40, 0, 20)


def test_scores_mean_the_same_on_every_side(tmp_path: Path) -> None:
    """Rows that judge reach 4 of 5: half of the highest is 2.5 for them as well."""
    highest, scores = {"train": 5, "test": 4}, (2, 3)
    lines = []
    for number, row in enumerate(questions(60)):
        query = row.split(",")[0]
        part = "test" if number % 3 == 0 else "train"
        lines += [
            f"{query},right {number},{highest[part]},{part}",
            f"{query},item {number},{scores[number % 2]},{part}",
        ]
    path = write(tmp_path, "scored.csv", table("query,document,score,split", *lines))
    split, rejected = thaw(prepare(Source(path, "scored.csv")).frozen)
    assert rejected == []
    for side in (split.train, split.test):
        gains = {gain for query_id in side for gain in split.data.relevance[query_id].values()}
        assert gains == {0.6, 1.0 if side is split.train else 0.8}


def test_a_leak_is_left_out_by_row_and_said(tmp_path: Path) -> None:
    lines = rows(60)
    again = [lines[0].replace("train", "test"), lines[1].upper().replace("TRAIN", "validation")]
    found = prepared(tmp_path, [*lines, *again])
    assert [row["row"] for row in found.rejected] == [2, 3]
    assert all(
        "nearly the same as a question that your own split sets aside" in row["reason"] for row in found.rejected
    )
    assert found.receipt["n_left_out"] == 2


def test_two_words_on_who_judges_are_one_too_many(tmp_path: Path) -> None:
    own = write(tmp_path, "test.csv", table("query,document", *questions(10)))
    with pytest.raises(DataError, match=r"Both the column “split” and the file “test\.csv” say what judges.*Not used"):
        prepared(tmp_path, rows(60), questions=Source(own, "test.csv"))


@pytest.mark.parametrize(("word", "missing"), [("train", "“test”.*judge by"), ("test", "“train”.*learn from")])
def test_one_part_alone_is_refused(word: str, missing: str) -> None:
    names = ("q", "d", "s")
    one = Table("t.csv", names, [("a", "b", word)] * 3, [2, 3, 4], [], [], True)
    with pytest.raises(DataError, match=f"column “s”.*{missing}.*Not used"):
        divide((one, dict(zip(names, (Role.QUERY, Role.DOCUMENT, Role.SPLIT), strict=True))))


@pytest.mark.parametrize(
    ("text", "part"),
    [("train", "learn"), ("Training ", "learn"), ("DEV", "choose"), ("val", "choose"), ("hold-out", "judge"),
     ("Test", "judge"), ("lernen", "learn"), ("prüfen", "judge"), ("", None), ("maybe", None), ("1", None)],
)  # fmt: skip
def test_words(text: str, part: str | None) -> None:
    assert read_part(text) == (Part(part) if part else None)


def test_labelled_pictures_have_a_split_as_well(tmp_path: Path) -> None:
    files = labelled(14)
    parts = {name: ("test" if i % 7 == 0 else "validation" if i % 7 == 1 else "train") for i, name in enumerate(files)}
    lines = [f"{name},{name.split('/')[0]},{part}" for name, part in parts.items()]
    path = write_zip(tmp_path / "own.zip", {"t.csv": table("picture,label,split", *lines), **files})
    found = prepare(Source(path, "own.zip"), task=Task.IMAGE_IMAGE, pictures=tmp_path / "store.zip")
    split, _ = thaw(found.frozen)
    assert sorted(split.data.captions[split.data.queries[q]] for q in split.test) == sorted(
        name.split("/")[1] for name, part in parts.items() if part == "test"
    )
    assert len(split.train) == sum(part != "test" for part in parts.values())


def test_the_guess_says_why() -> None:
    words: list[tuple[str, ...]] = [("how do I pay my bill now", f"b{i % 3}", PARTS[i % 5]) for i in range(30)]
    guess = guess_roles(Table("t.csv", ("question", "answer", "x"), words, list(range(2, 32)), [], [], True))["x"]
    reason = "30 of 30 values say what learns and what judges, such as “train”."
    assert guess == RoleGuess(Role.SPLIT, reason, 0.8)
