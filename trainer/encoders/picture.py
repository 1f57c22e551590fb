"""The picture encoder: any timm model, with or without an embedding head of its own."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import torch
from timm.models.efficientnet import EfficientNet
from torch import Tensor, nn

from trainer.config import Precision
from trainer.data.picture_store import PictureStore
from trainer.encoders.base import OnShare, Side
from trainer.encoders.cut import Cut, cut_below, rates_of
from trainer.encoders.ladder import Ladder, ladder_of
from trainer.encoders.picture_reading import Picture, PictureReader, computing_in, unit
from trainer.encoders.precision import resolve_precision
from trainer.encoders.timm_models import open_network, save_network, transform_of
from trainer.errors import ModelError

UPPER_STAGES = 2
"""Stages of an EfficientNet that are above the cut between `lower` and `upper`."""


class PictureEncoder:
    """A timm model whose plain output, given length 1, is the embedding: pooled features, or those times a head.

    Always in evaluation mode, in training too: batch normalisation keeps what it learned from millions of pictures.
    model: the stock timm model; its classifier is the head, if there is one.
    """

    def __init__(
        self, model: Any, device: str, pictures: PictureStore | None = None, precision: Precision = Precision.AUTO
    ) -> None:
        self.model = model.to(device, memory_format=torch.channels_last).eval()
        self.device = device
        self.precision = resolve_precision(precision, device)  # of `fast` only
        self.reader = PictureReader(transform_of(model), device, pictures)

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        pictures: PictureStore | None = None,
        device: str | None = None,
        precision: Precision = Precision.AUTO,
    ) -> Self:
        """Opens a folder that `catalogue.resolve_base_model` has checked, in float32, without any network.

        The classifier of a model that was trained to tell classes apart is taken off; the head of a model that this
        encoder saved stays. Raises ModelError when timm cannot make a model of it.
        """
        network = open_network(folder)
        config = folder / "config.json"
        if not (config.exists() and json.loads(config.read_text("utf-8")).get("embedding")):
            network.reset_classifier(0)
        return cls(network, device or ("cuda" if torch.cuda.is_available() else "cpu"), pictures, precision)

    @property
    def embedding_size(self) -> int:
        """Dimensions of an embedding."""
        return int(self.head.out_features) if self.head is not None else self.feature_size

    @property
    def feature_size(self) -> int:
        """Dimensions of the pooled features."""
        return int(getattr(self.model, "head_hidden_size", None) or self.model.num_features)

    @property
    def max_tokens(self) -> int:
        """It reads no texts."""
        return 0

    @property
    def head(self) -> nn.Linear | None:
        """From features to the embedding before it is given length 1; None: the features themselves."""
        classifier = self.model.get_classifier()
        return classifier if isinstance(classifier, nn.Linear) else None

    def set_head(self, weight: Tensor | np.ndarray, bias: Tensor | np.ndarray | None = None) -> None:
        """From now on an embedding is weight · features + bias, of length 1. weight: (d, feature_size); bias: (d,)."""
        self.model.reset_classifier(len(weight))
        head = self.head
        if head is None or head.in_features != self.feature_size:
            raise ModelError(
                f"The picture model {type(self.model).__name__} cannot carry an embedding head.",
                "Choose another base model, such as efficientnet-lite0.",
            )
        with torch.no_grad():
            head.weight.copy_(torch.as_tensor(weight))
            head.bias.copy_(torch.as_tensor(bias)) if bias is not None else head.bias.zero_()
        self.model.to(self.device).eval()

    def remove_head(self) -> None:
        """From now on an embedding is the features, of length 1."""
        self.model.reset_classifier(0)

    # --- Its parts, for training --------------------------------------------------------------------------------------

    def pixels(self, items: Sequence[Picture]) -> Tensor:
        """(len(items), 3, height, width) float32 on the device, resized and scaled as the network wants it."""
        return self.reader.pixels(items)

    def lower(self, pixels: Tensor) -> Tensor:
        """What the network makes of `pixels` up to the cut; they themselves for a network that cannot be cut."""
        if not self.has_stages:
            cut = self._cut[1]
            return pixels if cut is None else cut.lower(pixels)
        return self.model.blocks[:-UPPER_STAGES](self.model.bn1(self.model.conv_stem(pixels)))

    def upper(self, activations: Tensor) -> Tensor:
        """From what `lower` gives to the pooled features (batch, feature_size), with gradients where wanted."""
        if self.has_stages:
            x = self.model.blocks[-UPPER_STAGES:](activations)
            return cast(Tensor, self.model.forward_head(self.model.bn2(self.model.conv_head(x)), pre_logits=True))
        cut = self._cut[1]
        return self._pooled(activations) if cut is None else cut.upper(activations)

    def upper_stages(self, activations: Tensor) -> Tensor:
        """From what `lower` gives to the pooled features and, beside them, the mean over the picture of what `lower`
        gives and of what each stage above the cut makes of it: (batch, sum(stage_sizes)).

        Early stages know more of colours and shapes, the last ones more of things.
        """
        if not self.has_stages:
            return self.upper(activations)
        pooled = [activations.mean((2, 3))]
        for stage in self.model.blocks[-UPPER_STAGES:]:
            activations = stage(activations)
            pooled.append(activations.mean((2, 3)))
        x = self.model.bn2(self.model.conv_head(activations))
        return torch.cat([self.model.forward_head(x, pre_logits=True), *pooled], dim=1)

    @property
    def stage_sizes(self) -> tuple[int, ...]:
        """Dimensions of the parts of `upper_stages`: the features, then what `lower` gives, then each stage above."""
        if not self.has_stages:
            return (self.feature_size,)
        return (self.feature_size, *(_channels(stage) for stage in self.model.blocks[-UPPER_STAGES - 1 :]))

    def upper_parameters(self) -> dict[str, nn.Parameter]:
        """Those that learn, by their names in `model`: of its upper blocks and what is above them, but for the head."""
        kept = {id(parameter) for parameter in self.head.parameters()} if self.head is not None else set()
        named = dict(self.model.named_parameters())
        if self.has_stages:
            below = (self.model.conv_stem, self.model.bn1, self.model.blocks[:-UPPER_STAGES])
            kept |= {id(parameter) for part in below for parameter in part.parameters()}
            return {name: value for name, value in named.items() if id(value) not in kept}
        learning = self.ladder.from_rung(self._cut[0])
        return {name: named[name] for name in learning if name in named and id(named[name]) not in kept}

    def upper_rates(self) -> dict[str, float]:
        """What the learning rate of each of `upper_parameters` is multiplied by; those without a number by 1."""
        return {} if self.has_stages else rates_of(self.ladder, list(self.upper_parameters()))

    @cached_property
    def ladder(self) -> Ladder:
        """How far up each of its parameters is."""
        return ladder_of(self.model)

    @cached_property
    def _cut(self) -> tuple[int, Cut | None]:
        """(the rung from which on parameters learn, the cut below it if it can be cut there)."""
        return cut_below(self.model, self._pooled, self.ladder, self.reader.blank())

    def _pooled(self, pixels: Tensor) -> Tensor:
        found: Tensor = self.model.forward_head(self.model.forward_features(pixels), pre_logits=True)
        return found

    def project(self, features: Tensor) -> Tensor:
        """Embeddings (batch, embedding_size) of length 1 from pooled features (batch, feature_size)."""
        return unit(features if self.head is None else self.head(features))

    def embed(self, pixels: Tensor) -> Tensor:
        """Embeddings (batch, embedding_size) of length 1, float32, with gradients where wanted."""
        return unit(self.model(pixels))

    def features(self, items: Sequence[Picture], *, on_share: OnShare | None = None, fast: bool = False) -> np.ndarray:
        """Pooled features (len(items), feature_size) float32."""
        with self.reading(fast):
            found = self.reader.read(items, lambda pixels: self.upper(self.lower(pixels)), on_share)
        return found.reshape(len(items), self.feature_size)

    def activations(
        self, items: Sequence[Picture], *, on_share: OnShare | None = None, fast: bool = False
    ) -> np.ndarray:
        """What `lower` makes of pictures, (len(items), …) float32."""
        with self.reading(fast):
            return self.reader.read(items, self.lower, on_share)

    # --- As an encoder ------------------------------------------------------------------------------------------------

    def encode(
        self, items: Sequence[str], *, side: Side | None = None, on_share: OnShare | None = None, fast: bool = False
    ) -> np.ndarray:
        """Embeddings (len(items), embedding_size), float32, each of length 1, of pictures by their keys.

        fast: in the precision of training.
        """
        return self.encode_pictures(items, on_share=on_share, fast=fast)

    def encode_pictures(
        self, items: Sequence[Picture], *, on_share: OnShare | None = None, fast: bool = False
    ) -> np.ndarray:
        """The same of keys or of pictures themselves."""
        with self.reading(fast):
            return self.reader.read(items, self.embed, on_share).reshape(len(items), self.embedding_size)

    def save(self, folder: Path) -> None:
        """Writes a stock timm `local-dir:` folder; the head is its classifier."""
        save_network(self.model, folder, is_embedding=True)

    @property
    def has_stages(self) -> bool:
        """Whether it is an EfficientNet, whose last stages are what learns."""
        return type(self.model) is EfficientNet and len(self.model.blocks) > UPPER_STAGES

    def reading(self, fast: bool) -> AbstractContextManager[None]:
        """Inside, the network computes in the precision that `fast` asks for."""
        return computing_in(self.precision if fast else torch.float32, self.model, self.device)


def _channels(stage: nn.Module) -> int:
    """Of what a stage of an EfficientNet gives: those of its last convolution."""
    convolutions = [
        module for module in stage.modules() if isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1)
    ]
    return int(convolutions[-1].out_channels)
