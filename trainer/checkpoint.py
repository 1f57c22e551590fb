"""Tensors on disk: written whole or not at all, in safetensors with JSON beside them, never in pickle."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from trainer.errors import ResourceError, TrainingError

Weights = dict[str, Tensor]
"""Parameters by name, on the CPU."""

_FACTS = "facts"  # the key of our JSON in the safetensors header, which takes strings only


def write_tensors(file: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Writes tensors and JSON facts as one file: to a temporary name, synced, then renamed.

    Raises ResourceError when the disk is full.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    check_free_disk(file.parent, sum(tensor.nbytes for tensor in tensors.values()))
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        plain = {name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()}
        save_file(plain, temporary, metadata={_FACTS: json.dumps(facts)})
        sync(temporary)
        temporary.replace(file)
        sync(file.parent)
    except (OSError, SafetensorError) as error:
        raise ResourceError(
            f"The state of the run could not be written to {file.parent}: {error}",
            "Free some space on that disk, check that the folder can be written to, and start the run again.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def read_tensors(file: Path, fingerprint: str) -> tuple[Weights, dict[str, Any]] | None:
    """What `write_tensors` wrote, or None when there is no sound file whose facts hold this `fingerprint`."""
    if not file.exists():
        return None
    try:
        with safe_open(file, framework="pt") as stream:
            facts = json.loads((stream.metadata() or {}).get(_FACTS, "{}"))
            if facts.get("fingerprint") != fingerprint:
                return None
            return {name: stream.get_tensor(name) for name in stream.keys()}, facts  # noqa: SIM118 no mapping
    except (OSError, SafetensorError, ValueError, AttributeError):
        return None


def sync(path: Path) -> None:
    """Has the operating system put a file or folder on the disk itself."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_free_disk(folder: Path, needed: int) -> None:
    """Raises ResourceError unless `needed` bytes, and a little more, are free where `folder` is."""
    free = shutil.disk_usage(folder).free
    if free < needed + 50_000_000:
        raise ResourceError(
            f"The disk that holds {folder} has only {free / 1e6:,.0f} MB free; {needed / 1e6 + 50:,.0f} MB are needed.",
            "Free some space, or remove old runs, and start the run again.",
        )


def check_finite(weights: Mapping[str, Tensor]) -> None:
    """Raises TrainingError when a weight is not a number: such a model must never be published."""
    for name, tensor in weights.items():
        if not bool(torch.isfinite(tensor).all()):
            raise TrainingError(
                f"Training gave weights that are not numbers (“{name}”), so the model was thrown away.",
                "Start again with a lower learning rate, or with the Quick preset.",
            )
