"""Tokenised texts, and the batches that they pass the network in: padded, or packed one behind the other."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

Tokens = dict[str, np.ndarray]
"""One text: "input_ids" and whatever else its tokenizer gives, each (tokens,) int64, without padding."""


FILLED_TO = 32
FILLED_FROM = 256
"""Packed texts of at least FILLED_FROM tokens are filled up to a multiple of FILLED_TO. oneDNN compiles, and keeps for
good, a program of a megabyte for every size of matrix that it meets; so it meets few."""


def length(row: Tokens) -> int:
    """Tokens of a text."""
    return len(row["input_ids"])


def length_batches(rows: Sequence[Tokens], tokens: int, *, packed: bool = False) -> Iterator[list[int]]:
    """Places in `rows`, shortest texts first, in batches of at most `tokens` tokens (or one text), padding included
    unless they are to be packed."""
    batch: list[int] = []
    size = 0
    for place in sorted(range(len(rows)), key=lambda index: length(rows[index])):
        more = length(rows[place])
        if batch and (size + more if packed else (len(batch) + 1) * more) > tokens:
            yield batch
            batch, size = [], 0
        batch.append(place)
        size += more
    if batch:
        yield batch


def pad(rows: Sequence[Tokens], tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    """Features (len(rows), longest), padded on the tokenizer's own side."""
    left = tokenizer.padding_side == "left"
    longest = max(length(row) for row in rows)
    arrays: dict[str, np.ndarray] = {}
    for key in rows[0]:
        arrays[key] = np.full((len(rows), longest), tokenizer.pad_token_id if key == "input_ids" else 0)
    arrays["attention_mask"] = np.zeros((len(rows), longest), dtype=np.int64)
    for index, row in enumerate(rows):
        span = slice(longest - length(row), longest) if left else slice(0, length(row))
        for key, values in row.items():
            arrays[key][index, span] = values
        arrays["attention_mask"][index, span] = 1
    return {key: torch.from_numpy(value) for key, value in arrays.items()} | {"modality": "text"}


def pack(rows: Sequence[Tokens], first_position: int) -> dict[str, Any]:
    """Features (1, all tokens): the texts one behind the other, nothing padded. For `packing.packed_attention`.

    At the end there may be a text more, of no meaning: see FILLED_TO.
    first_position: what the model numbers the first token of a text with.
    lengths: tokens of each text, for `packing.spans_of`; of one length behind each other when `rows` are sorted.
    """
    tokens = sum(length(row) for row in rows)
    if tokens >= FILLED_FROM and tokens % FILLED_TO:
        rows = [*rows, {key: np.zeros(-tokens % FILLED_TO, dtype=np.int64) for key in rows[0]}]
    lengths = [length(row) for row in rows]
    ends = np.cumsum([0, *lengths])
    arrays = {key: np.concatenate([row[key] for row in rows]) for key in rows[0]}
    arrays["position_ids"] = np.concatenate([np.arange(size) for size in lengths]) + first_position
    features: dict[str, Any] = {key: torch.from_numpy(value)[None] for key, value in arrays.items()}
    return features | {"cu_seq_lens_q": torch.from_numpy(ends), "lengths": lengths, "modality": "text"}
