"""The corpus: every file gives what is written beside it, and leaves nothing behind."""

import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.trainer.data.corpus import CASES
from tests.trainer.data.corpus.cases import LIMITS, Case
from tests.trainer.data.files import write
from trainer.data.child import prepare_in_child, preview_in_child
from trainer.data.prepare import prepare, preview
from trainer.data.reading import read_table
from trainer.data.roles import Purpose
from trainer.data.sources import Source, open_source
from trainer.errors import DataError

NOT_FOR_PEOPLE = ("Traceback", "Error", "Exception", "None", "codec", "0x", "/tmp")  # noqa: S108 - a word to look for


@pytest.fixture(autouse=True)
def _leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Temporary files go to a folder that must be empty afterwards."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("TMPDIR", str(scratch))
    yield scratch
    assert list(scratch.iterdir()) == []


def source(case: Case, folder: Path) -> Source:
    path = write(folder, case.name, case.made())
    return Source(path, case.name, None, case.encoding, case.sheet, case.has_header)


def message_of(error: DataError) -> str:
    message = str(error)
    assert not any(word in message for word in NOT_FOR_PEOPLE), message
    json.dumps(message).encode()
    return message


def check_read(case: Case, given: Source) -> None:
    """The table as it stands, and the roles that its columns seem to have."""
    table = open_source(given, Purpose.EXAMPLES, case.task, LIMITS).table
    if case.columns is not None:
        assert table.columns == case.columns
    if case.rows is not None:
        assert table.rows == list(case.rows)
        assert table.rejected == []
    if case.n_rows is not None:
        assert len(table.rows) == case.n_rows
    shown = preview(given, Purpose.EXAMPLES, LIMITS, case.task)
    json.dumps(shown.as_dict()).encode()
    assert shown.n_rows == len(table.rows)
    guessed = {column["name"]: column["role"] for column in shown.columns}
    assert {name: guessed[name] for name in case.roles} == case.roles
    assert all(column["reason"] and 0 < column["confidence"] <= 1 for column in shown.columns)


def check_spared(case: Case, given: Source, folder: Path) -> None:
    """The rows left out, by their places, and the others in use."""
    prepared = prepare(given, limits=LIMITS, task=case.task, pictures=folder / "store.zip")
    found = {row["row"] or row["entry"]: row["reason"] for row in prepared.rejected}
    assert set(found) == set(case.rejected), found
    for place, reason in case.rejected.items():
        assert reason in found[place]
        assert found[place].endswith(".") and not any(word in found[place] for word in NOT_FOR_PEOPLE)
    assert prepared.receipt["n_rejected"] == len(found)
    assert prepared.n_queries == case.n_rows


@pytest.mark.parametrize("case", CASES, ids=[case.kind for case in CASES])
def test_every_file_gives_what_is_written_beside_it(case: Case, tmp_path: Path) -> None:
    given = source(case, tmp_path)
    if case.refused:
        with pytest.raises(DataError) as caught:
            prepare(given, limits=LIMITS, task=case.task, pictures=tmp_path / "store.zip")
        message = message_of(caught.value)
        assert message.startswith(case.name)
        assert all(word in message for word in case.refused), message
        if case.row is not None:
            assert f"row {case.row:,}" in message.partition(":")[0], message
        return
    if case.rejected:
        check_spared(case, given, tmp_path)
        return
    check_read(case, given)


def test_the_corpus_is_large_and_each_file_stands_alone() -> None:
    assert len(CASES) >= 300
    assert len({case.kind for case in CASES}) == len(CASES)
    kinds = Counter("refused" if case.refused else "spared" if case.rejected else "good" for case in CASES)
    assert kinds["good"] >= 100 and kinds["refused"] >= 80 and kinds["spared"] >= 50
    contents = Counter(case.made() for case in CASES if not case.ending.startswith(("x", "zip")))
    assert len(contents) > 0.8 * contents.total()


IN_CHILD = [case for case in CASES if not case.rejected][::60]


@pytest.mark.parametrize("case", IN_CHILD, ids=[case.kind for case in IN_CHILD])
def test_the_child_process_says_the_same(case: Case, tmp_path: Path) -> None:
    given = source(case, tmp_path)
    options = (case.encoding, case.sheet, case.has_header)
    if case.refused:
        with pytest.raises(DataError) as here:
            prepare(given, limits=LIMITS, task=case.task, pictures=tmp_path / "store.zip")
        with pytest.raises(DataError) as there:
            prepare_in_child(given, limits=LIMITS, task=case.task, pictures=tmp_path / "store.zip")
        assert str(there.value) == str(here.value)
    else:
        answer = preview_in_child(given.path, case.name, Purpose.EXAMPLES, LIMITS, *options, task=case.task)
        assert answer == preview(given, Purpose.EXAMPLES, LIMITS, case.task)


def test_a_file_may_be_called_anything(tmp_path: Path) -> None:
    for name in ("a b.csv", "größe.csv", "漢字.csv", "no ending", ".csv", "a" * 200 + ".csv", "semi;colon.csv"):
        assert read_table(write(tmp_path, name, b"question,answer\na,b\n"), name).rows == [("a", "b")]
