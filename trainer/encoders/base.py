"""What every encoder can do, whatever it embeds."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np

OnShare = Callable[[float], None]
"""Called now and then with the share (0…1) that is encoded; may raise to stop."""


class Side(StrEnum):
    """Which side of a search a text or picture stands on; some models put another prompt before each."""

    QUERY = "query"
    DOCUMENT = "document"


class Encoder(Protocol):
    """A network that gives embeddings, with the folder that it came from or will be saved to."""

    @property
    def embedding_size(self) -> int:
        """Dimensions of an embedding."""

    @property
    def max_tokens(self) -> int:
        """Longest text that is read to its end, in tokens; what is beyond it is cut. 0 where no texts are read."""

    def encode(
        self, items: Sequence[str], /, *, side: Side | None = None, on_share: OnShare | None = None, fast: bool = False
    ) -> np.ndarray:
        """Embeddings (len(items), embedding_size), float32, each of length 1, in the order of `items`.

        items: texts, or pictures by their keys in the encoder's `PictureStore`; the side says which, where it differs.
        fast: a little less exact where the machine is quicker that way.
        """

    def save(self, folder: Path) -> None:
        """Writes a folder that the encoder's standard library loads by itself."""
