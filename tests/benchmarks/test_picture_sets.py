"""The picture benchmark, on reports that are already there."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks import picture_sets


@pytest.mark.parametrize(("scores", "status", "words"), [((0.74, 0.70), 0, "met"), ((0.74, 0.68), 1, "MISSED")])
def test_the_mean_of_the_seeds_is_held_against_the_target(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    scores: tuple[float, float],
    status: int,
    words: str,
) -> None:
    for name, heading in (("fashion", "image,label"), ("texts", "document")):
        folder = tmp_path / "sets" / name
        folder.mkdir(parents=True)
        for file in ("test.csv", "train_300.csv"):
            (folder / file).write_text(heading + "\n", encoding="utf-8")
    for seed, score in enumerate(scores):
        folder = tmp_path / "out" / f"fashion-300-quick-{seed}"
        folder.mkdir(parents=True)
        report = {"task": "image-image", "before": {"map@10": 0.65}, "after": {"map@10": score}, "verdict": "better"}
        (folder / "report.json").write_text(json.dumps(report | {"seconds": {"fit": 4.0}}), encoding="utf-8")
    arguments = ["--data", str(tmp_path / "sets"), "--out", str(tmp_path / "out"), "--seeds", "0,1"]
    monkeypatch.setattr(sys, "argv", ["picture_sets", *arguments, "--presets", "quick"])
    with pytest.raises(SystemExit) as ended:
        picture_sets.main()
    assert ended.value.code == status
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| fashion")]
    assert f"| 300 | *Quick* | 2 | map@10 | 0.650 | {sum(scores) / 2:.3f}" in row and row.endswith(f"{words} |")
