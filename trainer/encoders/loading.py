"""One door to every encoder."""

from pathlib import Path

from trainer.config import Precision, Task
from trainer.data.picture_store import PictureStore
from trainer.encoders.clip import ClipEncoder
from trainer.encoders.dual import DualEncoder
from trainer.encoders.model_folders import kind_of
from trainer.encoders.packaged import LITE0_FILE
from trainer.encoders.picture import PictureEncoder
from trainer.encoders.text import TextEncoder

AnyEncoder = TextEncoder | PictureEncoder | DualEncoder | ClipEncoder
PicturesEncoder = PictureEncoder | DualEncoder | ClipEncoder


def load_encoder(
    task: Task,
    folder: Path,
    pictures: PictureStore | None = None,
    *,
    device: str | None = None,
    precision: Precision = Precision.AUTO,
    max_tokens: int | None = None,
) -> AnyEncoder:
    """The encoder for a folder that `catalogue.resolve_base_model` has checked, or that an encoder saved.

    pictures: where keys are looked up. max_tokens: shortens the limit of a text model. Raises ModelError.
    """
    kind = kind_of(folder, task)
    if kind == "text":
        return TextEncoder.load(folder, device=device, max_tokens=max_tokens, precision=precision)
    if kind == "dual":
        saved = None if (folder / LITE0_FILE).exists() else folder
        return DualEncoder.load(saved, pictures=pictures, device=device, precision=precision, max_tokens=max_tokens)
    if kind == "timm":
        return PictureEncoder.load(folder, pictures=pictures, device=device, precision=precision)
    return ClipEncoder.load(folder, task=task, pictures=pictures, device=device, precision=precision)
