"""An exported ONNX file as an encoder: the same texts, the same embeddings, without torch in between."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from trainer.encoders.base import Side
from trainer.encoders.batches import Tokens, length_batches
from trainer.encoders.side_by_side import side_by_side
from trainer.encoders.text import TextEncoder

TOKENS_A_PASS = 512
"""Padded tokens in one pass; larger batches leave the processor's caches."""


class OnnxEncoder:
    """Runs one file with as many threads as torch has, each with passes of its own: small passes leave little to share
    out within one. `model` lends its tokenizer and prompts."""

    def __init__(self, model: SentenceTransformer, path: Path) -> None:
        # Imported here because only a finished run needs it.
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._names = [node.name for node in self._session.get_inputs()]
        self._size = int(self._session.get_outputs()[0].shape[1])
        self._tokenizer = TextEncoder(model, "cpu")

    def encode(self, texts: list[str], side: Side | None = None) -> np.ndarray:
        """Embeddings (len(texts), dim) float32, each of length 1."""
        rows = self._tokenizer.tokenise(texts, side)
        embeddings = np.zeros((len(texts), self._size), dtype=np.float32)

        def read(places: list[int]) -> None:
            embeddings[places] = self._session.run(None, self._pad([rows[place] for place in places]))[0]

        for _ in side_by_side(read, length_batches(rows, TOKENS_A_PASS), threads=torch.get_num_threads()):
            pass  # raises what a pass raised
        return embeddings

    def _pad(self, rows: list[Tokens]) -> dict[str, np.ndarray]:
        """The inputs that the file asks for, each (batch, longest) int64, padded on the tokenizer's own side."""
        tokenizer = self._tokenizer.model.tokenizer
        lengths = np.array([len(row["input_ids"]) for row in rows])
        columns = np.arange(lengths.max())
        if tokenizer.padding_side == "left":
            columns = columns[::-1]
        kept = columns[None, :] < lengths[:, None]  # (batch, longest)
        features = {}
        for name in self._names:
            filler = tokenizer.pad_token_id if name == "input_ids" else 0
            features[name] = np.full(kept.shape, filler, dtype=np.int64)
            if name == "attention_mask":
                features[name][kept] = 1
            elif name in rows[0]:
                features[name][kept] = np.concatenate([row[name] for row in rows])
        return features
