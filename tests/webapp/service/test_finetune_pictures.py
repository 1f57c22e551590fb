"""The command's reading of pictures: beside their table, or in a ZIP; the task told from the data."""

from pathlib import Path

import pytest

from tests.trainer.data.files import saved, workbook
from tests.trainer.data.pictures import labelled, words_and_pictures, write_zip
from tests.webapp.service.test_finetune import finetune
from trainer.config import Task
from trainer.data.frozen import thaw
from trainer.data.picture_store import PictureStore
from webapp import bridge
from webapp.service.finetune_files import InputFile, InputProblems, frozen_data, task_of_data


def on_disk(folder: Path, files: dict[str, bytes]) -> Path:
    """The files in a folder; the path of its table."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder / "table.csv"


def labelled_on_disk(folder: Path) -> Path:
    files = labelled()
    rows = [f"{name},{name.split('/')[0]}" for name in files]
    return on_disk(folder, {"table.csv": "\n".join(["image,label", *rows]).encode(), **files})


def test_a_table_beside_its_pictures_is_read(tmp_path: Path) -> None:
    examples = InputFile(labelled_on_disk(tmp_path / "data"), "examples")
    assert task_of_data(examples) == "image-image"
    items = InputFile(write_zip(tmp_path / "items.zip", labelled(12)), "catalogue")
    stored = tmp_path / "pictures.zip"
    prepared = frozen_data(
        examples=examples, questions=None, catalogue=items, seed=1, task="image-image", pictures=stored
    )
    split, rejected = thaw(prepared.frozen)
    assert split.data.task is Task.IMAGE_IMAGE and not rejected and split.receipt["n_documents"] == 36
    with PictureStore(stored) as store:
        assert set(split.data.documents.values()) | set(split.data.queries.values()) == set(store)


def test_words_and_pictures_are_told_from_labels(tmp_path: Path) -> None:
    table = on_disk(tmp_path / "data", words_and_pictures())
    assert task_of_data(InputFile(table, "examples")) == "text-image"
    packed = write_zip(tmp_path / "data.zip", words_and_pictures())
    assert task_of_data(InputFile(packed, "examples")) == "text-image"


def test_tables_of_texts_stay_what_they_were(tmp_path: Path) -> None:
    table = tmp_path / "texts.csv"
    table.write_text("question,answer\n" + "\n".join(f"how {n},so {n}" for n in range(30)))
    assert task_of_data(InputFile(table, "examples")) == "text-text"
    table.write_bytes(b"")
    with pytest.raises(InputProblems, match="The file is empty"):
        task_of_data(InputFile(table, "examples"))


def test_pictures_that_are_not_there_end_with_status_2_and_their_name(tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    table = tmp_path / "alone" / "table.csv"
    table.write_bytes(words_and_pictures()["table.csv"])
    done = finetune(tmp_path, str(table))
    assert done.returncode == 2 and "photos/0.jpg" in done.stderr and "Traceback" not in done.stderr
    assert "is in the folder of the table" in done.stderr


def test_a_damaged_archive_ends_with_status_2(tmp_path: Path) -> None:
    packed = write_zip(tmp_path / "data.zip", words_and_pictures())
    packed.write_bytes(packed.read_bytes()[:3000])
    done = finetune(tmp_path, str(packed), "--task", "text-image")
    assert done.returncode == 2 and "data.zip: The ZIP is damaged" in done.stderr and "Traceback" not in done.stderr


def test_the_page_never_reads_beside_a_table(tmp_path: Path) -> None:
    table = labelled_on_disk(tmp_path / "data")
    with pytest.raises(bridge.DataError, match="not in this file"):
        bridge.read_preview(
            path=table,
            name="table.csv",
            purpose="examples",
            encoding=None,
            sheet=None,
            has_header=None,
            task="image-image",
        )


def test_of_several_sheets_the_command_asks_for_one_and_takes_it(tmp_path: Path) -> None:
    rows = [[f"how {n}", f"so {n % 20}"] for n in range(60)]
    book = workbook([["question", "answer"], *rows[:30]], Later=[["question", "answer"], *rows[30:]])
    (tmp_path / "book.xlsx").write_bytes(saved(book))
    done = finetune(tmp_path, str(tmp_path / "book.xlsx"))
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "book.xlsx: 2 sheets could be the examples: “Sheet” and “Later”." in done.stderr
    known = "“Sheet” (30 rows: question, answer); “Later” (30 rows: question, answer)."
    assert f"Say which with --sheet: {known}" in done.stderr
    examples = InputFile(tmp_path / "book.xlsx", "examples", sheet="Later")
    assert task_of_data(examples) == "text-text"
    made = frozen_data(examples=examples, questions=None, catalogue=None, seed=0, task="text-text", pictures=None)
    assert set(thaw(made.frozen)[0].data.queries.values()) == {question for question, _ in rows[30:]}
