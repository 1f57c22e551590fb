"""A frozen data set corrected: what is said, searched and judged, and the pictures stay but for the changes."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.data.pictures import encoded, labelled, photograph, picture, words_and_pictures, write_zip
from trainer.config import Task
from trainer.data.child import mend_in_child
from trainer.data.corrections import Change, Correction
from trainer.data.frozen import thaw
from trainer.data.mending import Mend, mend
from trainer.data.own_split import Part
from trainer.data.pairs import SplitDataset
from trainer.data.picture_store import PictureStore
from trainer.data.prepare import prepare
from trainer.data.roles import Role
from trainer.data.rows import rows_of
from trainer.data.sources import Source
from trainer.errors import DataError


def _texts(folder: Path, content: str, roles: dict[str, Role]) -> tuple[SplitDataset, Mend]:
    (folder / "a.csv").write_text(content)
    made = prepare(Source(folder / "a.csv", "a.csv", roles))
    (folder / "frozen").write_bytes(made.frozen)
    return thaw(made.frozen)[0], Mend("Data version 1", folder / "frozen", [], keep_items=False)


def _pictures(folder: Path, files: dict[str, bytes], task: Task) -> tuple[SplitDataset, Mend]:
    path = write_zip(folder / "p.zip", files)
    made = prepare(Source(path, path.name), task=task, pictures=folder / "pictures")
    (folder / "frozen").write_bytes(made.frozen)
    return thaw(made.frozen)[0], Mend("Data version 1", folder / "frozen", [], False, folder / "pictures")


def _said(split: SplitDataset) -> dict[str, object]:
    """Everything in texts: each question with its side, matches, wrong items, scores and segment; all items."""
    data = split.data
    side = {q: name for name in ("train", "validation", "test") for q in getattr(split, name)}
    return {
        "documents": {text for key, text in data.documents.items() if key not in data.learning_only},
        "questions": {
            text: (
                side[q],
                {data.documents[d]: gain for d, gain in data.relevance[q].items()},
                {data.documents[d] for d in data.negatives.get(q, ())},
                {data.documents[d]: grade for d, grade in data.grades.get(q, {}).items()},
                data.segments.get(q),
            )
            for q, text in data.queries.items()
        },
    }


SCORED = "question,item,score,team\n" + "".join(
    f"how to {word} number {n},item {(n + shift) % 9},{score},{'ab'[n % 2]}\n"
    for n, word in enumerate(["find", "mend", "order", "send", "check"] * 8)
    for shift, score in ((0, 4), (1, 3 - n % 2), (2, -2))
)
ROLES = {"question": Role.QUERY, "item": Role.DOCUMENT, "score": Role.SCORE, "team": Role.SEGMENT}


def test_without_corrections_scores_segments_and_sides_are_as_they_were(tmp_path: Path) -> None:
    before, asked = _texts(tmp_path, SCORED, ROLES)
    assert before.data.grades and before.data.negatives and before.data.segments
    assert _said(thaw(mend(asked).frozen)[0]) == _said(before)


def test_a_dropped_match_leaves_the_questions_wrong_items_out_too(tmp_path: Path) -> None:
    before, asked = _texts(tmp_path, SCORED, ROLES)
    table = rows_of(before)
    right = [row for row in table.rows if row.query_id == table.rows[0].query_id and row.gain > 0]
    drops = [Correction(Change.DROP, row.number) for row in right]
    result = mend_in_child(Mend(asked.name, asked.frozen, drops, keep_items=False))
    after = _said(thaw(result.frozen)[0])["questions"]
    wanted = dict(_said(before)["questions"])  # type: ignore[call-overload]
    del wanted[table.rows[0].question]
    assert after == wanted
    assert "no row gives a right item for" in result.rejected[0]["reason"]


def test_the_smallest_data_set_that_is_checked_at_all_can_be_corrected(tmp_path: Path) -> None:
    content = "question,item\n" + "".join(f"how to {chr(97 + n) * 4} it,item {n % 5}\n" for n in range(20))
    before, asked = _texts(tmp_path, content, {"question": Role.QUERY, "item": Role.DOCUMENT})
    assert (len(before.train), len(before.test)) == (16, 4)
    row = next(row for row in rows_of(before).rows if row.query_id == before.train[0])
    after = thaw(mend(replace(asked, corrections=[Correction(Change.EDIT, row.number, "item", "item 9")])).frozen)[0]
    assert (len(after.train), len(after.test)) == (16, 4)
    with pytest.raises(DataError, match=r"only 15 different questions to learn from.*at least 16"):
        mend(replace(asked, corrections=[Correction(Change.DROP, row.number)]))


def test_a_question_made_equal_to_a_judged_one_is_not_learned_from(tmp_path: Path) -> None:
    before, asked = _texts(tmp_path, SCORED, ROLES)
    judged = before.data.queries[before.test[0]]
    rows = [row for row in rows_of(before).rows if row.query_id == before.train[0]]
    edits = [Correction(Change.EDIT, row.number, "question", judged.upper()) for row in rows]
    result = mend(Mend(asked.name, asked.frozen, edits, keep_items=False))
    after = thaw(result.frozen)[0]
    assert {after.data.queries[q] for q in after.test} == {before.data.queries[q] for q in before.test}
    assert len(after.train) == len(before.train) - 1
    assert "nearly the same as one of your test questions" in result.rejected[-1]["reason"]


@pytest.mark.parametrize("task", [Task.TEXT_IMAGE, Task.IMAGE_IMAGE])
def test_pictures_keep_their_keys_bytes_names_and_sides(tmp_path: Path, task: Task) -> None:
    files = words_and_pictures() if task is Task.TEXT_IMAGE else labelled()
    before, asked = _pictures(tmp_path, files, task)
    after = thaw(mend(asked, tmp_path / "copied").frozen)[0]
    assert _said(after) == _said(before)
    assert after.data.captions == before.data.captions
    with zipfile.ZipFile(tmp_path / "pictures") as one, zipfile.ZipFile(tmp_path / "copied") as other:
        assert {name: other.read(name) for name in other.namelist()} == {
            name: one.read(name) for name in one.namelist()
        }


def test_a_label_is_corrected_for_the_picture_wherever_it_stands(tmp_path: Path) -> None:
    before, asked = _pictures(tmp_path, labelled(), Task.IMAGE_IMAGE)
    row = next(row for row in rows_of(before).rows if row.item == "vase")
    gone = next(row for row in rows_of(before).rows if row.item == "lamp")
    changes = [Correction(Change.EDIT, row.number, "item", "lamp"), Correction(Change.DROP, gone.number)]
    mended = Mend(asked.name, asked.frozen, changes, False, asked.pictures)
    after = thaw(mend(mended, tmp_path / "copied").frozen)[0]
    labels = {after.data.queries[q]: label for q, label in after.data.labels.items()}
    assert labels[row.question] == "lamp"
    assert gone.question not in {*labels, *after.data.documents.values()}
    query = next(q for q, picture in after.data.queries.items() if picture == row.question)
    found = {after.data.documents[d] for d in after.data.relevance[query]}
    assert found == {picture for picture, label in labels.items() if label == "lamp"} - {row.question}
    with PictureStore(tmp_path / "copied") as store:
        assert gone.question not in store
        assert row.question in store


def test_a_score_a_segment_and_new_rows_are_as_if_the_file_had_said_them(tmp_path: Path) -> None:
    before, asked = _texts(tmp_path, SCORED, ROLES)
    rows = rows_of(before).rows
    learned = next(row for row in rows if row.part is Part.LEARN and row.gain == 1.0)
    judged = next(row for row in rows if row.part is Part.JUDGE and row.gain == 1.0)
    # of the scores 4 … -2, a 3 is the share 5/6 and a match of gain 3/4; a 1 is the share 1/2, and no match
    changes = [
        Correction(Change.EDIT, learned.number, "score", str(5 / 6)),
        Correction(Change.EDIT, judged.number, "score", "0.5"),
        Correction(
            Change.EDIT, max(row.number for row in rows if row.query_id == learned.query_id), "segment", "north"
        ),
        Correction(Change.NEW, question=f" {judged.question} ", text="a wholly new item", column="match"),
        Correction(Change.NEW, question="what nobody asked yet", text=learned.item, column="match"),
        Correction(Change.NEW, question="what nobody asked yet", text=judged.item, column="wrong"),
    ]
    result = mend_in_child(Mend(asked.name, asked.frozen, changes, keep_items=False))
    after = _said(thaw(result.frozen)[0])["questions"]
    side, right, wrong, grades, segment = after[learned.question]  # type: ignore[index]
    assert (side, segment, right[learned.item]) == ("train", "north", 0.75)
    assert grades[learned.item] == pytest.approx(5 / 6)
    side, right, wrong, grades, segment = after[judged.question]  # type: ignore[index]
    assert (side, grades[judged.item], segment) == ("test", 0.5, judged.segment)
    assert judged.item in wrong
    assert right["a wholly new item"] == 1.0
    assert after["what nobody asked yet"][:3] == ("train", {learned.item: 1.0}, {judged.item})  # type: ignore[index]


# --- A further file -------------------------------------------------------------------------------------------------


def _further(folder: Path, asked: Mend, files: dict[str, bytes], roles: dict[str, Role], **more: object) -> Mend:
    path = write_zip(folder / "autumn.zip", files)
    return replace(asked, more=Source(path, "autumn.zip", roles), **more)  # type: ignore[arg-type]


LABELS = {"picture": Role.QUERY, "label": Role.LABEL}


def test_labelled_pictures_of_a_further_file_are_learned_from_and_none_leaks(tmp_path: Path) -> None:
    big = {f"{label}/{n}.jpg": encoded(photograph(label, n), "JPEG") for label in ("shirt", "vase") for n in range(14)}
    before, asked = _pictures(tmp_path, big, Task.IMAGE_IMAGE)
    name = {key: before.data.captions[picture] for key, picture in before.data.queries.items()}
    label = before.data.labels
    judged, learned = before.test[0], before.train[0]
    drawn = {key: photograph(label[key], int(name[key].partition(".")[0])) for key in (judged, learned)}
    files = {
        # the very same, and the same saved again and smaller: of one to judge by and of one to learn from
        f"{label[judged]}/same.jpg": big[f"{label[judged]}/{name[judged]}"],
        f"{label[learned]}/same-too.jpg": big[f"{label[learned]}/{name[learned]}"],
        f"{label[judged]}/resaved.jpg": encoded(drawn[judged].resize((280, 210)), "JPEG", quality=70),
        f"{label[learned]}/resaved-too.jpg": encoded(drawn[learned].resize((280, 210)), "JPEG", quality=70),
        "shirt/new.jpg": encoded(photograph("shirt", 90), "JPEG"),
        "vase/broken.jpg": b"no picture",
    }
    made = mend_in_child(_further(tmp_path, asked, files, LABELS), pictures=tmp_path / "next")
    after = thaw(made.frozen)[0]
    assert {after.data.queries[q] for q in after.test} == {before.data.queries[q] for q in before.test}
    names = {after.data.captions[after.data.queries[q]] for q in after.train}
    assert {"new.jpg", "resaved-too.jpg"} <= names and not names & {"resaved.jpg", "same.jpg", "broken.jpg"}
    assert after.receipt["shared_queries"] == 0
    assert (made.receipt["n_added"], made.receipt["n_there"], made.receipt["n_added_left_out"]) == (2, 2, 2)
    reasons = {row["entry"]: row["reason"] for row in made.rejected}
    assert "looks like one of your test pictures" in reasons[f"{label[judged]}/resaved.jpg"]
    assert "is a text, not a picture" in reasons["vase/broken.jpg"]
    found = {finding["kind"]: finding for finding in made.findings}
    assert found["there_already"]["count"] == found["look_like_earlier"]["count"] == 2
    assert "1 was left out for looking like a test picture" in found["look_like_earlier"]["done"]
    # new pictures are searched among as well, and those that were there have the bytes that they had
    assert set(after.data.documents.values()) == {after.data.queries[q] for q in after.train}
    with PictureStore(tmp_path / "pictures") as one, PictureStore(tmp_path / "next") as other:
        assert all(one.read(key) == other.read(key) for key in one)


def test_words_and_pictures_of_a_further_file_join_those_that_are_there(tmp_path: Path) -> None:
    files = words_and_pictures()
    before, asked = _pictures(tmp_path, files, Task.TEXT_IMAGE)
    rows = files["table.csv"].decode().splitlines()[1:]
    judged = {before.data.queries[q] for q in before.test}
    one = next(row for row in rows if row.partition(",")[0] not in judged)
    asked_of = next(row.partition(",")[0] for row in rows if row.partition(",")[0] in judged)
    photo = one.partition(",")[2]
    lines = [one, f"wholly new words,{photo}", "another wish,new.jpg", f"{asked_of.upper()}!,new.jpg", "gone,gone.jpg"]
    more = {"t.csv": "\n".join(["words,picture", *lines]).encode(), photo: files[photo]}
    more["new.jpg"] = encoded(picture("lamp", 7), "JPEG")
    roles = {"words": Role.QUERY, "picture": Role.DOCUMENT}
    made = mend(_further(tmp_path, asked, more, roles), tmp_path / "next")
    after = thaw(made.frozen)[0]
    assert {after.data.queries[q] for q in after.test} == judged
    said = {
        after.data.queries[q]: {after.data.captions[after.data.documents[d]] for d in gains}
        for q, gains in after.data.relevance.items()
    }
    assert said["wholly new words"] == {photo.removeprefix("photos/")} and said["another wish"] == {"new.jpg"}
    assert not after.data.learning_only and len(after.data.documents) == 31
    assert (made.receipt["n_added"], made.receipt["n_there"], made.receipt["n_added_left_out"]) == (2, 1, 2)
    assert {(row["file"], row["entry"], row["row"]) for row in made.rejected} == {
        ("autumn.zip", "t.csv", 5),
        ("autumn.zip", "t.csv", 6),
    }


def test_a_further_file_of_another_kind_or_with_nothing_new_is_told(tmp_path: Path) -> None:
    _, asked = _pictures(tmp_path, labelled(), Task.IMAGE_IMAGE)
    pairs = {"t.csv": b"a,b\nshirt/0.png,shirt/1.png", **labelled(2)}
    roles = {"a": Role.QUERY, "b": Role.DOCUMENT}
    with pytest.raises(DataError, match="The data version has labels, and this file says which two pictures"):
        mend(_further(tmp_path, asked, pairs, roles), tmp_path / "next")
    with pytest.raises(DataError, match="adds nothing: 6 rows say what is in data version 1 already"):
        mend(_further(tmp_path, asked, labelled(2), LABELS), tmp_path / "next")
