"""The text encoder: any SentenceTransformer or plain transformers folder, with our own batching."""

import copy
import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Self

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize
from torch import Tensor, nn
from transformers.utils.logging import disable_progress_bar

from trainer.config import Precision
from trainer.encoders.base import OnShare, Side
from trainer.encoders.batches import Tokens as Tokens
from trainer.encoders.batches import length_batches, pack, pad
from trainer.encoders.halving import is_out_of_memory as is_out_of_memory
from trainer.encoders.packing import can_pack, first_position, packing, spans_of
from trainer.encoders.precision import multiplying_in, resolve_precision
from trainer.encoders.reading import TEXTS_WORTH_IT, is_worth_it, reading_in
from trainer.encoders.room import tokens_kept
from trainer.encoders.side_by_side import side_by_side
from trainer.errors import ModelError, ResourceError
from trainer.memory import bound_kernels_kept

TOKENS_A_PASS = {"cpu": 1_024, "cuda": 65_536}
"""Tokens in one forward pass, padding included: on a CPU what stays in its caches, on a GPU what fills it."""

TOKENS_OF_A_QUESTION = 16
"""What the layout of weights for single questions is made for; others are read as correctly."""

TEXTS_A_CHUNK = 2_048
"""Texts tokenised at once; bounds the memory of encoding a large catalogue."""

_PROMPTS = {Side.QUERY: ("query",), Side.DOCUMENT: ("document", "passage", "corpus")}


class TextEncoder:
    """A SentenceTransformer with the modules, pooling and prompts of its folder.

    Always in evaluation mode, in training too: a few hundred pairs give better models without dropout.
    """

    def __init__(self, model: SentenceTransformer, device: str, precision: Precision = Precision.AUTO) -> None:
        self.model = model.eval()
        self.device = device
        self.precision = resolve_precision(precision, device)  # of `fast` only
        self.is_packed = can_pack(model, device)
        self.first_position = first_position(model)
        self._laid_out: AbstractContextManager[None] | None = None
        # Less once memory ran out.
        self.tokens_a_pass, self.tokens_kept = TOKENS_A_PASS[device], tokens_kept(model, device)

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        device: str | None = None,
        max_tokens: int | None = None,
        precision: Precision = Precision.AUTO,
    ) -> Self:
        """Opens a folder that `catalogue.resolve_base_model` has checked, in float32, without any network.

        device: "cpu" or "cuda"; None takes the GPU where there is one. max_tokens: shortens the folder's own limit.
        precision: of training, and of reading texts where `encode` is asked to be fast.
        Raises ModelError when the libraries cannot make a text encoder of it.
        """
        bound_kernels_kept()
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
        return cls(model, device, precision)

    def twin(self) -> Self:
        """Another encoder with the same weights, modules and settings, which can be trained beside this one."""
        other = copy.copy(self)
        other.model = copy.deepcopy(self.model)
        return other

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

    def encode(
        self, texts: Sequence[str], *, side: Side | None = None, on_share: OnShare | None = None, fast: bool = False
    ) -> np.ndarray:
        """Embeddings (len(texts), embedding_size), float32, each of length 1.

        With side=None equal to `SentenceTransformer.encode(texts, normalize_embeddings=True)`, with a side to its
        `encode_query` and `encode_document`.
        fast: in the precision of training. Rankings hardly change, but what is judged or exported should be exact.
        """
        embeddings, done = np.zeros((len(texts), self.embedding_size), dtype=np.float32), 0
        is_shared_out = self.device == "cpu" and len(texts) >= TEXTS_WORTH_IT
        threads = torch.get_num_threads() if is_shared_out else 1
        with (
            self._reading(len(texts), self.precision if fast else torch.float32),
            closing(side_by_side(self._read_batch, self._work(texts, side), threads=threads)) as read,
        ):
            for places, vectors in read:
                embeddings[places] = vectors
                done += len(places)
                if on_share is not None:
                    on_share(done / len(texts))
        return embeddings

    def fast(self) -> AbstractContextManager[None]:
        """Inside, the encoder computes in the precision of training, with the weights that it holds on entering."""
        return multiplying_in(self.precision, self.model, self.device)

    def keep_laid_out(self) -> None:
        """From now on single texts are read faster too, at the cost of the weights' memory once more. For an encoder
        that only reads: weights that change later are not seen, and gradients cannot be had. Results differ by rounding
        alone (about 1e-6). Does nothing on machines where it would not be faster."""
        if self._laid_out is None and is_worth_it(self.device, TEXTS_WORTH_IT):
            self._laid_out = reading_in(torch.float32, self.model, TOKENS_OF_A_QUESTION)
            self._laid_out.__enter__()  # for good: it is left when the encoder goes

    def batches(self, rows: Sequence[Tokens]) -> Iterator[list[int]]:
        """Places in `rows`, shortest texts first, in batches for one forward pass each."""
        return length_batches(rows, self.tokens_a_pass, packed=self.is_packed)

    def tokens_of(self, rows: Sequence[Tokens]) -> int:
        """Tokens that one forward pass of `rows` computes, padding included."""
        lengths = [len(row["input_ids"]) for row in rows]
        return sum(lengths) if self.is_packed else len(rows) * max(lengths)

    def embed(self, rows: Sequence[Tokens]) -> Tensor:
        """Embeddings (len(rows), embedding_size) on the device, float32, of length 1, with gradients where wanted."""
        if self.is_packed:
            features = pack(rows, self.first_position)
            features["spans"] = spans_of(features.pop("lengths"), together=torch.is_grad_enabled())
            with packing(self.model):
                vectors = self.model(features)["sentence_embedding"][: len(rows)]
        else:
            features = pad(rows, self.model.tokenizer)
            moved = {key: x.to(self.device) if isinstance(x, Tensor) else x for key, x in features.items()}
            vectors = self.model(moved)["sentence_embedding"]
        return nn.functional.normalize(vectors.float(), dim=1)

    def add_adapter(self, matrix: np.ndarray) -> None:
        """From now on each embedding is multiplied by `matrix`, (d, d), before it is given length 1: a stock module."""
        size = len(matrix)
        dense = Dense(size, size, bias=False, activation_function=nn.Identity())
        with torch.no_grad():
            dense.linear.weight.copy_(torch.from_numpy(matrix.T.copy()))
        modules = list(self.model.children())
        place = len(modules) - isinstance(modules[-1], Normalize)
        names = [*map(str, range(len(modules) + 1))]
        modules.insert(place, dense.to(self.device).eval())
        self.model._modules = dict(zip(names, modules, strict=True))

    def save(self, folder: Path) -> None:
        """Writes a stock SentenceTransformer folder, safetensors only, without a model card."""
        self.model.save_pretrained(str(folder), create_model_card=False, safe_serialization=True)

    def _prompt(self, side: Side | None) -> str | None:
        prompts = self.model.prompts or {}
        names = [*_PROMPTS.get(side, ())] if side else []
        if self.model.default_prompt_name:
            names.append(self.model.default_prompt_name)
        return next((prompts[name] for name in names if name in prompts), None) or None

    @contextmanager
    def _reading(self, texts: int, precision: torch.dtype) -> Iterator[None]:
        prepared = (
            reading_in(precision, self.model, self.tokens_a_pass)
            if is_worth_it(self.device, texts)
            else multiplying_in(precision, self.model, self.device)
        )
        # Passes side by side would take it from each other; around them all it stays.
        with prepared, packing(self.model) if self.is_packed else nullcontext():
            yield

    def _work(self, texts: Sequence[str], side: Side | None) -> Iterator[tuple[list[int], list[Tokens]]]:
        """(places in `texts`, their tokens) for one forward pass each, shorter texts first."""
        by_length = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(by_length), TEXTS_A_CHUNK):
            chunk = by_length[start : start + TEXTS_A_CHUNK]
            rows = self.tokenise([texts[index] for index in chunk], side)
            for batch in self.batches(rows):
                yield [chunk[place] for place in batch], [rows[place] for place in batch]

    def _read_batch(self, work: tuple[list[int], list[Tokens]]) -> tuple[list[int], np.ndarray]:
        places, rows = work
        return places, self._read(rows)

    def _read(self, rows: list[Tokens]) -> np.ndarray:
        """`embed` of a batch; halves it when memory is short."""
        try:
            return self.embed(rows).cpu().numpy()
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if len(rows) == 1:
                raise ResourceError(
                    f"The machine's memory does not suffice to read a text of {len(rows[0]['input_ids']):,} tokens.",
                    "Choose a smaller base model or a smaller “longest text” in the advanced settings.",
                ) from error
        half = len(rows) // 2
        return np.concatenate([self._read(rows[:half]), self._read(rows[half:])])
