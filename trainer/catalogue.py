"""A catalogue of a person's own, embedded by both models of a run, so that the live search can search it."""

from collections.abc import Callable
from pathlib import Path

from trainer.config import Task
from trainer.data.items import Items
from trainer.data.picture_store import PictureStore
from trainer.encoders.base import OnShare, Side
from trainer.encoders.catalogue import resolve_base_model
from trainer.encoders.loading import load_encoder
from trainer.index import Floats, write_index
from trainer.memory import release_memory


def embed_catalogue(
    items: Items,
    *,
    model_folder: Path,
    base_model: str,
    task: Task | str,
    pictures: Path | None,
    output: Path,
    allow_hub: bool,
    on_share: OnShare,
) -> None:
    """Write the index folder `output` of `items`, as a run writes its own.

    pictures: the file of the pictures that the items name. on_share: called with the share (0…1) of the work that is
    done; may raise to stop. Raises ModelError when a model is missing.
    """
    task = Task(task)
    base = resolve_base_model(base_model, task=task, allow_hub=allow_hub)
    store = PictureStore(pictures) if pictures else None

    def embedded(source: Path, done: float) -> Floats:
        encoder = load_encoder(task, source, pictures=store)
        found: Floats = encoder.encode(items.texts, side=Side.DOCUMENT, on_share=_half(on_share, done))
        del encoder
        release_memory()  # the other model needs it
        return found

    before, after = embedded(base, 0.0), embedded(model_folder, 0.5)
    names = [f"d{number}" for number in range(1, len(items.texts) + 1)]
    labels = {name: items.labels[text] for name, text in zip(names, items.texts, strict=True) if text in items.labels}
    write_index(output, names, items.texts, before, after, captions=items.captions, labels=labels)
    on_share(1.0)


def _half(on_share: OnShare, done: float) -> Callable[[float], None]:
    return lambda share: on_share(done + share / 2)
