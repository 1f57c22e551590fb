"""The trainings of one run: every recipe is cross-fitted, and told to the outside as one training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from trainer.adapter import adapted, fit_adapter
from trainer.blend import Average, Candidate, adjusted_gain, barred, blended, gains, stretched, t_value
from trainer.config import FinetuneConfig, Loss, Tune
from trainer.encoders.base import OnShare
from trainer.encoders.text import TextEncoder, Tokens
from trainer.encoders.word_rows import keep_words, learn_words
from trainer.errors import Cancelled
from trainer.examples import Examples, count_steps
from trainer.fit import Fitted, Validate, fit, set_weights, snapshot, trainable_weights
from trainer.lanes import Work, abreast, count_lanes
from trainer.progress import Event, LogEvent, OnEvent, ShouldStop, StepEvent, ValidationEvent
from trainer.recipes import Recipe
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
    """What all trainings leave. averages and scores by recipe, in the order in which they learn; scores by shares of
    the tuned weights and of the adapter. adapter: the mean of the turns' adapters, for any recipe.

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
    them among. base: their embeddings by the base model. mine: other examples for the same fold, with negatives by an
    encoder as it is now."""

    examples: Examples
    validation: ValidationSet
    base: Embeddings
    mine: Callable[[TextEncoder, OnShare], Examples]

    def judge(self, embeddings: Embeddings, matrix: np.ndarray, share: float) -> Scores:
        """By these embeddings, with a share of the adapter `matrix` on top."""
        mixed = mixed_with_identity(matrix, share)
        return self.validation.judge(**{key: adapted(x, mixed) if share else x for key, x in embeddings.items()})


@dataclass
class Lane:
    """A turn under way. encoder: its own where several are under way at once. adapter: the matrix that it learned.
    examples: what the next training learns from. learned: the mean of what its trainings gave."""

    number: int
    turn: Turn
    encoder: TextEncoder
    adapter: np.ndarray
    examples: Examples
    learned: Average = field(default_factory=Average)


@dataclass(frozen=True)
class Outcome:
    """What a recipe gave in a turn. examples: what it learned from."""

    fitted: Fitted
    scores: dict[Shares, Scores]
    examples: Examples


class CrossFit:
    """Trains every recipe once for every fold and has the fold's other queries judge it. Raises what `fit` raises.

    Turns are under way side by side where the machine is faster so (`lanes`). That changes no decision: whatever the
    first turn decides waits for nothing else, and what it rules out is forgotten.
    """

    def __init__(
        self,
        encoder: TextEncoder,
        tokens: Mapping[str, Tokens],
        before: tuple[Embeddings, Embeddings],
        config: FinetuneConfig,
        recipes: Sequence[Recipe],
        *,
        loss: Loss,
        work_folder: Path,
        fingerprint: str,
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> None:
        """before: embeddings (d,) by the base model, of queries and of documents, by id. recipes: what is tried, in
        this order. loss: of all of them, chosen from all examples."""
        self.encoder, self.tokens, self.before = encoder, tokens, before
        self.config, self.recipes, self.loss = config, recipes, loss
        self.shares = sorted(share for share in config.blends if share > 0)
        self.work_folder, self.fingerprint = work_folder, fingerprint
        self.on_event, self.should_stop = on_event, should_stop
        self._have_words_learn()
        self.base = snapshot(trainable_weights(encoder, freeze_embeddings=config.freeze_embeddings))
        self.trained = Trained([Average() for _ in self.recipes], [{} for _ in self.recipes])
        self.racing = list(range(len(self.recipes)))  # places of the recipes that are still trained
        self._done = _Counter(0, 0)

    def run(self, turns: Sequence[Turn], advance: Callable[[float], None]) -> Trained:
        """All trainings, turn by turn. advance: is told the share of them that is done."""
        self._judge_base(turns)
        lanes = count_lanes(self.encoder, len(turns)) if any(recipe.trains for recipe in self.recipes) else 1
        encoders = [self.encoder, *(self.encoder.twin() for _ in range(lanes - 1))]
        for encoder in encoders:
            encoder.tokens_kept //= lanes
        for start in range(0, len(turns), lanes):
            group = turns[start : start + lanes]
            under_way = [
                self._lane(start + place, turn, encoder)
                for place, (turn, encoder) in enumerate(zip(group, encoders, strict=False), start=1)
            ]
            self._take_turns(under_way, turns[start + lanes :], advance)
        return self.trained

    def _lane(self, number: int, turn: Turn, encoder: TextEncoder) -> Lane:
        matrix = fit_adapter(*self.before, turn.examples, self.config.seed)
        self.trained.adapter.add({ADAPTER: torch.from_numpy(matrix)})
        return Lane(number, turn, encoder, matrix, turn.examples)

    def _take_turns(self, lanes: Sequence[Lane], later: Sequence[Turn], advance: Callable[[float], None]) -> None:
        """Every recipe that still races, in these turns side by side. In a race the first turn alone decides what goes
        on, so what its fellows give waits for that."""
        first = lanes[0]
        decides = first.number == 1 and self.config.race
        waiting: list[tuple[int, Outcome]] = []
        turns = first.number - 1 + len(lanes) + len(later)
        self._tell_turns(first.number, len(lanes), turns)
        for running, place in enumerate(self.racing):
            if decides and self._has_won():
                break
            outcomes = self._abreast(lanes, place, self._expected(lanes, self.racing[running:], later))
            for outcome in outcomes:
                self._record(place, outcome, is_told=outcome is outcomes[0])
            for outcome in outcomes[:1] if decides else outcomes:
                self._count(place, outcome)
            waiting += [(place, outcome) for outcome in outcomes[1:] if decides]
            advance((first.number - 1 + (running + 1) / len(self.racing) * len(lanes)) / turns)
        if decides and turns > 1:
            self._drop_behind()
        for place, outcome in waiting:
            if place in self.racing:
                self._count(place, outcome)

    def _abreast(self, lanes: Sequence[Lane], place: int, total: "_Counter") -> list[Outcome]:
        """One recipe in these turns."""
        steps = [self._steps(place, lane) for lane in lanes]
        on_event = _shifted(self.on_event, self._done, total, together=sum(steps) / max(1, steps[0]))

        def training_of(lane: Lane) -> Work[Outcome]:
            return lambda tell, should_stop: self._train(lane, place, tell, should_stop)

        return abreast([training_of(lane) for lane in lanes], on_event, self.should_stop)

    def _expected(self, lanes: Sequence[Lane], places: Sequence[int], later: Sequence[Turn]) -> "_Counter":
        """What is done, and all that is still to do: in the turns under way these recipes, later all that race."""
        total = self._done
        for lane in lanes:
            for place in places:
                total = total.after(self.recipes[place], lane.examples)
        for turn in later:
            for place in self.racing:
                total = total.after(self.recipes[place], turn.examples)
        return total

    def _steps(self, place: int, lane: Lane) -> int:
        return _Counter(0, 0).after(self.recipes[place], lane.examples).steps

    def _tell_turns(self, number: int, together: int, turns: int) -> None:
        if together > 1:
            which = f"{number} {'and' if together == 2 else 'to'} {number + together - 1}"
            message = f"Taking turns, {which} of {turns} side by side: each learns without one part."
            self.on_event(LogEvent(message))
        elif turns > 1:
            self.on_event(LogEvent(f"Taking turns, {number} of {turns}: learning without one part."))

    def _leader(self) -> Candidate:
        """The best of what has been tried so far; the base model where nothing has."""
        base, *tried = self.candidates()
        return max(tried, key=lambda candidate: adjusted_gain(base, candidate), default=base)

    def _has_won(self) -> bool:
        """Whether the leader is so far ahead of the base model that nothing else need be tried, and could be chosen."""
        base, leader = self.candidates()[0], self._leader()
        return t_value(gains(base, leader)) >= CLEARLY_AHEAD and not barred(base, leader)

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
        """The base model first, then every share of every recipe, in the order in which they learned."""
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

    def _train(self, lane: Lane, place: int, on_event: OnEvent, should_stop: ShouldStop) -> Outcome:
        recipe, turn = self.recipes[place], lane.turn
        stoppable = _stopping(should_stop)
        if recipe.mined_anew:
            lane.examples = turn.mine(lane.encoder, stoppable)
        fitted = Fitted()
        if recipe.of_all:
            fitted.weights = lane.learned.weights
            set_weights(lane.encoder, fitted.weights)
        elif recipe.trains:
            set_weights(lane.encoder, self.base)
            fitted = fit(
                lane.encoder,
                self.tokens,
                lane.examples,
                recipe.config,
                loss=self.loss,
                state_folder=self.work_folder / f"training-{lane.number}-{place + 1}",
                fingerprint=f"{self.fingerprint} {recipe.name}",
                validate=self._validate_now(lane, stoppable),
                on_event=on_event,
                should_stop=should_stop,
            )
            if any(other.of_all for other in self.recipes):
                lane.learned.add(fitted.weights)
        else:
            found = {(share, share): turn.judge(turn.base, lane.adapter, share) for share in self.shares}
            return Outcome(fitted, found, lane.examples)
        read = turn.validation.read(lane.encoder, stoppable)
        return Outcome(fitted, self._judge(turn, read, lane.adapter), lane.examples)

    def _count(self, place: int, outcome: Outcome) -> None:
        """From now on this is of what is chosen from."""
        self.trained.averages[place].add(outcome.fitted.weights)
        for shares, scores in outcome.scores.items():
            self.trained.scores[place].setdefault(shares, Scores()).update(scores)

    def _record(self, place: int, outcome: Outcome, *, is_told: bool) -> None:
        """For the curves. is_told: whether what happened on the way was told while it happened."""
        trained, done, fitted = self.trained, self._done, outcome.fitted
        trained.losses += [[done.steps + step, loss] for step, loss in fitted.losses]
        told = len(trained.validation) + (len(fitted.validation) if is_told else 0)
        trained.validation += [[done.epochs + epoch, score] for epoch, score in fitted.validation]
        self._done = done.after(self.recipes[place], outcome.examples)
        best = max((scores.mean for scores in outcome.scores.values()), default=0.0)
        trained.validation.append([self._done.epochs, best])
        for epoch, score in trained.validation[told:]:
            self.on_event(ValidationEvent(int(epoch), score))

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

    def _validate_now(self, lane: Lane, on_share: OnShare) -> Validate | None:
        """Judging after each epoch is for the eye, so it must not cost much beside the training itself."""
        validation = lane.turn.validation
        reading = len(validation.query_ids) + len(validation.document_ids)
        texts = lane.examples.pairs_an_epoch * (2 + self.config.hard_negatives)
        if reading > EYE_SHARE * texts * COST_OF_TRAINING:
            return None
        return lambda: validation.judge(**validation.read(lane.encoder, on_share)).mean


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


def _stopping(should_stop: ShouldStop) -> OnShare:
    def stop_if_asked(share: float) -> None:
        if should_stop():
            raise Cancelled

    return stop_if_asked


def _shifted(on_event: OnEvent, done: _Counter, total: _Counter, together: float) -> OnEvent:
    """Passes events on with epochs and steps counted from the start of the first training.

    together: all steps of the trainings under way over those of the one that speaks, as they get on alike."""

    def passed(event: Event) -> None:
        if isinstance(event, StepEvent):
            step, epoch = round(event.step * together) + done.steps, event.epoch * together + done.epochs
            event = replace(event, step=step, total_steps=total.steps, epoch=epoch)
        elif isinstance(event, ValidationEvent):
            event = replace(event, epoch=event.epoch + done.epochs)
        on_event(event)

    return passed
