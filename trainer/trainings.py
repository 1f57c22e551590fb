"""The trainings of one run: every recipe is cross-fitted, and told to the outside as one training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from trainer.adapter import adapted, fit_adapter
from trainer.blend import Average, Candidate, adjusted_gain, blended, stretched, t_value
from trainer.config import FinetuneConfig, Tune
from trainer.encoders.text import TextEncoder, Tokens
from trainer.encoders.word_rows import keep_words, learn_words
from trainer.errors import Cancelled
from trainer.examples import Examples, count_steps
from trainer.fit import Fitted, Validate, fit, set_weights, snapshot, trainable_weights
from trainer.progress import Event, LogEvent, OnEvent, ShouldStop, StepEvent, ValidationEvent
from trainer.recipes import Recipe, recipes_of
from trainer.validation import Scores, ValidationSet

EYE_SHARE = 0.1  # of a training's time, for scores that are only looked at
CLEARLY_AHEAD = 2.5  # standard errors
COST_OF_TRAINING = 3.0  # of a text, against reading it

ADAPTER = "adapter"
"""The name of the adapter's matrix among weights; no parameter of an encoder is named so."""

Shares = tuple[float, float]
"""How much of the tuned weights, and how much of the adapter."""

Embeddings = Mapping[str, np.ndarray]
"""{"queries": (n, d), "documents": (m, d)} in the order of a validation set."""


@dataclass
class Trained:
    """What all trainings leave. averages and scores by recipe, in the order of `recipes_of`; scores by shares of the
    tuned weights and of the adapter. adapter: the mean of the turns' adapters, for any recipe.

    base: the scores of the base model, on the same queries. turns: how many trainings each average is of.
    losses and validation: as in report.json, steps and epochs counted through all trainings.
    """

    averages: list[Average]
    scores: list[dict[Shares, Scores]]
    adapter: Average = field(default_factory=Average)
    base: Scores = field(default_factory=Scores)
    turns: int = 0
    losses: list[list[float]] = field(default_factory=list)
    validation: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True)
class Turn:
    """One fold made ready. examples: to learn from. validation: the queries that choose, and the documents to find
    them among. base: their embeddings by the base model. mine: other examples for the same fold, with negatives by the
    encoder as it is now."""

    examples: Examples
    validation: ValidationSet
    base: Embeddings
    mine: Callable[[], Examples]

    def judge(self, embeddings: Embeddings, matrix: np.ndarray, share: float) -> Scores:
        """By these embeddings, with a share of the adapter `matrix` on top."""
        mixed = mixed_with_identity(matrix, share)
        return self.validation.judge(**{key: adapted(x, mixed) if share else x for key, x in embeddings.items()})


class CrossFit:
    """Trains every recipe once for every fold and has the fold's other queries judge it. Raises what `fit` raises."""

    def __init__(
        self,
        encoder: TextEncoder,
        tokens: Mapping[str, Tokens],
        before: tuple[Embeddings, Embeddings],
        config: FinetuneConfig,
        *,
        work_folder: Path,
        fingerprint: str,
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> None:
        """before: embeddings (d,) by the base model, of queries and of documents, by id."""
        self.encoder, self.tokens, self.before = encoder, tokens, before
        self.config, self.recipes = config, recipes_of(config)
        self.shares = sorted(share for share in config.blends if share > 0)
        self.work_folder, self.fingerprint = work_folder, fingerprint
        self.on_event, self.should_stop = on_event, should_stop
        self._have_words_learn()
        self.base = snapshot(trainable_weights(encoder, freeze_embeddings=config.freeze_embeddings))
        self.trained = Trained([Average() for _ in self.recipes], [{} for _ in self.recipes])
        self.racing = list(range(len(self.recipes)))  # places of the recipes that are still trained
        self._done, self._of_turn = _Counter(0, 0), Average()

    def run(self, turns: Sequence[Turn], advance: Callable[[float], None]) -> Trained:
        """All trainings, turn by turn. advance: is told the share of them that is done."""
        self._judge_base(turns)
        for number, turn in enumerate(turns, start=1):
            if number == 2 and self.config.race:
                self._drop_behind()
            if len(turns) > 1:
                self.on_event(LogEvent(f"Taking turns, {number} of {len(turns)}: learning without one part."))
            examples, self._of_turn = turn.examples, Average()
            matrix = fit_adapter(*self.before, examples, self.config.seed)
            self.trained.adapter.add({ADAPTER: torch.from_numpy(matrix)})
            for running, place in enumerate(self.racing):
                if number == 1 and self.config.race and self._has_won():
                    break
                if self.recipes[place].mined_anew:
                    examples = turn.mine()
                total = self._done
                for later in turns[number - 1 :]:
                    ahead = self.racing[running:] if later is turn else self.racing
                    for other in ahead:
                        total = total.after(self.recipes[other], later.examples)
                self._train(turn, examples, matrix, place, f"training-{number}-{place + 1}", total)
                advance((number - 1 + (running + 1) / len(self.racing)) / len(turns))
        return self.trained

    def _leader(self) -> Candidate:
        """The best of what has been tried so far; the base model where nothing has."""
        base, *tried = self.candidates()
        return max(tried, key=lambda candidate: adjusted_gain(base, candidate), default=base)

    def _has_won(self) -> bool:
        """Whether the leader is so far ahead of the base model that nothing else need be tried."""
        own, base = self._leader().scores.own, self.trained.base.own
        return t_value(np.array([score - base[query_id] for query_id, score in own.items()])) >= CLEARLY_AHEAD

    def _drop_behind(self) -> None:
        """Of the recipes, only the one that is best after the first turn goes on."""
        place = max(self._leader().recipe - 1, 0)
        if self.recipes[place].of_all:
            self.racing = [*range(place + 1)]
        else:  # what is mined anew is mined by the recipe before, trained in the same turn
            self.racing = [place - 1, place] if self.recipes[place].mined_anew else [place]
        if len(self.recipes) > 1:
            self.on_event(LogEvent(f"Ahead after the first turn, and going on: {self.recipes[place].name}."))

    def candidates(self) -> list[Candidate]:
        """The base model first, then every share of every recipe, simpler recipes last within equals."""
        found = [Candidate("base", 0, 0, 0.0, 0.0, self.trained.base)]
        for place, (recipe, scores) in enumerate(zip(self.recipes, self.trained.scores, strict=True), start=1):
            found += [
                Candidate(
                    _name(recipe, *shares), place, recipe.epochs, *shares, of_shares, place - 1 not in self.racing
                )
                for shares, of_shares in scores.items()
            ]
        return found

    def apply(self, chosen: Candidate) -> None:
        """Gives the encoder what was chosen, and its own tables of words back."""
        self._have_words_learn()
        set_weights(self.encoder, self.base)
        if chosen.blend:
            self._blend_in(chosen)
        keep_words(self.encoder.model)

    def _blend_in(self, chosen: Candidate) -> None:
        tuned, turns = self.trained.averages[chosen.recipe - 1].weights, self.trained.turns
        share = stretched(chosen.blend, turns)
        set_weights(self.encoder, {name: torch.lerp(self.base[name], weight, share) for name, weight in tuned.items()})
        if chosen.adapter:
            matrix = self.trained.adapter.weights[ADAPTER].numpy()
            self.encoder.add_adapter(mixed_with_identity(matrix, stretched(chosen.adapter, turns)))

    def _have_words_learn(self) -> None:
        if self.config.tune is Tune.EVERYTHING and not self.config.freeze_embeddings:
            learn_words(self.encoder.model, self.tokens.values())

    def _train(
        self, turn: Turn, examples: Examples, matrix: np.ndarray, place: int, name: str, total: "_Counter"
    ) -> None:
        recipe, trained, done = self.recipes[place], self.trained, self._done
        fitted = Fitted()
        if recipe.of_all:
            fitted.weights = self._of_turn.weights
            set_weights(self.encoder, fitted.weights)
            found = self._judge(turn, self._read(turn.validation), matrix)
        elif recipe.trains:
            set_weights(self.encoder, self.base)
            fitted = fit(
                self.encoder,
                self.tokens,
                examples,
                recipe.config,
                state_folder=self.work_folder / name,
                fingerprint=self.fingerprint,
                validate=self._validate_now(turn, examples),
                on_event=_shifted(self.on_event, done, total),
                should_stop=self.should_stop,
            )
            if any(other.of_all for other in self.recipes):
                self._of_turn.add(fitted.weights)
            found = self._judge(turn, self._read(turn.validation), matrix)
        else:
            found = {(share, share): turn.judge(turn.base, matrix, share) for share in self.shares}
        trained.averages[place].add(fitted.weights)
        for shares, scores in found.items():
            trained.scores[place].setdefault(shares, Scores()).update(scores)
        trained.losses += [[done.steps + step, loss] for step, loss in fitted.losses]
        trained.validation += [[done.epochs + epoch, score] for epoch, score in fitted.validation]
        self._done = done.after(recipe, examples)
        trained.validation.append([self._done.epochs, max((scores.mean for scores in found.values()), default=0.0)])
        self.on_event(ValidationEvent(int(trained.validation[-1][0]), trained.validation[-1][1]))

    def _judge(self, turn: Turn, tuned: Embeddings, matrix: np.ndarray) -> dict[Shares, Scores]:
        """All shares of a fully tuned model, each with all shares of the adapter on top."""
        found = {}
        for share in self.shares:
            embeddings = blended(turn.base, tuned, share)
            for of_adapter in sorted({0.0, *self.config.adapters}):
                found[share, of_adapter] = turn.judge(embeddings, matrix, of_adapter)
        return found

    def _judge_base(self, turns: Sequence[Turn]) -> None:
        for turn in turns:
            self.trained.base.update(turn.validation.judge(**turn.base))
        self.trained.turns = len(turns)
        self.trained.validation.append([0, self.trained.base.mean])
        self.on_event(ValidationEvent(0, self.trained.base.mean))

    def _read(self, validation: ValidationSet) -> Embeddings:
        return validation.read(self.encoder, self._stop_if_asked)

    def _validate_now(self, turn: Turn, examples: Examples) -> Validate | None:
        """Judging after each epoch is for the eye, so it must not cost much beside the training itself."""
        reading = len(turn.validation.query_ids) + len(turn.validation.document_ids)
        texts = examples.pairs_an_epoch * (2 + self.config.hard_negatives)
        if reading > EYE_SHARE * texts * COST_OF_TRAINING:
            return None
        return lambda: turn.validation.judge(**self._read(turn.validation)).mean

    def _stop_if_asked(self, share: float) -> None:
        if self.should_stop():
            raise Cancelled


def _name(recipe: Recipe, share: float, of_adapter: float) -> str:
    if recipe.config.tune is Tune.ADAPTER:
        return f"adapter, {share:.0%}"
    return f"{recipe.name}, {share:.0%} tuned" + (f", {of_adapter:.0%} adapter" if of_adapter else "")


def mixed_with_identity(matrix: np.ndarray, share: float) -> np.ndarray:
    """(1 − share) · identity + share · matrix (d, d)."""
    return (1 - share) * np.eye(len(matrix), dtype=matrix.dtype) + share * matrix


@dataclass(frozen=True)
class _Counter:
    """Epochs and steps of the trainings that are done."""

    epochs: int
    steps: int

    def after(self, recipe: Recipe, examples: Examples) -> "_Counter":
        steps = recipe.config.epochs * count_steps(examples, recipe.config.batch_size)
        return _Counter(self.epochs + recipe.epochs, self.steps + (steps if recipe.trains else 0))


def _shifted(on_event: OnEvent, done: _Counter, total: _Counter) -> OnEvent:
    """Passes events on with epochs and steps counted from the start of the first training."""

    def passed(event: Event) -> None:
        if isinstance(event, StepEvent):
            step, epoch = event.step + done.steps, event.epoch + done.epochs
            event = replace(event, step=step, total_steps=total.steps, epoch=epoch)
        elif isinstance(event, ValidationEvent):
            event = replace(event, epoch=event.epoch + done.epochs)
        on_event(event)

    return passed
