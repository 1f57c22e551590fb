"""A catalogue of pictures beside examples and test questions of one's own: what is searched among, in words."""

from pathlib import Path

from tests.trainer.data.pictures import encoded, picture, write_zip
from trainer.config import Task
from trainer.data.prepare import prepare
from trainer.data.sources import Source


def test_pictures_that_own_tests_leave_out_of_the_search_are_not_called_added_to_it(tmp_path: Path) -> None:
    def files(count: int, first: int) -> dict[str, bytes]:
        """Rows that name other pictures, in other words, for each `first`."""
        rows = [f"{chr(97 + first)}{chr(97 + n)} {n * first + n},{first + n}.png" for n in range(count)]
        pictures = {f"{first + n}.png": encoded(picture("vase", first + n)) for n in range(count)}
        return {"table.csv": "\n".join(["words,picture", *rows]).encode(), **pictures}

    tests = write_zip(tmp_path / "t.zip", files(12, 20))
    catalogue = write_zip(
        tmp_path / "c.zip", {name: content for name, content in files(12, 20).items() if "png" in name}
    )
    path = write_zip(tmp_path / "e.zip", files(20, 0))
    result = prepare(
        Source(path, path.name),
        task=Task.TEXT_IMAGE,
        pictures=tmp_path / "pictures",
        questions=Source(tests, "t.zip"),
        catalogue=Source(catalogue, "c.zip"),
    )
    (finding,) = [each for each in result.findings if each["kind"] == "not_in_catalogue"]
    assert (finding["count"], finding["severity"], result.receipt["n_documents"]) == (20, "info", 12)
    assert "added" not in finding["why"] and "not searched among" in finding["why"]
    assert len(finding["example_pictures"]) == 5
