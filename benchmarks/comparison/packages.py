"""Where the packages are that only sentence-transformers' trainer needs. Imports nothing of either side."""

import importlib.util
import os
import sys
from pathlib import Path

TRAINER_PACKAGES = Path(sys.prefix) / "bench"
"""Where `make bench` puts them: Tailor does without, and is measured without."""


def path_with_trainer() -> str:
    """The PYTHONPATH of a process that uses the trainer. Raises ValueError, naming the remedy, when it is missing."""
    if not TRAINER_PACKAGES.is_dir() and not (importlib.util.find_spec("datasets") and _has_accelerate()):
        raise ValueError(
            "sentence-transformers' trainer needs packages that Tailor does not. Install them with\n"
            f"{sys.executable} -m pip install --no-deps --target {TRAINER_PACKAGES} -r requirements-bench.txt"
        )
    places = [str(TRAINER_PACKAGES) if TRAINER_PACKAGES.is_dir() else "", os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(filter(None, places))


def start_again_with_trainer(module: str) -> None:
    """Starts this process anew as `python -m module` where it cannot import the trainer. transformers looks once, while
    it is imported, which packages there are; so they must be there from the first moment."""
    if not _has_accelerate():
        environment = os.environ | {"PYTHONPATH": path_with_trainer()}
        os.execve(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]], environment)  # noqa: S606 - ourselves


def _has_accelerate() -> bool:
    return importlib.util.find_spec("accelerate") is not None
