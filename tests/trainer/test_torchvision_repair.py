import os
import subprocess
import sys
from pathlib import Path

import pytest

from trainer import torchvision_repair
from trainer.torchvision_repair import repair_environment

FAILS_AS_IT_DOES = """
import torch
try:
    torch.ops.torchvision.nms, torch.ops.torchvision.qnms
except AttributeError:
    raise RuntimeError("operator torchvision::nms does not exist") from None
"""


def run(program: str, path: Path) -> subprocess.CompletedProcess[str]:
    """In a fresh process that finds packages in `path` first."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(path), str(Path.cwd())])}
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=120)


def make_torchvision(folder: Path, source: str) -> None:
    (folder / "torchvision").mkdir()
    (folder / "torchvision" / "__init__.py").write_text(source)


@pytest.mark.parametrize(
    ("source", "repaired", "error"),
    [
        (FAILS_AS_IT_DOES, True, ""),
        ("", False, ""),
        ("raise RuntimeError('another trouble')", False, "another trouble"),
    ],
)
def test_acts_only_where_that_very_import_fails(tmp_path: Path, source: str, repaired: bool, error: str) -> None:
    make_torchvision(tmp_path, source)
    program = (
        "import sys, trainer, trainer.torchvision_repair as r\ntry: import torchvision\nfinally: print(bool(r._kept))"
    )
    done = run(program, tmp_path)
    assert done.stdout.strip() == str(repaired)
    assert (done.returncode == 0) is not bool(error), done.stderr
    assert error in done.stderr


def test_the_model_libraries_can_be_imported_and_trainer_stays_light(tmp_path: Path) -> None:
    program = (
        "import sys, trainer; assert 'torch' not in sys.modules and 'torchvision' not in sys.modules\n"
        "import sentence_transformers, timm, open_clip\n"
        "from transformers import BertModel\n"
        "from torchvision import transforms"
    )
    done = run(program, tmp_path)
    assert done.returncode == 0, done.stderr


def test_an_environment_that_needs_it_is_repaired_for_every_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torchvision  # noqa: F401 the first import is the one that is repaired

    monkeypatch.setattr(torchvision_repair, "_kept", [])
    assert not repair_environment(tmp_path)
    monkeypatch.setattr(torchvision_repair, "_kept", [object()])
    assert repair_environment(tmp_path)

    make_torchvision(tmp_path, FAILS_AS_IT_DOES)
    # What Python does with a .pth file of its own packages.
    line = (tmp_path / "torchvision_repair.pth").read_text()
    done = run(f"{line}import torchvision, sys; assert 'trainer' not in sys.modules", tmp_path)
    assert done.returncode == 0, done.stderr
