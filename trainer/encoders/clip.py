"""The CLIP encoder: any open_clip model, with both its towers."""

import json
import logging
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import open_clip
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from trainer.config import Precision, Task
from trainer.data.picture_store import PictureStore
from trainer.encoders.base import OnShare, Side
from trainer.encoders.cut import UPPER_BLOCKS, Cut, cut_below, first_learning_rung, rates_of
from trainer.encoders.halving import is_out_of_memory
from trainer.encoders.ladder import Ladder, by_names, ladder_of
from trainer.encoders.model_folders import OPEN_CLIP_CONFIG
from trainer.encoders.picture_reading import Picture, PictureReader, computing_in, unit
from trainer.encoders.precision import resolve_precision
from trainer.encoders.projection import Projection, find_projection
from trainer.encoders.text_half import TEXT_HALF_FOLDER, text_half_of, text_settings_with, write_text_half
from trainer.errors import ModelError, ResourceError

TEXTS_A_PASS = {"cpu": 64, "cuda": 1_024}
"""Texts in one forward pass; a CLIP model pads each to its full length."""

WEIGHTS_FILE = "open_clip_model.safetensors"


class ClipEncoder:
    """An open_clip model. Searching pictures by words, its text tower reads the queries; searching pictures by a
    picture, its picture tower reads both sides. Always in evaluation mode, in training too.

    model: the stock open_clip model.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Callable[[Sequence[str]], Tensor],
        transform: Callable[[Any], Tensor],
        device: str,
        *,
        source: Path,
        text_half: dict[str, Any] | None = None,
        task: Task = Task.TEXT_IMAGE,
        pictures: PictureStore | None = None,
        precision: Precision = Precision.AUTO,
    ) -> None:
        """source: the folder that it came from, whose configuration and tokenizer are saved with it; text_half: as
        `text_half_of` gives it, likewise."""
        self.model, self.text_half = model.eval(), text_half
        self.tokenizer, self.device, self.source, self.task = tokenizer, device, source, task
        self.precision = resolve_precision(precision, device)  # of `fast` only
        self.reader = PictureReader(transform, device, pictures)
        self.texts_a_pass = TEXTS_A_PASS[device]  # less once memory ran out
        self._most = UPPER_BLOCKS

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        task: Task = Task.TEXT_IMAGE,
        pictures: PictureStore | None = None,
        device: str | None = None,
        precision: Precision = Precision.AUTO,
    ) -> Self:
        """Opens a folder that `catalogue.resolve_base_model` has checked, in float32, without any network.

        Raises ModelError when open_clip cannot make a model of it.
        """
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        logging.getLogger().setLevel(max(logging.getLogger().level, logging.WARNING))  # open_clip tells a lot
        try:
            own = json.loads((folder / OPEN_CLIP_CONFIG).read_text("utf-8"))["model_cfg"]["text_cfg"]
            half, name = text_half_of(folder, own), f"local-dir:{folder}"
            with text_settings_with(half, own) as settings:
                model, _, transform = open_clip.create_model_and_transforms(
                    name, precision="fp32", device=device, text_cfg=settings
                )
            tokenizer = open_clip.get_tokenizer(name)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, ImportError) as error:
            raise ModelError(
                f"The CLIP model in {folder} cannot be opened: {str(error).splitlines()[0][:300]}",
                "Copy the model's folder again, with its tokenizer files, or choose another base model.",
            ) from error
        towers = model, tokenizer, transform
        return cls(*towers, device, source=folder, text_half=half, task=task, pictures=pictures, precision=precision)

    @property
    def embedding_size(self) -> int:
        """Dimensions of an embedding."""
        return int(json.loads((self.source / OPEN_CLIP_CONFIG).read_text("utf-8"))["model_cfg"]["embed_dim"])

    @property
    def max_tokens(self) -> int:
        """Longest text that is read to its end, in tokens."""
        return int(getattr(self.tokenizer, "context_length", 77))

    @property
    def logit_scale(self) -> Tensor:
        """What similarities were multiplied by when the model was trained; a parameter of it, before `exp`."""
        scale: Tensor = self.model.logit_scale
        return scale

    # --- Its parts, for training

    def tokenise(self, texts: Sequence[str]) -> Tensor:
        """(len(texts), max_tokens) int64, on the device."""
        return self.tokenizer(list(texts)).to(self.device)

    def pixels(self, items: Sequence[Picture]) -> Tensor:
        """(len(items), 3, height, width) float32 on the device, resized and scaled as the network wants it."""
        return self.reader.pixels(items)

    def lower(self, pixels: Tensor) -> Tensor:
        """What the picture tower makes of `pixels` up to the cut; they themselves where it cannot be cut."""
        cut = self._picture_cut[1]
        return pixels if cut is None else cut.lower(pixels)

    def upper(self, activations: Tensor) -> Tensor:
        """What the picture tower makes (batch, embedding_size) of what `lower` gives, of any length, with gradients
        where wanted."""
        cut = self._picture_cut[1]
        found: Tensor = self.model.encode_image(activations) if cut is None else cut.upper(activations)
        return found

    def learn_above(self, most: int) -> None:
        """From now on no more than so many blocks of a tower learn."""
        self._most = most
        self.__dict__.pop("_picture_cut", None)

    def upper_parameters(self) -> dict[str, nn.Parameter]:
        """Those that learn, by their names in `model`: of the upper blocks of the picture tower and, where words are
        asked for, of the text tower, and of what is above them."""
        named = dict(self.model.named_parameters())
        return {name: named[name] for name in self.upper_rates()}

    def upper_rates(self) -> dict[str, float]:
        """What the learning rate of each of `upper_parameters` is multiplied by."""
        pictures = self._picture_ladder
        rates = rates_of(pictures, pictures.from_rung(self._picture_cut[0]))
        found = {f"visual.{name}": rate for name, rate in rates.items()}
        if not self.task.has_picture_queries:
            names = [name for name, _ in self.model.named_parameters() if not name.startswith(("visual.", "logit_"))]
            texts = by_names(names)
            found |= rates_of(texts, texts.from_rung(first_learning_rung(texts, self._most)))
        return found

    def picture_projection(self) -> Projection | None:
        """The last layer of the picture tower, if that is a plain matrix."""
        visual = self.model.visual
        trunk = getattr(visual, "trunk", None)
        last = [(visual, "proj"), (visual, "head"), (getattr(visual, "attnpool", None), "c_proj")]
        last += [(trunk, name) for name in ("head", "fc", "classifier")]
        noise = torch.rand(self.reader.blank().shape, generator=torch.Generator().manual_seed(0))
        return find_projection(last, lambda: self.model.encode_image(noise.to(self.device)))

    def text_projection(self) -> Projection | None:
        """The same of the text tower."""
        tower = getattr(self.model, "text", self.model)
        last = [(tower, "text_projection"), (tower, "proj")]
        return find_projection(last, lambda: self.model.encode_text(self.tokenise(["a picture"])))

    @cached_property
    def _picture_ladder(self) -> Ladder:
        return ladder_of(self.model.visual)

    @cached_property
    def _picture_cut(self) -> tuple[int, Cut | None]:
        """(the rung from which on the picture tower's parameters learn, the cut below it if it can be cut there)."""
        visual, blank = self.model.visual, self.reader.blank()
        return cut_below(visual, self.model.encode_image, self._picture_ladder, blank, self._most)

    def embed_texts(self, tokens: Tensor) -> Tensor:
        """Embeddings (batch, embedding_size) of length 1, float32, with gradients where wanted."""
        return unit(self.model.encode_text(tokens))

    def embed(self, pixels: Tensor) -> Tensor:
        """The same of pictures."""
        return unit(self.model.encode_image(pixels))

    # --- As an encoder

    def encode(
        self, items: Sequence[str], *, side: Side | None = None, on_share: OnShare | None = None, fast: bool = False
    ) -> np.ndarray:
        """Embeddings (len(items), embedding_size), float32, each of length 1.

        Of pictures by their keys on the document side, and on both where pictures are searched by a picture; else of
        texts. fast: in the precision of training.
        """
        if side is Side.DOCUMENT or self.task.has_picture_queries:
            return self.encode_pictures(items, on_share=on_share, fast=fast)
        return self.encode_texts(items, on_share=on_share, fast=fast)

    def encode_texts(self, items: Sequence[str], *, on_share: OnShare | None = None, fast: bool = False) -> np.ndarray:
        """Embeddings of texts, whatever the task."""
        embeddings = np.zeros((len(items), self.embedding_size), dtype=np.float32)
        with torch.inference_mode(), self.reading(fast):
            for start in range(0, len(items), self.texts_a_pass):
                batch = items[start : start + self.texts_a_pass]
                embeddings[start : start + len(batch)] = self._read(self.tokenise(batch))
                if on_share is not None:
                    on_share((start + len(batch)) / len(items))
        return embeddings

    def encode_pictures(
        self, items: Sequence[Picture], *, on_share: OnShare | None = None, fast: bool = False
    ) -> np.ndarray:
        """Embeddings of pictures, by their keys or themselves."""
        with self.reading(fast):
            return self.reader.read(items, self.embed, on_share).reshape(len(items), self.embedding_size)

    def reading(self, fast: bool) -> AbstractContextManager[None]:
        """Inside, the network computes in the precision that `fast` asks for."""
        return computing_in(self.precision if fast else torch.float32, self.model, self.device)

    def save(self, folder: Path) -> None:
        """Writes a stock open_clip `local-dir:` folder: the weights, and configuration and tokenizer as they came; the
        configuration of a text half in a folder of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.text_half is not None:
            write_text_half(self.text_half, folder / TEXT_HALF_FOLDER)
        for file in self.source.iterdir():
            if file.is_file() and file.suffix in _KEPT and file.name not in _LEFT_OUT:
                shutil.copyfile(file, folder / file.name)
        _without_places(folder / OPEN_CLIP_CONFIG)
        weights = {name: value.detach().cpu().contiguous().clone() for name, value in self.model.state_dict().items()}
        save_file(weights, folder / WEIGHTS_FILE, metadata={"format": "pt"})

    def _read(self, tokens: Tensor) -> np.ndarray:
        """`embed_texts` of a batch; halves it when memory is short."""
        try:
            return self.embed_texts(tokens).cpu().numpy()
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if len(tokens) == 1:
                raise ResourceError(
                    "The machine's memory does not suffice to read one text with this model.",
                    "Choose a smaller base model.",
                ) from error
        half = len(tokens) // 2
        return np.concatenate([self._read(tokens[:half]), self._read(tokens[half:])])


def _without_places(file: Path) -> None:
    """A text half that was named by where it lay on this machine lies in the model's folder now."""
    configuration = json.loads(file.read_text("utf-8"))
    settings = configuration["model_cfg"]["text_cfg"]
    if Path(settings.get("hf_model_name") or "").is_absolute():
        settings["hf_model_name"] = TEXT_HALF_FOLDER
        file.write_text(json.dumps(configuration, indent=2), encoding="utf-8")


_KEPT = {".json", ".txt", ".model", ".jinja"}
_LEFT_OUT = {"report.json", "golden.json"}
