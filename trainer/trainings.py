"""The trainings of one run, one after the other, told to the outside as if they were one."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from trainer.blend import Tuned, set_weights
from trainer.config import FinetuneConfig
from trainer.encoders.text import TextEncoder, Tokens
from trainer.examples import Examples, count_steps
from trainer.fit import Validate, fit, snapshot, trainable_weights
from trainer.loss_choice import learning_words
from trainer.progress import Event, LogEvent, OnEvent, ShouldStop, StepEvent, ValidationEvent


def train_all(
    encoder: TextEncoder,
    tokens: Mapping[str, Tokens],
    examples: Examples,
    config: FinetuneConfig,
    validate: Validate,
    *,
    base_score: float,
    work_folder: Path,
    fingerprint: str,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> Tuned:
    """Trains with each variant of the settings, from the base weights every time. Raises what `fit` raises."""
    tuned = Tuned(snapshot(trainable_weights(encoder, freeze_embeddings=config.freeze_embeddings)))
    on_event(LogEvent(learning_words(config.loss, examples, config.batch_size)))
    variants = _variants(config)
    steps = config.epochs * count_steps(examples, config.batch_size)
    for number, (name, variant) in enumerate(variants.items()):
        set_weights(encoder, tuned.base, tuned.base, 0.0)
        if len(variants) > 1:
            on_event(LogEvent(f"Training {number + 1} of {len(variants)}: {name}."))
        first_epoch, first_step = number * config.epochs, number * steps
        fitted = fit(
            encoder,
            tokens,
            examples,
            variant,
            validate,
            base_score=base_score,
            state_folder=work_folder / f"training-{number + 1}",
            fingerprint=fingerprint,
            on_event=_shifted(on_event, first_epoch, first_step, len(variants) * steps),
            should_stop=should_stop,
        )
        tuned.epochs[first_epoch + fitted.epoch] = fitted.weights
        tuned.names[first_epoch + fitted.epoch] = name
        tuned.scores[first_epoch + fitted.epoch] = fitted.scores
        tuned.losses += [[first_step + step, loss] for step, loss in fitted.losses]
        tuned.validation += [[first_epoch + epoch, score] for epoch, score in fitted.validation if epoch or not number]
    return tuned


def _variants(config: FinetuneConfig) -> dict[str, FinetuneConfig]:
    """Hard negatives help where documents recur and hurt elsewhere, so validation decides."""
    if not config.hard_negatives:
        return {"no hard negatives": config}
    variants = {f"{config.hard_negatives} hard negatives": config}
    if config.try_without:
        variants["no hard negatives"] = replace(config, hard_negatives=0)
    return variants


def _shifted(on_event: OnEvent, epochs: int, steps: int, total: int) -> OnEvent:
    """Passes events on with epochs and steps counted from the start of the first training."""

    def passed(event: Event) -> None:
        if isinstance(event, StepEvent):
            event = replace(event, step=event.step + steps, total_steps=total, epoch=event.epoch + epochs)
        elif isinstance(event, ValidationEvent):
            if epochs and event.epoch == 0:
                return  # the base model was told already
            event = replace(event, epoch=event.epoch + epochs)
        on_event(event)

    return passed
