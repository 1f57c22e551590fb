"""Good pictures in odd dress, archives as people make them, and what becomes of them: keys, labels, splits."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from tests.trainer.data.files import saved, workbook
from tests.trainer.data.pictures import encoded, labelled, picture, words_and_pictures, write_zip
from trainer.config import Task
from trainer.data.child import prepare_in_child, preview_in_child
from trainer.data.folds import make_folds
from trainer.data.frozen import freeze, thaw
from trainer.data.label_relevance import LabelRelevance
from trainer.data.label_split import with_label_relevance
from trainer.data.limits import ReadLimits
from trainer.data.look_alikes import find_alike, look_of
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.data.picture_files import open_picture
from trainer.data.picture_store import PictureStore
from trainer.data.prepare import Prepared, prepare, preview
from trainer.data.roles import Purpose
from trainer.data.sources import Source
from trainer.data.split import split_dataset
from trainer.data.table_question import TableQuestion
from trainer.data.zip_tables import HowToRead, open_zip
from trainer.errors import DataError

RED = (220, 20, 60)


def prepared(path: Path, task: Task = Task.IMAGE_IMAGE, **more: object) -> Prepared:
    return prepare(Source(path, path.name), task=task, pictures=path.with_suffix(".pictures"), **more)  # type: ignore[arg-type]


def split_of(result: Prepared) -> SplitDataset:
    return thaw(result.frozen)[0]


def plain(mode: str = "RGB", colour: object = RED) -> Image.Image:
    return Image.new(mode, (80, 40), colour)  # type: ignore[arg-type]


def palette() -> Image.Image:
    return plain().quantize(4)


def turned() -> bytes:
    """Stored on its side, with a note to turn it upright."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(Image.new("RGB", (40, 80), RED), "JPEG", exif=exif)


def clear() -> Image.Image:
    """Wholly transparent."""
    return Image.new("RGBA", (80, 40), (0, 0, 0, 0))


ODD: dict[str, tuple[bytes, tuple[int, int, int]]] = {
    "jpeg": (encoded(plain(), "JPEG"), RED),
    "progressive jpeg": (encoded(plain(), "JPEG", progressive=True), RED),
    "grey jpeg": (encoded(plain("L", 90), "JPEG"), (90, 90, 90)),
    "cmyk jpeg": (encoded(plain("CMYK", (0, 255, 255, 0)), "JPEG"), (255, 0, 0)),
    "turned jpeg": (turned(), RED),
    "webp": (encoded(plain(), "WEBP", lossless=True), RED),
    "gif": (encoded(palette(), "GIF"), RED),
    "animated gif": (
        encoded(plain(), "GIF", save_all=True, append_images=[plain(colour="blue"), plain(colour="lime")]),
        RED,
    ),
    "animated webp": (
        encoded(plain(), "WEBP", save_all=True, append_images=[plain(colour="blue")], lossless=True),
        RED,
    ),
    "bmp": (encoded(plain(), "BMP"), RED),
    "tiff": (encoded(plain(), "TIFF"), RED),
    "tiff of two pages": (encoded(plain(), "TIFF", save_all=True, append_images=[plain(colour="blue")]), RED),
    "lzw tiff": (encoded(plain(), "TIFF", compression="tiff_lzw"), RED),
    "cmyk tiff": (encoded(plain("CMYK", (0, 255, 255, 0)), "TIFF"), (255, 0, 0)),
    "palette png": (encoded(palette()), RED),
    "black and white png": (encoded(plain("1", 1)), (255, 255, 255)),
    "16-bit png": (encoded(plain("I;16", 32_768)), (127, 127, 127)),
    "transparent png": (encoded(clear()), (255, 255, 255)),
    "half transparent png": (encoded(plain("RGBA", (0, 0, 0, 128))), (127, 127, 127)),
    "grey and transparent png": (encoded(plain("LA", (0, 0))), (255, 255, 255)),
}


@pytest.mark.parametrize("name", ODD)
def test_a_good_picture_in_odd_dress_is_upright_rgb(name: str) -> None:
    content, colour = ODD[name]
    opened = open_picture(content)
    assert (opened.mode, opened.size) == ("RGB", (80, 40))
    assert all(abs(a - b) <= 3 for a, b in zip(opened.getpixel((40, 20)), colour, strict=True))  # type: ignore[arg-type]
    assert not opened.info and not opened.getexif()


def test_a_name_that_lies_about_the_kind_does_not_matter(tmp_path: Path) -> None:
    files = {
        **labelled(),
        "lamp/really-png.jpg": encoded(picture("lamp", 40)),
        "lamp/UPPER.JPG": encoded(picture("lamp", 41), "JPEG"),
    }
    result = prepared(write_zip(tmp_path / "set.zip", files))
    assert not result.rejected and result.receipt["n_queries"] == 32


# --- Archives -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "products/", "My Pictures/2024/", "train/"])
def test_folders_are_labels_whatever_lies_around_them(prefix: str, tmp_path: Path) -> None:
    files = {f"{prefix}{name}": content for name, content in labelled().items()}
    junk = {
        f"{prefix}.DS_Store": b"x",
        f"__MACOSX/{prefix}._a.png": b"x",
        f"{prefix}lamp/Thumbs.db": b"x",
        f"{prefix}desktop.ini": b"x",
    }
    result = prepared(write_zip(tmp_path / "set.zip", {**files, **junk}))
    assert not result.rejected
    assert set(split_of(result).data.labels.values()) == {"shirt", "vase", "lamp"}


def test_folders_within_folders_can_label_and_thousands_of_other_files_are_one_row(tmp_path: Path) -> None:
    files = {f"shop/{name.replace('/', '/new/', 1)}": content for name, content in labelled().items()}
    others = {f"shop/lamp/new/{n}.ogg": b"OggS" for n in range(40)} | {
        "shop/a.txt": b"A lamp.",
        "shop/b.txt": b"A vase.",
    }
    path = write_zip(tmp_path / "set.zip", {**files, **others, "shop/lamp/new/drawn.svg": b"<svg></svg>"})
    table, _ = open_zip(path, "set.zip", HowToRead(None, None, None), Purpose.EXAMPLES, Task.IMAGE_IMAGE, ReadLimits())
    assert table.columns == ("picture", "label", "inner folder")
    assert ("shop/lamp/new/drawn.svg", "lamp", "lamp/new") in table.rows
    assert "its outer folder" in table.notes[0] and "“inner folder”" in table.notes[0]
    assert table.notes[1] == "2 texts such as “shop/a.txt” name no pictures and were passed over."
    (row,) = table.rejected
    assert "one of 40 files whose names end in “.ogg”" in row.reason


def test_parts_of_data_are_no_labels(tmp_path: Path) -> None:
    files = {f"{('train', 'test')[n % 2]}/{name}": content for n, (name, content) in enumerate(labelled().items())}
    assert set(split_of(prepared(write_zip(tmp_path / "set.zip", files))).data.labels.values()) == {
        "shirt",
        "vase",
        "lamp",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "cp1252"])
def test_names_in_any_encoding_are_found(encoding: str, tmp_path: Path) -> None:
    files = words_and_pictures()
    files["table.csv"] += "\na bowl,photos/grüße.jpg".encode()
    raw = "photos/grüße.jpg".encode(encoding)
    placeholder = b"photos/gr" + b"_" * (len(raw) - 14) + b"E.jpg"
    more = {placeholder.decode(): encoded(picture("lamp", 3), "JPEG")}
    path = write_zip(tmp_path / "set.zip", {**files, **more})
    assert len(raw) == len(placeholder)
    path.write_bytes(path.read_bytes().replace(placeholder, raw))
    assert not prepared(path, Task.TEXT_IMAGE).rejected


@pytest.mark.parametrize(
    "cell",
    [
        "photos\\0.jpg",
        "./photos/0.jpg",
        "/photos/0.jpg",
        "PHOTOS/0.JPG",
        "0.jpg",
        "C:\\Users\\me\\photos\\0.jpg",
        ' "photos/0.jpg" ',
    ],
)
def test_a_picture_is_found_however_its_name_is_written(cell: str, tmp_path: Path) -> None:
    files = words_and_pictures()
    quoted = cell.replace('"', '""')
    files["table.csv"] += f'\nanother search,"{quoted}"'.encode()
    result = prepared(write_zip(tmp_path / "set.zip", files), Task.TEXT_IMAGE)
    assert not result.rejected and result.receipt["n_queries"] == 31 and len(split_of(result).data.documents) == 30


@pytest.mark.parametrize("folder", ["", "data/", "a/b/"])
def test_names_are_relative_to_the_table(folder: str, tmp_path: Path) -> None:
    files = {f"{folder}{name}": content for name, content in words_and_pictures().items()}
    assert not prepared(write_zip(tmp_path / "set.zip", files), Task.TEXT_IMAGE).rejected


def test_of_several_tables_the_one_for_the_purpose_is_read_and_another_can_be_chosen(tmp_path: Path) -> None:
    files = words_and_pictures()
    files |= {"test.csv": b"words,picture\nseek this,photos/1.jpg\n", "train.csv": files.pop("table.csv")}
    path = write_zip(tmp_path / "set.zip", files)
    shown = preview(Source(path, "set.zip"), Purpose.EXAMPLES, task=Task.TEXT_IMAGE)
    assert (shown.sheet, shown.sheets, shown.n_rows) == ("train.csv", ["test.csv", "train.csv"], 30)
    assert preview(Source(path, "set.zip"), Purpose.QUESTIONS, task=Task.TEXT_IMAGE).n_rows == 1
    other = Source(path, "set.zip", sheet="test.csv")
    assert preview(other, Purpose.EXAMPLES, task=Task.TEXT_IMAGE).n_rows == 1


def test_of_several_tables_in_a_zip_that_could_be_it_one_is_asked_for(tmp_path: Path) -> None:
    files = words_and_pictures()
    table = files["table.csv"]
    sheets = {"Spring": [["words", "picture"], ["seek this", "photos/1.jpg"]], "Autumn": [["x"], ["seek that"]]}
    files |= {"older.csv": table, "book.xlsx": saved(workbook([], **sheets)), "list.csv": b"a,b\n1,2\n"}
    path = write_zip(tmp_path / "set.zip", files)
    with pytest.raises(TableQuestion, match=r"2 tables could be the examples: “older\.csv” and “table\.csv”") as asked:
        preview(Source(path, "set.zip"), Purpose.EXAMPLES, task=Task.TEXT_IMAGE)
    assert [each.n_rows for each in asked.value.candidates] == [30, 30]
    chosen = preview(Source(path, "set.zip", sheet="book.xlsx, sheet Spring"), Purpose.EXAMPLES, task=Task.TEXT_IMAGE)
    assert chosen.rows == [["seek this", "photos/1.jpg"]] and "book.xlsx, sheet Autumn" in chosen.sheets
    with pytest.raises(DataError, match=r"no table “x” in the ZIP\..*list\.csv, older\.csv"):
        preview(Source(path, "set.zip", sheet="x"), Purpose.EXAMPLES, task=Task.TEXT_IMAGE)
    del files["older.csv"]
    plain = preview(Source(write_zip(path, files), "set.zip"), Purpose.EXAMPLES, task=Task.TEXT_IMAGE)
    assert (plain.sheet, plain.n_rows) == ("table.csv", 30)
    assert "“list.csv” holds no table of this kind" in plain.notes[-1]


# --- Columns --------------------------------------------------------------------------------------------------------

PICTURES = {f"p/{n}.png": encoded(picture("vase", n)) for n in range(24)}


def shown_roles(
    tmp_path: Path, header: str, rows: list[str], task: Task | None = None, purpose: Purpose = Purpose.EXAMPLES
) -> tuple[str, list[str]]:
    table = "\n".join(([header] if header else []) + rows).encode()
    path = write_zip(tmp_path / "set.zip", {"t.csv": table, **PICTURES})
    shown = preview(Source(path, "set.zip"), purpose, task=task)
    return shown.task, [column["role"] for column in shown.columns]


WORDS = [f"something number {n}" for n in range(24)]
LABELS = [("red", "green", "blue")[n % 3] for n in range(24)]


@pytest.mark.parametrize(
    ("header", "left", "right", "expected"),
    [
        ("text,image", WORDS, list(PICTURES), ("text-image", ["query", "document"])),
        ("image,text", list(PICTURES), WORDS, ("text-image", ["document", "query"])),
        ("filepath,title", list(PICTURES), WORDS, ("text-image", ["document", "query"])),
        ("", WORDS, list(PICTURES), ("text-image", ["query", "document"])),
        ("x,y", list(PICTURES), WORDS, ("text-image", ["document", "query"])),
        ("image,label", list(PICTURES), LABELS, ("image-image", ["query", "label"])),
        ("category,photo", LABELS, list(PICTURES), ("image-image", ["label", "query"])),
        ("", list(PICTURES), LABELS, ("image-image", ["query", "label"])),
        ("file,x", list(PICTURES), LABELS, ("image-image", ["query", "label"])),
        ("anchor,positive", list(PICTURES), [*PICTURES][::-1], ("image-image", ["query", "document"])),
        ("positive,anchor", list(PICTURES), [*PICTURES][::-1], ("image-image", ["document", "query"])),
        ("", list(PICTURES), [*PICTURES][::-1], ("image-image", ["query", "document"])),
    ],
)
def test_task_and_roles_are_told_from_the_data(
    header: str, left: list[str], right: list[str], expected: tuple[str, list[str]], tmp_path: Path
) -> None:
    rows = [f"{a},{b}" for a, b in zip(left, right, strict=True)]
    assert shown_roles(tmp_path, header, rows) == expected


def test_three_columns_of_pictures_are_a_match_and_a_wrong_one(tmp_path: Path) -> None:
    names = list(PICTURES)
    rows = [f"{names[n]},{names[n - 1]},{names[n - 2]}" for n in range(24)]
    assert shown_roles(tmp_path, "a,b,c", rows)[1] == ["query", "document", "negative"]


@pytest.mark.parametrize(
    ("task", "header", "expected"),
    [(Task.TEXT_IMAGE, "image", ["document"]), (Task.IMAGE_IMAGE, "image,label", ["document", "label"])],
)
def test_a_catalogue_is_pictures_and_their_labels(task: Task, header: str, expected: list[str], tmp_path: Path) -> None:
    rows = [f"{name},{label}" if "," in header else name for name, label in zip(PICTURES, LABELS, strict=True)]
    assert shown_roles(tmp_path, header, rows, task, Purpose.CATALOGUE)[1] == expected


def test_the_preview_counts_what_is_there_and_shows_it(tmp_path: Path) -> None:
    files = words_and_pictures()
    files["table.csv"] = files["table.csv"].replace(b"photos/3.jpg", b"photos/gone.jpg")
    shown = preview(Source(write_zip(tmp_path / "set.zip", files), "set.zip"), Purpose.EXAMPLES, task=Task.TEXT_IMAGE)
    assert shown.columns[1]["reason"] == "29 of 30 values name a picture in the ZIP."
    assert shown.thumbnails["photos/0.jpg"].startswith("data:image/webp;base64,")
    assert shown.thumbnails["photos/gone.jpg"] == ""


# --- What becomes of them -------------------------------------------------------------------------------------------


def test_words_find_pictures_by_their_keys(tmp_path: Path) -> None:
    result = prepared(write_zip(tmp_path / "set.zip", words_and_pictures()), Task.TEXT_IMAGE)
    split = split_of(result)
    store = PictureStore(tmp_path / "set.pictures")
    assert split.data.task is Task.TEXT_IMAGE and all(key in store for key in split.data.documents.values())
    assert set(split.data.captions.values()) == {f"{n}.jpg" for n in range(30)}
    assert split.data.captions[split.data.documents["d1"]] == "0.jpg"
    assert len(result.gallery) == 24 and set(result.gallery[0]) == {"key", "caption", "words"}


def test_of_labelled_pictures_nobody_searches_among_those_that_judge(tmp_path: Path) -> None:
    split = split_of(prepared(write_zip(tmp_path / "set.zip", labelled(20))))
    data = split.data
    assert isinstance(data.relevance, LabelRelevance) and split.kind is SplitKind.NEW_QUESTIONS
    judging = {data.queries[query_id] for query_id in split.test}
    assert len(split.test) == 12 and not judging & set(data.documents.values())
    assert set(data.documents.values()) == {data.queries[query_id] for query_id in split.train}
    assert {data.documents[d]: data.queries[q] for d, q in data.twins.items()} == {
        p: p for p in data.documents.values()
    }
    for query_id in split.test:
        own = {d for d in data.documents if data.relevance.documents[d] == data.labels[query_id]}
        assert set(data.relevance[query_id]) == own and own
    assert not any(data.twins[d] == q for q in split.train for d in data.relevance[q])
    assert not data.learning_only and split.known_items == frozenset(split.test)


def test_with_a_catalogue_training_pictures_are_for_learning_only(tmp_path: Path) -> None:
    examples = write_zip(tmp_path / "e.zip", labelled(12))
    items = {
        f"{label}/c{n}.png": encoded(picture(label, 100 + n)) for label in ("shirt", "vase", "lamp") for n in range(5)
    }
    shared = {"shirt/0.png": labelled(1)["shirt/0.png"]}
    catalogue = write_zip(tmp_path / "c.zip", {**items, **shared})
    split = split_of(prepared(examples, catalogue=Source(catalogue, "c.zip")))
    data = split.data
    searched = {data.documents[d] for d in data.documents if d not in data.learning_only}
    assert split.receipt["n_documents"] == len(searched) == 16
    learned = {data.queries[q] for q in split.train}
    assert {data.documents[d] for d in data.learning_only} == learned - searched
    assert not {data.queries[q] for q in split.test} & {data.documents[d] for d in data.learning_only}


def test_own_test_pictures_judge_and_their_look_alikes_are_not_learned_from(tmp_path: Path) -> None:
    examples = labelled(12)
    brighter = ImageEnhance.Brightness(picture("vase", 3)).enhance(1.02)
    tests = {
        f"{label}/t{n}.png": encoded(picture(label, 200 + n)) for label in ("shirt", "vase", "lamp") for n in range(3)
    }
    path = write_zip(
        tmp_path / "t.zip",
        {
            **tests,
            "vase/like.png": encoded(brighter),
            "vase/same.png": examples["vase/5.png"],
            "sofa/a.png": encoded(picture("sofa")),
        },
    )
    result = prepared(write_zip(tmp_path / "e.zip", examples), questions=Source(path, "t.zip"))
    split = split_of(result)
    assert (len(split.test), len(split.train), split.receipt["n_left_out"]) == (11, 34, 2)
    assert {row["entry"] or row["values"][0]: row["reason"][:30] for row in result.rejected} == {
        "sofa/a.png": "has the label “sofa”, which no",
        "vase/3.png": "looks like one of your test pi",
        "vase/5.png": "looks like one of your test pi",
    }
    assert len(split.data.documents) == 34


def test_a_picture_that_could_find_only_itself_judges_nothing(tmp_path: Path) -> None:
    labels = {f"q{number}": ("shirt", "vase", "lamp")[number % 3] for number in range(60)}
    items = {f"c{number}": ("shirt", "vase")[number % 2] for number in range(10)} | {"only": "lamp"}
    documents = {f"d{name}": name for name in labels} | {name: name for name in items} | {"only": "q2"}
    del documents["dq2"]
    data = PairDataset(labels | {name: name for name in labels}, documents, {}, task=Task.IMAGE_IMAGE, labels=labels)
    data = replace(data, learning_only=frozenset(name for name in documents if name.startswith("d")))
    data = with_label_relevance(data, {name: items.get(name, labels.get(name[1:], "")) for name in documents})
    judged = [split_dataset(data, seed=seed).test for seed in range(20)]
    assert {data.labels[name] for test in judged for name in test} == {"shirt", "vase", "lamp"}
    assert not any("q2" in test for test in judged)

    examples = write_zip(tmp_path / "e.zip", files := labelled(12))
    one_lamp = {f"{label}/c{n}.png": encoded(picture(label, 100 + n)) for label in ("shirt", "vase") for n in range(5)}
    catalogue = write_zip(tmp_path / "c.zip", {**one_lamp, "lamp/only.png": files["lamp/0.png"]})
    tests = {f"{label}/t{n}.png": encoded(picture(label, 200 + n)) for label in ("shirt", "vase") for n in range(6)}
    own = write_zip(tmp_path / "t.zip", {**tests, "lamp/t.png": files["lamp/0.png"]})
    with pytest.raises(DataError, match=r"t\.zip: For 1 of your test pictures \(.* first\) there is no other picture"):
        prepared(examples, questions=Source(own, "t.zip"), catalogue=Source(catalogue, "c.zip"))


def test_look_alikes_stay_on_one_side_of_the_split_and_of_every_fold(tmp_path: Path) -> None:
    files = labelled(12)
    for number in range(12):
        files[f"lamp/again{number}.jpg"] = encoded(picture("lamp", number), "JPEG", quality=85)
    split = split_of(prepared(write_zip(tmp_path / "set.zip", files)))
    assert len(split.data.alike) == 12 and split.receipt["shared_queries"] == 0
    sides = [split.test, split.train, *(fold.learn for fold in make_folds(split, 3)[:1])]
    for side in sides:
        keys = {split.data.queries[q] for q in side}
        for twin, first in split.data.alike.items():
            assert (twin in keys) == (first in keys)


def test_pairs_of_pictures_never_judge_by_a_picture_that_was_learned_from(tmp_path: Path) -> None:
    pictures = {f"p/{n}.png": encoded(picture("vase", n)) for n in range(80)}
    rows = [f"p/{2 * n}.png,p/{2 * n + 1}.png" for n in range(40)] + ["p/1.png,p/0.png", "p/3.png,p/3.png"]
    table = "\n".join(["picture,similar", *rows]).encode()
    result = prepared(write_zip(tmp_path / "set.zip", {"t.csv": table, **pictures}))
    assert [row["reason"][:29] for row in result.rejected] == ["names the same picture twice,"]
    split = split_of(result)
    data = split.data
    assert len(data.queries) == 41 and len(data.twins) == 2
    seen = {p for q in split.train for p in (data.queries[q], *(data.documents[d] for d in data.relevance[q]))}
    assert not seen & {data.queries[q] for q in split.test}


def test_equal_pictures_are_one(tmp_path: Path) -> None:
    files = labelled()
    result = prepared(write_zip(tmp_path / "set.zip", {**files, "lamp/copy.png": files["lamp/0.png"]}))
    assert result.receipt["n_queries"] == 30
    assert next(f for f in result.findings if f["kind"] == "duplicates")["examples"] == ["0.png → lamp (2 times)"]


def test_findings_name_look_alikes_small_pictures_and_uneven_labels(tmp_path: Path) -> None:
    files = {f"lamp/{n}.png": encoded(picture("lamp", n, (30, 30))) for n in range(60)}
    files |= {f"{label}/{n}.png": encoded(picture(label, n)) for label in ("vase", "shirt") for n in range(3)}
    files |= {"lamp/like.jpg": encoded(picture("vase", 1), "JPEG", quality=80)}
    kinds = {finding["kind"] for finding in prepared(write_zip(tmp_path / "set.zip", files)).findings}
    assert {"look_alikes", "small_pictures", "dominating_label", "few_pictures_of_label"} <= kinds


def test_labels_are_kept_apart_only_with_a_catalogue(tmp_path: Path) -> None:
    files = {f"{label}/{n}.png": encoded(picture(label, n)) for label in "abcdefgh" for n in range(6)}
    path = write_zip(tmp_path / "set.zip", files)
    more = {f"{label}/{n}.png": encoded(picture(label, n)) for label in "abcdefgh" for n in range(50, 52)}
    items = Source(write_zip(tmp_path / "c.zip", more), "c.zip")
    with pytest.raises(DataError, match="Without a catalogue"):
        prepared(path, kind=SplitKind.NEW_ITEMS)
    split = split_of(prepared(path, kind=SplitKind.NEW_ITEMS, catalogue=items))
    tested, learned = ({split.data.labels[q] for q in part} for part in (split.test, split.train))
    assert tested and not tested & learned and not split.known_items


def test_frozen_labelled_data_come_back_as_they_were(tmp_path: Path) -> None:
    result = prepared(write_zip(tmp_path / "set.zip", labelled(40)))
    split, rejected = thaw(result.frozen)
    assert freeze(split, rejected) == result.frozen
    assert len(result.frozen) < 20_000, "the square of the pictures is not written out"
    broken = replace(split, data=replace(split.data, twins={"nobody": "q1"}))
    with pytest.raises(DataError, match="contradicts itself"):
        thaw(freeze(broken, []))


def test_the_child_process_reads_pictures_within_its_limits(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "set.zip", labelled())
    shown = preview_in_child(path, "set.zip", task=None)
    assert (shown.task, len(shown.thumbnails)) == ("image-image", 20)
    stored = tmp_path / "p.zip"
    result = prepare_in_child(Source(path, "set.zip"), task=Task.IMAGE_IMAGE, pictures=stored)
    assert result.receipt["n_queries"] == 30 and len(list(PictureStore(stored))) == 30


# --- Look-alikes ----------------------------------------------------------------------------------------------------


def _variants() -> dict[str, Image.Image]:
    drawn = picture("lamp", 1, (200, 160))
    again = Image.open(io.BytesIO(encoded(drawn, "JPEG", quality=40))).convert("RGB")
    bright = ImageEnhance.Brightness(drawn).enhance(1.02)
    return {"recompressed": again, "smaller": drawn.resize((100, 80)), "brighter": bright}


@pytest.mark.parametrize("how", ["recompressed", "smaller", "brighter"])
def test_the_same_photo_looks_the_same(how: str) -> None:
    looks = {"a": look_of(picture("lamp", 1, (200, 160))), "b": look_of(_variants()[how])}
    assert find_alike(looks) == {"b": "a"}


def test_different_pictures_do_not() -> None:
    looks = {str(n): look_of(picture(("lamp", "vase", "shirt")[n % 3], n)) for n in range(300)}
    assert len(find_alike(looks)) <= 2


def test_plain_pictures_are_told_apart_by_colour() -> None:
    looks = {colour: look_of(Image.new("RGB", (50, 50), colour)) for colour in ("red", "blue", "white", "black")}
    assert find_alike(looks) == {}
    assert find_alike({**looks, "again": looks["red"]}) == {"again": "red"}


def test_a_picture_store_of_an_archive_holds_no_names_from_outside(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "set.zip", labelled())
    prepared(path)
    with zipfile.ZipFile(tmp_path / "set.pictures") as archive:
        assert all(name.removeprefix("thumbnails/").split(".")[0].isalnum() for name in archive.namelist())
