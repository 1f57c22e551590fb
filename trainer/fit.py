"""The training loop. It reads from top to bottom."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trainer.checkpoint import Weights, check_finite, read_tensors, write_tensors
from trainer.config import FinetuneConfig, Loss
from trainer.encoders.batches import Tokens
from trainer.encoders.halving import is_out_of_memory
from trainer.encoders.text import TextEncoder
from trainer.encoders.word_rows import LearnedRows
from trainer.errors import Cancelled, TrainingError
from trainer.examples import Batch, Examples, count_steps, draw_epoch
from trainer.memory import trim_memory
from trainer.objective import Objective
from trainer.progress import LogEvent, OnEvent, ShouldStop, StepEvent, ValidationEvent, ignore, never
from trainer.step import backward, too_little_memory

Validate = Callable[[], float]
"""The mean score of the queries that choose, by the encoder as it is now."""

CLIP = 1.0  # largest norm of the gradient
DRY_RUN_QUERIES, DRY_RUN_FROM = 8, 50
"""The longest queries of all, and the steps from which a training is worth trying out on them first."""
SECONDS_BETWEEN_EVENTS = 0.5
STEPS_BETWEEN_TRIMS = 16
"""Batches of ever other sizes leave holes in the memory, a few MB a step."""
SECONDS_BETWEEN_SAVES = (3.0, 20.0)
"""At least and at most; in between, 50 times what the latest save took, so that saving costs no more than 2%.
What takes less than the least is done again rather than saved."""
STATE_FILE = "state.safetensors"


@dataclass
class Fitted:
    """What a training ends with.

    losses: [[step, loss], …], at most about 500. validation: [[epoch, score], …] of what `validate` told.
    """

    weights: Weights = field(default_factory=dict)
    losses: list[list[float]] = field(default_factory=list)
    validation: list[list[float]] = field(default_factory=list)


def fit(
    encoder: TextEncoder,
    tokens: Mapping[str, Tokens],
    examples: Examples,
    config: FinetuneConfig,
    *,
    loss: Loss | None = None,
    state_folder: Path,
    fingerprint: str,
    validate: Validate | None = None,
    on_event: OnEvent = ignore,
    should_stop: ShouldStop = never,
    seconds_between_saves: float | None = None,
) -> Fitted:
    """Trains `encoder` in place on `examples`, resuming from `state_folder` where a state of this fingerprint is there.

    tokens: the tokenised text of every query and document that `examples` names, by ("q" or "d") + id.
    loss: of the run, where `examples` are a part of its examples; by default what these call for.
    fingerprint: of everything that decides the result; a state with another one is ignored.
    validate: called after every epoch but the last, to show how the training goes; nothing is chosen by it.
    seconds_between_saves: by default, the time that a save takes decides.
    Raises Cancelled when `should_stop` says so, DataError when the examples lack what the loss needs, TrainingError
    when the loss is no number, ResourceError when memory does not suffice for one pair, or the disk is full.
    """
    objective = Objective.of(examples, config, loss)
    weights = trainable_weights(encoder, freeze_embeddings=config.freeze_embeddings)
    optimiser = _make_optimiser(weights, config)
    total = (steps := count_steps(examples, config.batch_size)) * config.epochs
    done, fitted = _resume(state_folder, fingerprint, weights, optimiser)
    _tell_resumed(done, total, fitted, on_event)
    if not done and total >= DRY_RUN_FROM:
        _dry_run(encoder, tokens, examples, config, objective)
    spoken, is_time_to_save = time.monotonic(), SavingTimes(seconds_between_saves)
    for step, batch in _remaining_batches(examples, config, objective.balanced, done, total):
        if should_stop():
            raise Cancelled
        rate = learning_rate(step, total, config)
        value = backward(encoder, tokens, batch, objective, on_event)
        norm = torch.nn.utils.clip_grad_norm_(weights.values(), CLIP)
        _check_numbers(step, value, norm)
        _move(optimiser, rate, step)

        finished = step + 1
        if finished % math.ceil(total / 500) == 0 or finished == total:
            fitted.losses.append([finished, value])
        now = time.monotonic()
        if now - spoken >= SECONDS_BETWEEN_EVENTS or finished == total:
            spoken = now
            on_event(StepEvent(finished, total, finished / steps, value, rate))
        if validate is not None and finished % steps == 0 and finished < total:
            fitted.validation.append([finished // steps, validate()])
            on_event(ValidationEvent(finished // steps, fitted.validation[-1][1]))
        if is_time_to_save(now, is_last=finished == total):
            _save(state_folder, fingerprint, finished, weights, None if finished == total else optimiser, fitted)
            is_time_to_save.after(now)
    check_finite(weights)
    fitted.weights = snapshot(weights)
    optimiser.state.clear()  # twice the size of the weights
    trim_memory()
    return fitted


def _make_optimiser(weights: Mapping[str, torch.nn.Parameter], config: FinetuneConfig) -> torch.optim.Optimizer:
    return torch.optim.AdamW(weights.values(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)


def _tell_resumed(done: int, total: int, fitted: Fitted, on_event: OnEvent) -> None:
    if done:
        on_event(LogEvent(f"Training goes on after step {done:,} of {total:,}."))
    for epoch, score in fitted.validation:
        on_event(ValidationEvent(int(epoch), score))


class SavingTimes:
    """When to save: `pause` seconds after the latest save, or as SECONDS_BETWEEN_SAVES says."""

    def __init__(self, pause: float | None) -> None:
        self.fixed, self.pause = pause is not None, SECONDS_BETWEEN_SAVES[0] if pause is None else pause
        self.saved = time.monotonic()

    def __call__(self, now: float, *, is_last: bool) -> bool:
        return now - self.saved >= (min(self.pause, SECONDS_BETWEEN_SAVES[0]) if is_last else self.pause)

    def after(self, began: float) -> None:
        """Something was saved, from `began` until now."""
        self.saved = time.monotonic()
        if not self.fixed:
            low, high = SECONDS_BETWEEN_SAVES
            self.pause = min(max(50 * (self.saved - began), low), high)


def _move(optimiser: torch.optim.Optimizer, rate: float, step: int) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate
    try:
        optimiser.step()
    except RuntimeError as error:  # the first step takes twice the memory of the weights
        if not is_out_of_memory(error):
            raise
        raise too_little_memory() from error
    optimiser.zero_grad(set_to_none=True)
    if step % STEPS_BETWEEN_TRIMS == STEPS_BETWEEN_TRIMS - 1:  # now that the gradients are gone
        trim_memory()


def _check_numbers(step: int, loss: float, norm: Tensor) -> None:
    if not (math.isfinite(loss) and bool(torch.isfinite(norm))):
        raise TrainingError(
            f"Training broke off at step {step + 1:,}: the loss is no longer a number.",
            "Start again with a lower learning rate.",
        )


def trainable_weights(encoder: TextEncoder, *, freeze_embeddings: bool) -> dict[str, torch.nn.Parameter]:
    """The parameters to train, by name; all others stop asking for gradients.

    With `freeze_embeddings` all embedding tables stay. Else they learn, but of one whose rows learn, those alone.
    """
    stay = {
        id(module.weight)
        for module in encoder.model.modules()
        if isinstance(module, LearnedRows) or (freeze_embeddings and isinstance(module, torch.nn.Embedding))
    }
    for parameter in encoder.model.parameters():
        parameter.requires_grad_(id(parameter) not in stay)
    return {name: parameter for name, parameter in encoder.model.named_parameters() if parameter.requires_grad}


def set_weights(encoder: TextEncoder, weights: Mapping[str, Tensor]) -> None:
    """Gives the encoder these parameters; others stay as they are."""
    parameters = dict(encoder.model.named_parameters())
    with torch.no_grad():
        for name, weight in weights.items():
            parameters[name].copy_(weight)


def snapshot(weights: Mapping[str, Tensor]) -> Weights:
    """A copy on the CPU that later training leaves alone."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in weights.items()}


def learning_rate(step: int, total: int, config: FinetuneConfig) -> float:
    """Of the step (from 0): a linear rise over the warm-up share of all steps, then a cosine down to zero."""
    rising = config.warmup * total
    if step < rising:
        return config.learning_rate * (step + 1) / (rising + 1)
    return config.learning_rate * (1 + math.cos(math.pi * (step - rising) / max(1.0, total - rising))) / 2


def _remaining_batches(
    examples: Examples, config: FinetuneConfig, balanced: bool, done: int, total: int
) -> Iterator[tuple[int, Batch]]:
    """(step, batch) from step `done` on; drawn anew from epoch and seed, so nothing of it needs to be stored."""
    step = 0
    for epoch in range(config.epochs):
        if step + total // config.epochs <= done:
            step += total // config.epochs
            continue
        batches = draw_epoch(
            examples,
            epoch=epoch,
            seed=config.seed,
            batch_size=config.batch_size,
            negatives=config.hard_negatives,
            balanced=balanced,
        )
        for batch in batches:
            if step >= done:
                yield step, batch
            step += 1


def _dry_run(
    encoder: TextEncoder,
    tokens: Mapping[str, Tokens],
    examples: Examples,
    config: FinetuneConfig,
    objective: Objective,
) -> None:
    """A step on a few of the longest texts, thrown away: what cannot work should fail now and not in an hour."""
    longest = sorted(examples.positives, key=lambda name: -len(tokens["q" + name]["input_ids"]))[:DRY_RUN_QUERIES]
    few = Examples({name: examples.positives[name] for name in longest}, examples.judged, examples.mined)
    batch = next(
        draw_epoch(few, epoch=0, seed=config.seed, batch_size=config.batch_size, negatives=config.hard_negatives)
    )
    backward(encoder, tokens, batch, objective, ignore)
    encoder.model.zero_grad(set_to_none=True)


def _save(
    folder: Path,
    fingerprint: str,
    step: int,
    weights: Mapping[str, Tensor],
    optimiser: torch.optim.Optimizer | None,
    fitted: Fitted,
) -> None:
    """optimiser: None once the training is over, when its state is of no more use."""
    tensors: dict[str, Tensor] = {f"weight/{name}": tensor for name, tensor in weights.items()}
    if optimiser is not None:
        for name, parameter in weights.items():
            for key, value in optimiser.state[parameter].items():
                tensors[f"{key}/{name}"] = torch.as_tensor(value)
    facts: dict[str, Any] = {
        "fingerprint": fingerprint,
        "step": step,
        "losses": fitted.losses,
        "validation": fitted.validation,
    }
    write_tensors(folder / STATE_FILE, tensors, facts)


def _resume(
    folder: Path, fingerprint: str, weights: Mapping[str, torch.nn.Parameter], optimiser: torch.optim.Optimizer
) -> tuple[int, Fitted]:
    """(steps done, history), with weights and optimiser set to a stored state; (0, nothing) when there is none."""
    state = read_tensors(folder / STATE_FILE, fingerprint)
    if state is None:
        return 0, Fitted()
    tensors, facts = state
    with torch.no_grad():
        for name, parameter in weights.items():
            parameter.copy_(tensors[f"weight/{name}"])
            if f"step/{name}" not in tensors:
                continue  # never had a gradient, such as BERT's pooler, which no embedding passes through
            optimiser.state[parameter] = {
                "step": tensors[f"step/{name}"].to(parameter.device),
                "exp_avg": tensors[f"exp_avg/{name}"].to(parameter.device),
                "exp_avg_sq": tensors[f"exp_avg_sq/{name}"].to(parameter.device),
            }
    return facts["step"], Fitted(losses=facts["losses"], validation=facts["validation"])
