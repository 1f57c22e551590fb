import json
from pathlib import Path

import pytest

from tests.trainer.evaluation.factory import make_report
from trainer.errors import DataError
from trainer.report import read_report, report_bytes, write_report


def test_write_and_read(tmp_path: Path) -> None:
    report = make_report()
    report["queries"][0]["query"] = "broken \udc80 text ✓"
    write_report(report, tmp_path / "report.json")
    assert read_report(tmp_path / "report.json") == report
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_written_report_does_not_tell_where_the_base_model_lay(tmp_path: Path) -> None:
    folder = tmp_path / "private" / "our-model"
    for base_model, told in (
        (str(folder), "our-model"),
        (f"{folder}/", "our-model"),
        ("minilm-l6", "minilm-l6"),
        ("sentence-transformers/all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"),
    ):
        report = make_report()
        report["base_model"] = base_model
        content = report_bytes(report)
        assert read_report(content)["base_model"] == told
        assert b"private" not in content
        assert report["base_model"] == base_model, "a run goes on with the path"


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    report = make_report()
    write_report(report, tmp_path / "report.json")
    broken = make_report(seconds={"total": float("inf")})
    with pytest.raises(ValueError, match="Out of range"):
        write_report(broken, tmp_path / "report.json")
    assert read_report(tmp_path / "report.json") == report


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "report.json: The report cannot be read. Repeat the run."),
        (b"[1]", "reads reports of format 1; this one has None"),
        (b'{"format": 2}', "this one has 2"),
        (b'{"format": 1, "blend": NaN}', "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
    ],
)
def test_a_bad_file_is_explained(content: bytes, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_report(content)
    assert message in str(caught.value)


def test_a_missing_part_is_named() -> None:
    report = json.loads(report_bytes(make_report()))
    del report["verdict"]
    with pytest.raises(DataError, match="lacks verdict"):
        read_report(json.dumps(report).encode())


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.json: The report cannot be read"):
        read_report(tmp_path / "gone.json")
