"""One door to every encoder. What reads pictures is imported when it is needed: a run about texts does without."""

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from trainer.config import Precision, Task
from trainer.data.picture_store import PictureStore
from trainer.encoders.catalogue import resolve_base_model
from trainer.encoders.model_folders import kind_of
from trainer.encoders.packaged import LITE0_FILE
from trainer.encoders.text import TextEncoder

if TYPE_CHECKING:
    from trainer.encoders.clip import ClipEncoder
    from trainer.encoders.dual import DualEncoder
    from trainer.encoders.picture import PictureEncoder

AnyEncoder: TypeAlias = "TextEncoder | PictureEncoder | DualEncoder | ClipEncoder"
PicturesEncoder: TypeAlias = "PictureEncoder | DualEncoder | ClipEncoder"


def load_encoder(
    task: Task,
    source: Path | str,
    pictures: PictureStore | None = None,
    *,
    device: str | None = None,
    precision: Precision = Precision.AUTO,
    max_tokens: int | None = None,
    allow_hub: bool = False,
) -> AnyEncoder:
    """The encoder of a base model's name, or of a folder that is checked already or that an encoder saved.

    source: a string is resolved and checked by `catalogue.resolve_base_model`; a Path is taken as it is.
    pictures: where keys are looked up. max_tokens: shortens the limit of a text model. Raises ModelError.
    """
    folder = resolve_base_model(source, task=task, allow_hub=allow_hub) if isinstance(source, str) else source
    kind = kind_of(folder, task)
    if kind == "text":
        return TextEncoder.load(folder, device=device, max_tokens=max_tokens, precision=precision)
    if kind == "dual":
        from trainer.encoders.dual import DualEncoder

        saved = None if (folder / LITE0_FILE).exists() else folder
        return DualEncoder.load(saved, pictures=pictures, device=device, precision=precision, max_tokens=max_tokens)
    if kind == "timm":
        from trainer.encoders.picture import PictureEncoder

        return PictureEncoder.load(folder, pictures=pictures, device=device, precision=precision)
    from trainer.encoders.clip import ClipEncoder

    return ClipEncoder.load(folder, task=task, pictures=pictures, device=device, precision=precision)
