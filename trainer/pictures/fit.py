"""One training of a picture model. It reads from top to bottom."""

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from trainer.checkpoint import Weights, check_finite
from trainer.errors import Cancelled, TrainingError
from trainer.pictures.lessons import Lesson
from trainer.pictures.matrix import Matrix
from trainer.pictures.network import Network
from trainer.pictures.seen import Seen
from trainer.pictures.step import ITEMS_A_PASS, Passes
from trainer.pictures.weights import MATRIX, copy_layers
from trainer.progress import ShouldStop

CLIP = 1.0  # largest norm of the gradient


@dataclass(frozen=True)
class Settings:
    """Of one training. layers: whether the upper layers learn beside the matrix. epochs: 0 where the matrix is found in
    closed form instead.

    matrix_rate, layers_rate: peak learning rates per step, 0 where that part stays. decay: of AdamW, of the matrix.
    flips: half of the batches are mirrored, where layers learn.
    """

    name: str
    layers: bool
    epochs: int
    batch_size: int
    matrix_rate: float
    layers_rate: float = 0.0
    decay: float = 0.01
    flips: bool = False
    seed: int = 0
    warmup: float = 0.1


@dataclass
class Learned:
    """weights: the matrix, and layers where they learned. losses: [[step, loss], …]."""

    weights: Weights = field(default_factory=dict)
    losses: list[list[float]] = field(default_factory=list)


OnStep = Callable[[int, int, float, float], None]
"""(step, steps in all, loss, learning rate)."""


def fit_pictures(
    seen: Seen, lesson: Lesson, settings: Settings, start: Tensor, on_step: OnStep, should_stop: ShouldStop
) -> Learned:
    """Trains from the layers that the encoder holds and from the matrix `start`; changes the layers in place.

    Raises Cancelled, and TrainingError when the loss is no number.
    """
    torch.manual_seed(settings.seed)
    network, device = seen.network, seen.network.encoder.device
    matrix = Matrix(start, network.mean, device, learns=bool(settings.matrix_rate))
    layers = network.layers() if settings.layers else {}
    optimiser = _optimiser(settings, matrix, layers, lesson)
    learning = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    total = lesson.steps(settings.batch_size) * settings.epochs
    learned, passes = Learned(), _passes(network, settings)
    for step, batch in enumerate(_batches(lesson, settings), start=1):
        if should_stop():
            raise Cancelled
        mirrored = settings.flips and bool(torch.rand(()) < 0.5)
        see = _Seeing(seen, matrix, settings.layers, mirrored)
        loss = passes.backward(lesson.parts(batch, see), partial(lesson.loss, batch), optimiser.zero_grad)
        norm = nn.utils.clip_grad_norm_(learning, CLIP)
        if not (math.isfinite(loss) and bool(torch.isfinite(norm))):
            raise TrainingError(
                f"Training broke off at step {step:,}: the loss is no longer a number.",
                "Start again with a lower learning rate.",
            )
        rate = _rate(step - 1, total, settings.warmup)
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * rate
        optimiser.step()
        optimiser.zero_grad()
        if step % math.ceil(total / 200) == 0 or step == total:
            learned.losses.append([step, loss])
        on_step(step, total, loss, rate * (settings.layers_rate or settings.matrix_rate))
    learned.weights = copy_layers(layers) | ({MATRIX: matrix.whole()} if network.has_matrix else {})
    check_finite(learned.weights)
    return learned


def _passes(network: Network, settings: Settings) -> Passes:
    if not settings.layers:
        return Passes(None, nullcontext)
    return Passes(ITEMS_A_PASS[network.encoder.device], partial(network.encoder.reading, True))


class _Seeing:
    """Embeddings of pictures by the network as it is learning."""

    def __init__(self, seen: Seen, matrix: Matrix, layers: bool, mirrored: bool) -> None:
        self.seen, self.matrix, self.layers, self.mirrored = seen, matrix, layers, mirrored

    def __call__(self, keys: Any) -> Tensor:
        places, network = self.seen.places(keys), self.seen.network
        if self.layers:
            activations = self.seen.activations_of(places)
            # Mirrored activations are nearly those of a mirrored picture, and need no reading of it.
            features = network.upper(activations.flip(3) if self.mirrored else activations)
            return network.join(network.start(features), features, self.matrix.times)
        return network.join(self.seen.starts_of(places), self.seen.features_of(places), self.matrix.times)


def _batches(lesson: Lesson, settings: Settings) -> Iterator[Any]:
    for epoch in range(settings.epochs):
        yield from lesson.batches(epoch, settings.batch_size, settings.seed)


def _optimiser(
    settings: Settings, matrix: Matrix, layers: dict[str, nn.Parameter], lesson: Lesson
) -> torch.optim.Optimizer:
    groups: list[dict[str, Any]] = []
    if matrix.parameters():
        groups.append({"params": matrix.parameters(), "peak": settings.matrix_rate, "weight_decay": settings.decay})
    if layers:
        for layer in layers.values():
            layer.requires_grad_(True)
        groups.append({"params": list(layers.values()), "peak": settings.layers_rate, "weight_decay": 0.01})
    if lesson.parameters():
        groups.append({"params": lesson.parameters(), "peak": 1e-3, "weight_decay": 0.0})
    return torch.optim.AdamW(groups, lr=0.0, fused=True)  # on a CPU a sixth of the time of the plain one


def _rate(step: int, total: int, warmup: float) -> float:
    """Of the peak, at the step (from 0): a linear rise over the warm-up share of all steps, then a cosine to zero."""
    rising = warmup * total
    if step < rising:
        return (step + 1) / (rising + 1)
    return float((1 + np.cos(np.pi * (step - rising) / max(1.0, total - rising))) / 2)
