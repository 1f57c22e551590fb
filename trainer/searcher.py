"""The live search: one catalogue, the base and the tuned model side by side, both warm."""

from pathlib import Path
from typing import Any, Self

from trainer.encoders.base import Encoder, Side
from trainer.encoders.catalogue import resolve_base_model
from trainer.encoders.text import TextEncoder
from trainer.errors import ModelError
from trainer.index import Floats, SearchIndex, read_index, top_k

Hit = list[Any]
"""[document_id, text, score], a list so that a queue can carry it as JSON."""


class Searcher:
    """Answers a question from both models' embeddings of one catalogue."""

    def __init__(self, before: Encoder, after: Encoder, index: SearchIndex) -> None:
        for encoder, matrix in ((before, index.before), (after, index.after)):
            if encoder.embedding_size != matrix.shape[1]:
                raise ModelError(
                    f"The search index has {matrix.shape[1]} numbers a text, the model {encoder.embedding_size}.",
                    "Repeat the run; it writes the index again.",
                )
        self._before, self._after, self._index = before, after, index

    @classmethod
    def load(cls, model_folder: Path, base_model: str, index_folder: Path, allow_hub: bool = False) -> Self:
        """Open the index and both models, and answer one question so that the first person need not wait.

        Raises ModelError when a part is missing or does not fit the others.
        """
        index = read_index(index_folder)
        before = TextEncoder.load(resolve_base_model(base_model, allow_hub=allow_hub))
        searcher = cls(before, TextEncoder.load(model_folder), index)
        searcher.search("warm up")
        return searcher

    def search(self, text: str, k: int = 10) -> dict[str, list[Hit]]:
        """The k nearest documents by each model, best first: {"before": [[id, text, score], …], "after": …}."""
        text = text.encode("utf-8", "replace").decode()  # tokenizers refuse lone surrogates, which JSON lets through
        return {
            "before": self._nearest(self._before, self._index.before, text, k),
            "after": self._nearest(self._after, self._index.after, text, k),
        }

    def _nearest(self, encoder: Encoder, matrix: Floats, text: str, k: int) -> list[Hit]:
        indices, scores = top_k(encoder.encode([text], side=Side.QUERY), matrix, k)
        return [
            [self._index.document_ids[row], self._index.texts[row], score]
            for row, score in zip(indices[0].tolist(), scores[0].tolist(), strict=True)
        ]
