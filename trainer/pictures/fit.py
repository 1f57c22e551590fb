"""One training of a picture model. It reads from top to bottom."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from trainer.checkpoint import Weights, check_finite
from trainer.errors import Cancelled, TrainingError
from trainer.pictures.lessons import Lesson
from trainer.pictures.seen import Seen
from trainer.pictures.weights import MATRIX, copy_layers
from trainer.progress import ShouldStop

CLIP = 1.0  # largest norm of the gradient
RANK = 128
"""Of a square matrix on top: of full rank it would fit a few hundred pictures by heart in a few steps."""


@dataclass(frozen=True)
class Settings:
    """Of one training. layers: whether the upper layers learn beside the matrix. epochs: 0 where the matrix is found in
    closed form instead.

    matrix_rate, layers_rate: peak learning rates per step, 0 where that part stays. decay: of AdamW, of the matrix.
    noise: standard deviations added to features, where only the matrix learns. flips: half of the batches are
    mirrored, where layers learn.
    """

    name: str
    layers: bool
    epochs: int
    batch_size: int
    matrix_rate: float
    layers_rate: float = 0.0
    decay: float = 0.01
    noise: float = 0.0
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
    seen: Seen, lesson: Lesson, settings: Settings, start: Tensor | None, on_step: OnStep, should_stop: ShouldStop
) -> Learned:
    """Trains from the layers that the encoder holds and from the matrix `start`, or zero; changes the layers in place.

    Raises Cancelled, and TrainingError when the loss is no number.
    """
    torch.manual_seed(settings.seed)
    network, device = seen.network, seen.network.encoder.device
    matrix = Matrix(network.matrix_shape, start, device)
    layers = network.layers() if settings.layers else {}
    optimiser = _optimiser(settings, matrix, layers, lesson)
    total = lesson.steps(settings.batch_size) * settings.epochs
    spread = torch.from_numpy(seen.features.std(0)).to(device) * settings.noise if settings.noise else None
    learned = Learned()
    for step, batch in enumerate(_batches(lesson, settings), start=1):
        if should_stop():
            raise Cancelled
        mirrored = settings.flips and bool(torch.rand(()) < 0.5)
        loss = lesson.loss(batch, _Seeing(seen, matrix, settings.layers, mirrored, spread))
        loss.backward()
        norm = nn.utils.clip_grad_norm_([p for group in optimiser.param_groups for p in group["params"]], CLIP)
        if not (math.isfinite(loss.item()) and bool(torch.isfinite(norm))):
            raise TrainingError(
                f"Training broke off at step {step:,}: the loss is no longer a number.",
                "Start again with a lower learning rate.",
            )
        rate = _rate(step - 1, total, settings.warmup)
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * rate
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if step % math.ceil(total / 200) == 0 or step == total:
            learned.losses.append([step, loss.item()])
        on_step(step, total, loss.item(), rate * (settings.layers_rate or settings.matrix_rate))
    learned.weights = copy_layers(layers) | ({MATRIX: matrix.whole().detach().cpu()} if network.has_matrix else {})
    check_finite(learned.weights)
    return learned


class Matrix:
    """What is learned on top of the features: start + down · up, of low rank where it is square, else of full rank."""

    def __init__(self, shape: tuple[int, int], start: Tensor | None, device: str) -> None:
        self.start = (torch.zeros(shape) if start is None else start).to(device)
        rows, columns = shape
        is_square = rows == columns and rows > RANK
        self.down = nn.Parameter(torch.randn(rows, RANK).to(device) / rows**0.5) if is_square else None
        self.up = nn.Parameter(torch.zeros(RANK if is_square else rows, columns, device=device))

    def whole(self) -> Tensor:
        """(f, d), with gradients."""
        return self.start + (self.up if self.down is None else self.down @ self.up)

    def parameters(self) -> list[nn.Parameter]:
        """What learns."""
        return [self.up] if self.down is None else [self.down, self.up]


class _Seeing:
    """Embeddings of pictures by the network as it is learning."""

    def __init__(self, seen: Seen, matrix: Matrix, layers: bool, mirrored: bool, spread: Tensor | None) -> None:
        self.seen, self.matrix, self.layers, self.mirrored, self.spread = seen, matrix, layers, mirrored, spread

    def __call__(self, keys: Any) -> Tensor:
        places, network = self.seen.places(keys), self.seen.network
        if self.layers:
            activations = self.seen.activations_of(places)
            # Mirrored activations are nearly those of a mirrored picture, and need no reading of it.
            features = network.upper(activations.flip(3) if self.mirrored else activations)
            return network.join(network.start(features), features, self.matrix.whole())
        features = self.seen.features_of(places)
        if self.spread is not None:
            features = features + self.spread * torch.randn_like(features)
        return network.join(self.seen.starts_of(places), features, self.matrix.whole())


def _batches(lesson: Lesson, settings: Settings) -> Iterator[Any]:
    for epoch in range(settings.epochs):
        yield from lesson.batches(epoch, settings.batch_size, settings.seed)


def _optimiser(
    settings: Settings, matrix: Matrix, layers: dict[str, nn.Parameter], lesson: Lesson
) -> torch.optim.Optimizer:
    groups: list[dict[str, Any]] = []
    if settings.matrix_rate and matrix.start.numel():
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
