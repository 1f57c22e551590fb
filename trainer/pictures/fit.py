"""One training of a picture model. It reads from top to bottom."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from trainer.checkpoint import Weights, check_finite
from trainer.errors import Cancelled, TrainingError
from trainer.fit import SavingTimes
from trainer.pictures.lessons import Lesson
from trainer.pictures.matrix import Matrix
from trainer.pictures.network import Network
from trainer.pictures.seen import Seen, mirror_axis
from trainer.pictures.state import State, read_state, write_state
from trainer.pictures.step import ITEMS_A_PASS, Passes
from trainer.pictures.weights import MATRIX, copy_layers
from trainer.progress import ShouldStop

CLIP = 1.0  # largest norm of the gradient


@dataclass(frozen=True)
class Settings:
    """Of one training. layers: whether the upper layers learn beside the matrix. epochs: 0 where the matrix is found in
    closed form instead.

    matrix_rate, layers_rate: peak learning rates per step, 0 where that part stays. decay: of AdamW, of the matrix.
    flips: half of the batches are mirrored, where layers learn. looks: epochs after which what is learned by then is
    looked at, in order; the last one always is. lead: standard errors by which it must be ahead of the recipe before it
    after the first turn of a race, below 0 where it may be behind.
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
    looks: tuple[int, ...] = ()
    lead: float = 0.0

    @property
    def all_looks(self) -> tuple[int, ...]:
        """`looks` and the last epoch."""
        return tuple(sorted({*(epoch for epoch in self.looks if 0 < epoch < self.epochs), self.epochs}))


@dataclass
class Learned:
    """by_epoch: after each of `all_looks`, the matrix, and layers where they learned. losses: [[step, loss], …]."""

    by_epoch: dict[int, Weights] = field(default_factory=dict)
    losses: list[list[float]] = field(default_factory=list)

    @property
    def weights(self) -> Weights:
        """In the end."""
        return self.by_epoch[max(self.by_epoch)]


OnStep = Callable[[int, int, float, float], None]
"""(step, steps in all, loss, learning rate)."""


def fit_pictures(
    seen: Seen,
    lesson: Lesson,
    settings: Settings,
    start: Tensor,
    on_step: OnStep,
    should_stop: ShouldStop,
    *,
    state: Path | None = None,
    fingerprint: str = "",
    seconds_between_saves: float | None = None,
) -> Learned:
    """Trains from the layers that the encoder holds and from the matrix `start`; changes the layers in place.

    state: a file that is written now and then, and gone on from if it is there and has this `fingerprint`; None for
    none. seconds_between_saves: by default, the time that a save takes decides. Raises Cancelled, and TrainingError
    when the loss is no number.
    """
    torch.manual_seed(settings.seed)
    network, device = seen.network, seen.network.encoder.device
    matrix = Matrix(start, network.mean, device, learns=bool(settings.matrix_rate))
    layers = network.layers() if settings.layers else {}
    network.encoder.model.requires_grad_(False)  # below what learns, nothing is to be kept for a gradient
    optimiser = _optimiser(settings, matrix, layers, network.rates(), lesson)
    learning = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    steps = lesson.steps(settings.batch_size)
    total, looks = steps * settings.epochs, {epoch * steps: epoch for epoch in settings.all_looks}
    learned, passes = Learned(), _passes(network, settings)
    done = _resume(state, fingerprint, learning, optimiser, learned)
    is_time_to_save = SavingTimes(seconds_between_saves)
    for step, batch in _remaining_batches(lesson, settings, done):
        if should_stop():
            raise Cancelled
        mirrored = settings.flips and bool(torch.rand(()) < 0.5)
        eyes = _Seeing(seen, matrix, settings.layers, mirrored)
        loss = passes.backward(lesson.parts(batch, eyes), partial(lesson.loss, batch), optimiser.zero_grad)
        norm = nn.utils.clip_grad_norm_(learning, CLIP)
        _check_numbers(step, loss, norm)
        rate = _rate(step - 1, total, settings.warmup)
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * rate
        optimiser.step()
        optimiser.zero_grad()
        if step % math.ceil(total / 200) == 0 or step == total:
            learned.losses.append([step, loss])
        on_step(step, total, loss, rate * (settings.layers_rate or settings.matrix_rate))
        if step in looks:
            found = copy_layers(layers) | ({MATRIX: matrix.whole()} if network.has_matrix else {})
            check_finite(found)
            learned.by_epoch[looks[step]] = found
        now = time.monotonic()
        if state is not None and step < total and is_time_to_save(now, is_last=False):
            write_state(state, fingerprint, State(step, learned.losses, learned.by_epoch), learning, optimiser)
            is_time_to_save.after(now)
    return learned


def _resume(
    file: Path | None,
    fingerprint: str,
    learning: Sequence[nn.Parameter],
    optimiser: torch.optim.Optimizer,
    learned: Learned,
) -> int:
    """Steps that are done, with everything as it was after them; 0 where nothing is kept."""
    stored = None if file is None else read_state(file, fingerprint, learning, optimiser)
    if stored is None:
        return 0
    learned.losses, learned.by_epoch = stored.losses, stored.by_epoch
    return stored.step


def _passes(network: Network, settings: Settings) -> Passes:
    if not settings.layers:
        return Passes(None, nullcontext)
    return Passes(ITEMS_A_PASS[network.encoder.device], partial(network.encoder.reading, True))


class _Seeing:
    """See Eyes."""

    def __init__(self, seen: Seen, matrix: Matrix, layers: bool, mirrored: bool) -> None:
        self.seen, self.matrix, self.layers, self.mirrored = seen, matrix, layers, mirrored

    def pictures(self, keys: Any) -> Tensor:
        places, network = self.seen.places(keys), self.seen.network
        if self.layers:
            activations = self.seen.activations_of(places)
            axis = mirror_axis(tuple(activations.shape)) if self.mirrored else None
            # Mirrored activations are nearly those of a mirrored picture, and need no reading of it.
            features = network.upper(activations if axis is None else activations.flip(axis))
            return network.join(network.start(features), features, self.matrix.times)
        return network.join(self.seen.starts_of(places), self.seen.features_of(places), self.matrix.times)

    def words(self, texts: Sequence[str], base: np.ndarray) -> Tensor:
        network = self.seen.network
        learning = network.texts(texts) if self.layers else None
        if learning is None:
            learning = torch.from_numpy(base).to(network.encoder.device)
        return network.join_words(learning, self.matrix.times)


def _remaining_batches(lesson: Lesson, settings: Settings, done: int) -> Iterator[tuple[int, Any]]:
    """(step from 1, batch) of all steps but the first `done`; drawn anew, so that nothing of it needs to be kept."""
    steps = lesson.steps(settings.batch_size)
    for epoch in range(done // steps, settings.epochs):
        for place, batch in enumerate(lesson.batches(epoch, settings.batch_size, settings.seed)):
            step = epoch * steps + place + 1
            if step > done:
                yield step, batch


def _optimiser(
    settings: Settings, matrix: Matrix, layers: dict[str, nn.Parameter], rates: dict[str, float], lesson: Lesson
) -> torch.optim.Optimizer:
    """rates: see Network."""
    groups: list[dict[str, Any]] = []
    if matrix.parameters():
        groups.append({"params": matrix.parameters(), "peak": settings.matrix_rate, "weight_decay": settings.decay})
    by_rate: dict[float, list[nn.Parameter]] = defaultdict(list)
    for name, layer in layers.items():
        layer.requires_grad_(True)
        by_rate[rates.get(name, 1.0)].append(layer)
    for rate, own in by_rate.items():
        groups.append({"params": own, "peak": settings.layers_rate * rate, "weight_decay": 0.01})
    if lesson.parameters():
        groups.append({"params": lesson.parameters(), "peak": 1e-3, "weight_decay": 0.0})
    return torch.optim.AdamW(groups, lr=0.0, fused=True)  # on a CPU a sixth of the time of the plain one


def _check_numbers(step: int, loss: float, norm: Tensor) -> None:
    if not (math.isfinite(loss) and bool(torch.isfinite(norm))):
        raise TrainingError(
            f"Training broke off at step {step:,}: the loss is no longer a number.",
            "Start again with a lower learning rate.",
        )


def _rate(step: int, total: int, warmup: float) -> float:
    """Of the peak, at the step (from 0): a linear rise over the warm-up share of all steps, then a cosine to zero."""
    rising = warmup * total
    if step < rising:
        return (step + 1) / (rising + 1)
    return float((1 + np.cos(np.pi * (step - rising) / max(1.0, total - rising))) / 2)
