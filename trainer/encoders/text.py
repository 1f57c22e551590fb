"""The text encoder: any SentenceTransformer or plain transformers folder, with our own batching."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn
from transformers.utils.logging import disable_progress_bar

from trainer.encoders.base import OnShare, Side
from trainer.errors import ModelError, ResourceError

TOKENS_A_PASS = {"cpu": 1_024, "cuda": 65_536}
"""Padded tokens in one forward pass: on a CPU what stays in its caches, on a GPU what fills it."""

TEXTS_A_CHUNK = 2_048
"""Texts tokenised at once; bounds the memory of encoding a large catalogue."""

Tokens = dict[str, np.ndarray]
"""One text: "input_ids" and whatever else its tokenizer gives, each (tokens,) int64, without padding."""

_PROMPTS = {Side.QUERY: ("query",), Side.DOCUMENT: ("document", "passage", "corpus")}


class TextEncoder:
    """A SentenceTransformer with the modules, pooling and prompts of its folder.

    Always in evaluation mode, in training too: a few hundred pairs give better models without dropout.
    """

    def __init__(self, model: SentenceTransformer, device: str) -> None:
        self.model = model.eval()
        self.device = device
        self.tokens_a_pass = TOKENS_A_PASS[device]  # halved when memory runs out

    @classmethod
    def load(cls, folder: Path, *, device: str | None = None, max_tokens: int | None = None) -> Self:
        """Opens a folder that `catalogue.resolve_base_model` has checked, in float32, without any network.

        device: "cpu" or "cuda"; None takes the GPU where there is one. max_tokens: shortens the folder's own limit.
        Raises ModelError when the libraries cannot make a text encoder of it.
        """
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
        disable_progress_bar()
        try:
            model = SentenceTransformer(
                str(folder),
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"dtype": torch.float32, "use_safetensors": True},
            )
        except (OSError, ValueError, KeyError, ImportError, AttributeError, RuntimeError) as error:
            raise ModelError(
                f"The base model in {folder} cannot be opened: {str(error).splitlines()[0][:300]}",
                "Copy the model's folder again, or choose another base model.",
            ) from error
        if getattr(model[0], "tokenizer", None) is None or not model.supports("text"):
            raise ModelError(f"The base model in {folder} does not read texts.", "Choose a text embedding model.")
        if not all(getattr(module, "include_prompt", True) for module in model):
            raise ModelError(
                f"The base model in {folder} leaves its instruction out of its embeddings, which Tailor cannot train.",
                "Choose a model without instructions.",
            )
        if max_tokens is not None:
            model.max_seq_length = min(max_tokens, model.max_seq_length or max_tokens)
        return cls(model, device)

    @property
    def embedding_size(self) -> int:
        """Dimensions of an embedding."""
        return int(self.model.get_embedding_dimension() or self.embed(self.tokenise(["a"])).shape[1])

    @property
    def max_tokens(self) -> int:
        """Longest text that is read to its end, in tokens."""
        return int(self.model.max_seq_length or 512)

    @property
    def working_parameters(self) -> int:
        """Parameters that every token passes: all but the embedding tables. What time depends on."""
        tables = {id(module.weight) for module in self.model.modules() if isinstance(module, nn.Embedding)}
        return sum(weight.numel() for weight in self.model.parameters() if id(weight) not in tables)

    def tokenise(self, texts: Sequence[str], side: Side | None = None) -> list[Tokens]:
        """Each text cut to `max_tokens`, unpadded, with the prompt of its side where the model has one."""
        rows: list[Tokens] = []
        prompt = self._prompt(side)
        for start in range(0, len(texts), TEXTS_A_CHUNK):
            features = self.model.preprocess(list(texts[start : start + TEXTS_A_CHUNK]), prompt=prompt)
            arrays = {key: value.numpy() for key, value in features.items() if isinstance(value, Tensor)}
            kept = arrays.pop("attention_mask").astype(bool)  # (texts, longest)
            rows += [{key: value[row][kept[row]] for key, value in arrays.items()} for row in range(len(kept))]
        return rows

    def encode(self, texts: Sequence[str], *, side: Side | None = None, on_share: OnShare | None = None) -> np.ndarray:
        """Embeddings (len(texts), embedding_size), float32, each of length 1.

        With side=None equal to `SentenceTransformer.encode(texts, normalize_embeddings=True)`, with a side to its
        `encode_query` and `encode_document`.
        """
        embeddings = np.zeros((len(texts), self.embedding_size), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(by_length), TEXTS_A_CHUNK):
            chunk = by_length[start : start + TEXTS_A_CHUNK]
            rows = self.tokenise([texts[index] for index in chunk], side)
            done = 0
            for batch in length_batches(rows, self.tokens_a_pass):
                vectors = self._embed_for_reading([rows[place] for place in batch])
                embeddings[[chunk[place] for place in batch]] = vectors
                done += len(batch)
                if on_share is not None:
                    on_share((start + done) / len(texts))
        return embeddings

    def embed(self, rows: Sequence[Tokens]) -> Tensor:
        """Embeddings (len(rows), embedding_size) on the device, of length 1, with gradients: for training."""
        features = self._pad(rows)
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda"):
            vectors = self.model(features)["sentence_embedding"]
        return nn.functional.normalize(vectors.float(), dim=1)

    def save(self, folder: Path) -> None:
        """Writes a stock SentenceTransformer folder, safetensors only, without a model card."""
        self.model.save_pretrained(str(folder), create_model_card=False, safe_serialization=True)

    def _prompt(self, side: Side | None) -> str | None:
        prompts = self.model.prompts or {}
        names = [*_PROMPTS.get(side, ())] if side else []
        if self.model.default_prompt_name:
            names.append(self.model.default_prompt_name)
        return next((prompts[name] for name in names if name in prompts), None) or None

    def _embed_for_reading(self, rows: list[Tokens]) -> np.ndarray:
        """`embed` without gradients, in full precision; halves the batch when memory is short."""
        try:
            with torch.inference_mode():
                vectors = self.model(self._pad(rows))["sentence_embedding"].float()
                return nn.functional.normalize(vectors, dim=1).cpu().numpy()
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if len(rows) == 1:
                raise ResourceError(
                    f"The machine's memory does not suffice to read a text of {len(rows[0]['input_ids']):,} tokens.",
                    "Choose a smaller base model or a smaller “longest text” in the advanced settings.",
                ) from error
        half = len(rows) // 2
        return np.concatenate([self._embed_for_reading(rows[:half]), self._embed_for_reading(rows[half:])])

    def _pad(self, rows: Sequence[Tokens]) -> dict[str, Any]:
        """One batch of features, padded to its longest row on the tokenizer's own side."""
        tokenizer = self.model.tokenizer
        left = tokenizer.padding_side == "left"
        longest = max(len(row["input_ids"]) for row in rows)
        features: dict[str, Any] = {}
        for key in rows[0]:
            features[key] = np.full((len(rows), longest), tokenizer.pad_token_id if key == "input_ids" else 0)
        features["attention_mask"] = np.zeros((len(rows), longest), dtype=np.int64)
        for index, row in enumerate(rows):
            length = len(row["input_ids"])
            span = slice(longest - length, longest) if left else slice(0, length)
            for key, values in row.items():
                features[key][index, span] = values
            features["attention_mask"][index, span] = 1
        features = {key: torch.from_numpy(value).to(self.device) for key, value in features.items()}
        return features | {"modality": "text"}


def length_batches(rows: Sequence[Tokens], tokens: int) -> Iterator[list[int]]:
    """Places in `rows`, shortest texts first, in batches of at most `tokens` padded tokens (or one text)."""
    batch: list[int] = []
    for place in sorted(range(len(rows)), key=lambda index: len(rows[index]["input_ids"])):
        if batch and (len(batch) + 1) * len(rows[place]["input_ids"]) > tokens:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch failed for want of memory; on a CPU it says so only in its words."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
