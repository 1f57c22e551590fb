"""Learning the embeddings of those words only that occur in the data."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

from trainer.encoders.batches import Tokens


class LearnedRows(nn.Module):
    """Takes the place of an embedding table, of which a few rows learn.

    A few hundred texts hold a few thousand of a table's 30,000 or 250,000 words. The gradient of the whole table, and
    what the optimiser remembers of it, would take longer and more memory than all layers of a small model.
    """

    places: Tensor

    def __init__(self, table: nn.Embedding, rows: Tensor) -> None:
        """rows: (r,) int64, which of the table's rows learn, each once."""
        super().__init__()
        self.table = table
        self.rows = nn.Parameter(table.weight.detach()[rows].clone())
        places = torch.full((table.num_embeddings,), -1, dtype=torch.long, device=table.weight.device)
        places[rows] = torch.arange(len(rows), device=places.device)
        self.register_buffer("places", places, persistent=False)

    @property
    def weight(self) -> Tensor:
        """The table as it was; some models ask it for its type."""
        return self.table.weight

    def forward(self, ids: Tensor) -> Tensor:
        """As the table gives them, (…) to (…, d)."""
        places = self.places[ids]
        learns = places >= 0
        learned = nn.functional.embedding(places.clamp(min=0), self.rows)
        if bool(learns.all()):
            return learned
        return torch.where(learns[..., None], learned, self.table(ids))  # padding, or a word never seen

    def filled_in(self) -> nn.Embedding:
        """The table, with what was learned in its rows."""
        with torch.no_grad():
            learn = self.places >= 0
            self.table.weight[learn] = self.rows[self.places[learn]]
        return self.table


def learn_words(model: SentenceTransformer, texts: Iterable[Tokens]) -> None:
    """Has the words of these texts learn, and no others, until `keep_words`. Does nothing to a model without a plain
    table of words."""
    transformer = _transformer(model)
    table = transformer.get_input_embeddings() if transformer is not None else None
    if type(table) is not nn.Embedding:
        return
    words = np.unique(np.concatenate([row["input_ids"] for row in texts]))
    transformer.set_input_embeddings(LearnedRows(table, torch.from_numpy(words).long().to(table.weight.device)))


def keep_words(model: SentenceTransformer) -> None:
    """Puts what was learned into the model's own table, which is stock again."""
    transformer = _transformer(model)
    table = transformer.get_input_embeddings() if transformer is not None else None
    if isinstance(table, LearnedRows):
        transformer.set_input_embeddings(table.filled_in())


def _transformer(model: SentenceTransformer) -> Any:
    return getattr(model[0], "auto_model", None)
