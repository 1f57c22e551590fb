"""What the Makefile decides before it does anything."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def index_of(environment: Path, *named: str) -> str:
    """Where `make` would install PyTorch from, given this virtual environment."""
    done = subprocess.run(
        ["make", "-s", f"VENV={environment}", *named, "--eval=show: ; @echo $(TORCH_INDEX)", "show"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_an_upgrade_keeps_a_pytorch_for_gpus(tmp_path: Path) -> None:
    assert index_of(tmp_path) == ""
    (tmp_path / ".torch").write_text("torch==2.13.0 https://example.org/whl/cu130\n")
    assert index_of(tmp_path) == "https://example.org/whl/cu130"
    assert index_of(tmp_path, "TORCH_INDEX=https://example.org/whl/cu140") == "https://example.org/whl/cu140"
