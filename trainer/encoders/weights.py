"""A look into safetensors files without torch: is this really one, and are all its numbers numbers?"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from trainer.errors import ModelError

_HEADER_LIMIT = 100_000_000  # bytes; the format's own limit

_FLOATS: dict[str, np.dtype[Any]] = {"F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2")}

_BF16_EXPONENT = 0x7F80  # all exponent bits set means infinity or not a number


def check_weights(file: Path) -> None:
    """Raises ModelError when `file` is no sound safetensors file or holds NaN or infinity."""
    size = file.stat().st_size
    header, start = _read_header(file, size)
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        try:
            dtype, (low, high) = entry["dtype"], entry["data_offsets"]
        except (KeyError, TypeError, ValueError):
            raise _broken(file, "its header is damaged") from None
        if not 0 <= low <= high <= size - start:
            raise _broken(file, "it is cut off")
        if high > low and not _is_finite(file, dtype, start + low, high - low):
            raise ModelError(
                f"The weights “{name}” in {file.name} hold values that are not numbers.",
                "The model is damaged: copy its folder again from where it came.",
            )


def _read_header(file: Path, size: int) -> tuple[dict[str, Any], int]:
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if size < 10 or not 2 <= length <= min(size - 8, _HEADER_LIMIT):
            raise _broken(file, "it is not a safetensors file")
        try:
            header = json.loads(stream.read(length))
        except (ValueError, RecursionError):
            raise _broken(file, "it is not a safetensors file") from None
    if not isinstance(header, dict):
        raise _broken(file, "its header is damaged")
    return header, 8 + length


def _is_finite(file: Path, dtype: str, offset: int, size: int) -> bool:
    if dtype == "BF16":
        bits = np.memmap(file, dtype="<u2", mode="r", offset=offset, shape=(size // 2,))
        return not bool(((bits & _BF16_EXPONENT) == _BF16_EXPONENT).any())
    if dtype not in _FLOATS:
        return True
    kind = _FLOATS[dtype]
    values = np.memmap(file, dtype=kind, mode="r", offset=offset, shape=(size // kind.itemsize,))
    # A sum is finite when all values are, unless it overflows: only then look at each of them.
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values.sum(dtype=np.float64))) or bool(np.isfinite(values).all())


def _broken(file: Path, why: str) -> ModelError:
    return ModelError(
        f"The weights file {file.name} cannot be used: {why}.", "Copy the model's folder again from where it came."
    )
