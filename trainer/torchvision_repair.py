"""Lets torchvision be imported where its build does not fit torch's, as its default build beside a CPU build of torch.

Its compiled part then does not load, and `import torchvision` fails with "operator torchvision::nms does not exist"; so
do transformers, timm and open_clip, which import it. Only its resizing of pictures is needed, which is plain Python:
with the missing operators declared, the rest can be imported. Where the plain import works, nothing is done.
"""

import sys
import sysconfig
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

_OPERATORS = ("nms", "qnms")
_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_kept: list[Any] = []  # a torch.library.Library takes its operators with it when it goes


class _Finder(MetaPathFinder):
    """Stands before Python's own finders, for one name."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "torchvision":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module = _repaired(spec.loader.exec_module)  # type: ignore[method-assign, assignment]
        return spec


def repair_on_import() -> None:
    """From now on the first import of torchvision, whoever makes it, is repaired where it fails. Imports nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def repair_environment(folder: Path | None = None) -> bool:
    """Has every program of this Python environment repaired, not only ours, where torchvision cannot be imported:
    so that the standard libraries load a finished model here as they do anywhere else. Whether that was needed.

    folder: where the environment has its packages.
    """
    repair_on_import()
    # Imported here because only the installation asks for this.
    import torchvision  # noqa: F401

    if not _kept:
        return False
    folder = folder or Path(sysconfig.get_paths()["purelib"])
    (folder / "torchvision_repair.py").write_bytes(Path(__file__).read_bytes())
    (folder / "torchvision_repair.pth").write_text("import torchvision_repair; torchvision_repair.repair_on_import()\n")
    return True


def _repaired(run: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
    def exec_module(module: ModuleType) -> None:
        try:
            run(module)
        except RuntimeError as error:
            if "torchvision::nms" not in str(error):
                raise
            _declare_operators()
            run(module)

    return exec_module


def _declare_operators() -> None:
    # Imported here because only a broken torchvision needs it; by now torchvision has imported it anyway.
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for name in _OPERATORS:
        library.define(f"{name}{_SIGNATURE}")
    _kept.append(library)
