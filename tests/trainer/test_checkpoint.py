from pathlib import Path

import pytest
import torch

from trainer.checkpoint import check_finite, check_free_disk, read_tensors, write_tensors
from trainer.errors import ResourceError, TrainingError


def test_round_trip_only_for_the_same_fingerprint(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "state.safetensors"
    write_tensors(file, {"a": torch.arange(6.0).reshape(2, 3).T}, {"fingerprint": "x", "step": 3})
    stored = read_tensors(file, "x")
    assert stored is not None
    assert torch.equal(stored[0]["a"], torch.arange(6.0).reshape(2, 3).T)
    assert stored[1]["step"] == 3
    assert read_tensors(file, "y") is None
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("content", [b"", b"\x00" * 50, b"\xff" * 16])
def test_a_broken_file_is_no_state(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "state.safetensors"
    file.write_bytes(content)
    assert read_tensors(file, "x") is None


def test_numbers_that_are_none_are_refused() -> None:
    check_finite({"fine": torch.ones(3)})
    with pytest.raises(TrainingError, match="bad"):
        check_finite({"fine": torch.ones(3), "bad": torch.tensor([1.0, torch.nan])})


def test_a_full_disk_is_named_before_writing(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="MB free"):
        check_free_disk(tmp_path, 1 << 60)
