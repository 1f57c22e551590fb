"""What the classes of ImageNet are called, embedded: a thousand texts, which take seconds and never change.

Where the environment names a folder, TAILOR_CACHE, they are kept there; each is found by all that it depends on.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from timm.data import ImageNetInfo
from torch import Tensor

from trainer.encoders.text import TextEncoder


def class_texts() -> list[str]:
    """What each of the thousand classes is called and what it is, in order."""
    names: Any = ImageNetInfo()
    return [names.index_to_description(number, detailed=True) for number in range(1000)]


def gloss_of(text: TextEncoder) -> Tensor:
    """(1000, d): the classes' texts, embedded by `text`."""
    texts, asked = class_texts(), os.environ.get("TAILOR_CACHE")
    if not asked:
        return _embedded(text, texts)
    file = Path(asked) / f"gloss-{_fingerprint(text, texts)}.safetensors"
    gloss = _read(file, (len(texts), text.embedding_size))
    if gloss is None:
        gloss = _embedded(text, texts)
        _write(file, gloss)
    return gloss


def _embedded(text: TextEncoder, texts: list[str]) -> Tensor:
    return torch.from_numpy(text.encode(texts))


def _fingerprint(text: TextEncoder, texts: list[str]) -> str:
    """Of all that the embeddings depend on: texts, weights, how much of a text is read, and what computes."""
    digest = hashlib.sha256("\n".join([*texts, str(text.max_tokens), str(text.device), torch.__version__]).encode())
    for name, weight in sorted(text.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.detach().to("cpu", torch.float32).contiguous().numpy())
    return digest.hexdigest()[:24]


def _read(file: Path, shape: tuple[int, int]) -> Tensor | None:
    """None where there is none that can be used."""
    try:
        gloss = load_file(file).get("gloss")
    except (OSError, SafetensorError):
        return None
    return gloss if gloss is not None and gloss.shape == shape and bool(gloss.isfinite().all()) else None


def _write(file: Path, gloss: Tensor) -> None:
    """Whole or not at all; a folder that cannot be written to costs the seconds again, and nothing else."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file({"gloss": gloss}, temporary)
        temporary.replace(file)
    except (OSError, SafetensorError):
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
