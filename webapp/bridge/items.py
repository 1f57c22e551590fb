"""The items of a catalogue that somebody brings to the live search (webapp/search)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.progress import ShouldStop, never
from webapp.bridge import read_limits

if TYPE_CHECKING:
    from trainer.data.items import Items


def read_items(
    *,
    path: Path,
    name: str,
    task: str,
    pictures: Path | None,
    encoding: str | None = None,
    sheet: str | None = None,
    has_header: bool | None = None,
    column: str | None = None,
    should_stop: ShouldStop = never,
) -> tuple["Items", dict[str, Any]]:
    """The items of a catalogue's file, read in a limited child process, and what a page tells of the reading. Pictures
    are written to the file `pictures`. Raises DataError, EncodingQuestion or TableQuestion where only a person can
    tell, and Cancelled once `should_stop()`."""
    from trainer.config import Task
    from trainer.data.child import items_in_child
    from trainer.data.sources import Source

    source = Source(path, name, None, encoding, sheet, has_header)
    return items_in_child(source, Task(task), read_limits(task), should_stop, pictures, column)


def embed_catalogue(items: "Items", **facts: Any) -> None:
    """Write an index of the items by both models of a run; `facts` as in trainer.catalogue. Raises ModelError."""
    # Imported here because it loads torch.
    from trainer.catalogue import embed_catalogue as embed

    embed(items, **facts)
