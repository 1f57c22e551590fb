"""The live search: one catalogue, the base and the tuned model side by side, both warm."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

from trainer.config import Task
from trainer.encoders.base import Encoder, Side
from trainer.encoders.catalogue import resolve_base_model
from trainer.encoders.loading import load_encoder
from trainer.encoders.text import TextEncoder
from trainer.errors import ModelError
from trainer.index import Floats, SearchIndex, read_index
from trainer.shortlist import Shortlist

if TYPE_CHECKING:
    from PIL.Image import Image

Hit = list[Any]
"""[document_id, text or picture's key, score], a list so that a queue can carry it as JSON."""

WARM_UP_SIDE = 224  # pixels

_beside = ThreadPoolExecutor(1, "searcher")
"""Searches by one model while the caller searches by the other: nearly all of it is arithmetic outside of Python's
lock, so two cores answer sooner than one."""


class _SeesPictures(Protocol):
    def encode_pictures(self, pictures: "list[Image]") -> Floats:
        """Embeddings (pictures, dim), each of length 1."""


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
        self._documents = Shortlist(index.before), Shortlist(index.after)
        self._ids = {text: name for name, text in zip(index.document_ids, index.texts, strict=True)}

    @classmethod
    def load(
        cls,
        model_folder: Path,
        base_model: str,
        index_folder: Path,
        allow_hub: bool = False,
        task: Task | str = Task.TEXT_TEXT,
    ) -> Self:
        """Open the index and both models, and answer one question so that the first person need not wait.

        Raises ModelError when a part is missing or does not fit the others.
        """
        index, task = read_index(index_folder), Task(task)
        base = resolve_base_model(base_model, task=task, allow_hub=allow_hub)
        encoders = load_encoder(task, base), load_encoder(task, model_folder)
        for encoder in encoders:
            if isinstance(encoder, TextEncoder):
                encoder.keep_laid_out()
        searcher = cls(*encoders, index)
        searcher.warm_up(task)
        return searcher

    def over(self, index: SearchIndex) -> "Searcher":
        """The same models over another catalogue. Raises ModelError when its embeddings are not theirs."""
        return type(self)(self._before, self._after, index)

    def warm_up(self, task: Task) -> None:
        """Answer anything, as the first answer takes longest."""
        if task.has_picture_queries:
            # Imported here because only pictures need it.
            from PIL import Image

            self.search_picture(Image.new("RGB", (WARM_UP_SIDE, WARM_UP_SIDE), "white"), 1)
        else:
            self.search("warm up", 1)

    def search(self, text: str, k: int = 10) -> dict[str, Any]:
        """The k nearest documents by each model, best first: {"before": [[id, text, score], …], "after": …}.

        Where documents are pictures, also "captions" and "labels" of those found, as in `SearchIndex`.
        """
        text = text.encode("utf-8", "replace").decode()  # tokenizers refuse lone surrogates, which JSON lets through
        return self._found(lambda encoder: encoder.encode([text], side=Side.QUERY), k)

    def search_picture(self, picture: "Image", k: int = 10, *, without: str = "") -> dict[str, Any]:
        """The same for a picture, RGB. without: key of a picture that is not to be found, as it is the very same."""
        return self._found(lambda encoder: cast(_SeesPictures, encoder).encode_pictures([picture]), k, without)

    def label_of(self, key: str) -> str:
        """The label of the document that is this picture; empty where there is none."""
        return self._index.labels.get(self._ids.get(key, ""), "")

    def caption_of(self, key: str) -> str:
        """The file name of the document that is this picture; empty where there is none."""
        return self._index.captions.get(key, "")

    def _found(self, embed: Callable[[Encoder], Floats], k: int, without: str = "") -> dict[str, Any]:
        """embed: gives the embedding of what is searched with, (1, dim), by one of the models."""
        index, (before, after) = self._index, self._documents
        ahead = _beside.submit(lambda: self._nearest(embed(self._after), after, k, without))
        found: dict[str, Any] = {
            "before": self._nearest(embed(self._before), before, k, without),
            "after": ahead.result(),
        }
        hits = [*found["before"], *found["after"]]
        if index.captions:
            found["captions"] = {key: index.captions[key] for _, key, _ in hits if key in index.captions}
        if index.labels:
            found["labels"] = {name: index.labels[name] for name, _, _ in hits if name in index.labels}
        return found

    def _nearest(self, query: Floats, documents: Shortlist, k: int, without: str) -> list[Hit]:
        indices, scores = documents.top_k(query, k + 1 if without else k)
        hits = [
            [self._index.document_ids[row], self._index.texts[row], score]
            for row, score in zip(indices[0].tolist(), scores[0].tolist(), strict=True)
        ]
        return [hit for hit in hits if not without or hit[1] != without][:k]
