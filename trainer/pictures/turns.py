"""Taking turns: every recipe learns in every fold, whose other queries judge it, and the mean is what is published."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from trainer.blend import Average, Candidate, adjusted_gain, blended, stretched, t_value
from trainer.checkpoint import Weights, read_tensors, write_tensors
from trainer.config import FinetuneConfig, Loss
from trainer.errors import Cancelled
from trainer.pictures.directions import main_directions
from trainer.pictures.dual_network import DualNetwork
from trainer.pictures.fit import Learned, Settings, fit_pictures
from trainer.pictures.lessons import LabelLesson, LearningPart, Lesson, PairLesson
from trainer.pictures.matrix import first_matrix
from trainer.pictures.network import TimmNetwork
from trainer.pictures.recipes import picture_recipes
from trainer.pictures.seen import Seen
from trainer.pictures.weights import MATRIX, copy_layers, set_layers
from trainer.progress import LogEvent, OnEvent, ShouldStop, StepEvent, ValidationEvent
from trainer.trainings import Trained
from trainer.validation import Scores, ValidationSet

AHEAD = 2.0
"""Standard errors; see `PictureTurns.candidates`."""

Embeddings = Mapping[str, np.ndarray]

Look = tuple[int, float]
"""After which epoch a training was looked at, and the share of what it had learned by then."""


@dataclass(frozen=True)
class PictureTurn:
    """One fold made ready. validation: those who choose, and what they search among. queries: their embeddings by the
    base model where they are words, else None."""

    part: LearningPart
    validation: ValidationSet
    queries: np.ndarray | None


class PictureTurns:
    """Trains every recipe once for every fold and has the fold's other queries judge it. Raises what `fit` raises."""

    def __init__(
        self,
        seen: Seen,
        words: Mapping[str, np.ndarray],
        config: FinetuneConfig,
        *,
        loss: Loss | None,
        work_folder: Path,
        fingerprint: str,
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> None:
        """words: embeddings (d,) by the base model of queries in words, by query id; empty where queries are pictures.
        loss: of pairs, chosen from all of them; None of labelled pictures.

        fingerprint: of everything that decides the result. A training that is done is kept in `work_folder`, and one
        that is interrupted goes on from what it kept there.
        """
        self.seen, self.words, self.config, self.loss = seen, words, config, loss
        self.recipes = picture_recipes(config, seen.network, has_labels=loss is None)
        self.shares = sorted(share for share in config.blends if share > 0)
        self.work_folder, self.fingerprint = work_folder, fingerprint
        self.on_event, self.should_stop = on_event, should_stop
        self.base = copy_layers(seen.network.layers()) if self.recipes[-1].layers else {}
        self.no_matrix = torch.zeros(seen.network.matrix_shape)
        self.first = first_matrix(seen.network.matrix_shape, seen.network.mean)
        looks = [recipe.all_looks for recipe in self.recipes]
        self.averages = [{epoch: Average() for epoch in epochs} for epochs in looks]
        self.scores: list[dict[Look, Scores]] = [{} for _ in self.recipes]
        self.trained = Trained([], [])  # averages and scores are here, by epoch as well
        self.racing = list(range(len(self.recipes)))  # places of the recipes that are still trained
        self.done = (0, 0)  # epochs and steps of the trainings that are over
        self.changed_layers, self.applied_matrix = False, self.no_matrix  # of what was chosen, once it is applied
        self.directions: Tensor | None = None  # that its embeddings are projected on

    def run(self, turns: Sequence[PictureTurn], advance: Callable[[float], None]) -> Trained:
        """All trainings, turn by turn. advance: is told the share of them that is done."""
        self._judge_base(turns)
        for number, turn in enumerate(turns, start=1):
            if number == 2 and self.config.race:
                self._drop_behind()
            if len(turns) > 1:
                self.on_event(LogEvent(f"Taking turns, {number} of {len(turns)}: learning without one part."))
            start = self.first
            for running, place in enumerate(self.racing, start=1):
                learned = self._train(turn, self.recipes[place], start, self.work_folder / f"turn-{number}-{place + 1}")
                start = learned.weights.get(MATRIX, start)
                self._take(turn, place, learned)
                advance((number - 1 + running / len(self.racing)) / len(turns))
        return self.trained

    def _drop_behind(self) -> None:
        """A recipe that is too far behind the one before it after the first turn is no longer trained, nor are those
        that go on from it."""
        base, *tried = self.candidates()

        def best_of(place: int) -> Candidate:
            own = [candidate for candidate in tried if candidate.recipe == place + 1]
            return max(own, key=lambda candidate: adjusted_gain(base, candidate))

        for place in self.racing[1:]:
            if _lead(best_of(place).scores, best_of(place - 1).scores) < self.recipes[place].lead:
                names = ", ".join(recipe.name for recipe in self.recipes[place:])
                self.on_event(LogEvent(f"Not ahead after the first turn, and no longer tried: {names}."))
                self.racing = self.racing[:place]
                return

    def candidates(self) -> list[Candidate]:
        """The base model first, then every share of every recipe, as it was in the end and, where it is surely better
        than that, as it was after an earlier epoch.

        Near ties go to the end. Measured with all epochs as candidates, on 100 labelled product photos: ties went to
        earlier ones, and MAP@10 of other photos fell from .688 to .680.
        """
        found = [Candidate("base", 0, 0, 0.0, 0.0, self.trained.base)]
        for place, (recipe, looks) in enumerate(zip(self.recipes, self.scores, strict=True)):
            for (epoch, share), scores in sorted(looks.items(), key=lambda look: (-look[0][0], look[0][1])):
                is_earlier = epoch < recipe.epochs
                if is_earlier and _lead(scores, looks[recipe.epochs, share]) < AHEAD:
                    continue
                name = f"{recipe.name}, epoch {epoch} of {recipe.epochs}" if is_earlier else recipe.name
                dropped = place not in self.racing
                found.append(Candidate(f"{name}, {share:.0%}", place + 1, epoch, share, 0.0, scores, dropped))
        return found

    def apply(self, chosen: Candidate) -> None:
        """Gives the encoder what was chosen."""
        weights: Weights = dict(self.base)
        if chosen.blend:
            is_solved = not self.recipes[chosen.recipe - 1].epochs
            share = chosen.blend if is_solved else stretched(chosen.blend, self.trained.turns)
            for name, tuned in self.averages[chosen.recipe - 1][chosen.epoch].weights.items():
                weights[name] = torch.lerp(self.base.get(name, torch.zeros_like(tuned)), tuned, share)
        self.changed_layers = bool(chosen.blend) and self.recipes[chosen.recipe - 1].layers
        self.applied_matrix = weights.get(MATRIX, self.no_matrix)
        self.seen.network.publish(weights)
        if chosen.blend and self.config.output_size:
            self._shorten(self.config.output_size)

    def _shorten(self, size: int) -> None:
        """Has the encoder give embeddings of fewer numbers. What they are to keep, all pictures but the test's say."""
        seen, places = self.seen, np.arange(self.seen.known)
        if not isinstance(seen.network, TimmNetwork) or size >= seen.network.encoder.embedding_size:
            self.on_event(
                LogEvent("The embeddings keep their size: this base model's cannot be made as long as asked.")
            )
            return
        matrix = self.applied_matrix
        embeddings = (
            seen.embed_now(places, matrix, self._stoppable) if self.changed_layers else seen.embed(places, matrix)
        )
        self.directions = main_directions(embeddings, size)
        seen.network.project(self.directions)

    def _train(self, turn: PictureTurn, recipe: Settings, start: Tensor, kept: Path) -> Learned:
        """kept: a folder for what is done of it."""
        file, state = kept / "learned.safetensors", kept / "state.safetensors"
        stored = read_tensors(file, self.fingerprint)
        if stored is not None:
            return Learned(_by_epoch(stored[0]), stored[1]["losses"])
        set_layers(self.seen.network.layers(), self.base)
        if not recipe.epochs:
            return Learned({0: {MATRIX: self._solve(turn.part)}})
        lesson = self._lesson(turn.part, start)
        learned = fit_pictures(
            self.seen,
            lesson,
            recipe,
            start,
            self._told(recipe, lesson),
            self.should_stop,
            state=state,
            fingerprint=self.fingerprint,
        )
        tensors = {f"{epoch}/{name}": x for epoch, weights in learned.by_epoch.items() for name, x in weights.items()}
        write_tensors(file, tensors, {"fingerprint": self.fingerprint, "losses": learned.losses})
        state.unlink(missing_ok=True)
        return learned

    def _solve(self, part: LearningPart) -> Tensor:
        """A second's work, so that nothing of it is kept."""
        network, documents = self.seen.network, part.data.documents
        assert isinstance(network, DualNetwork)
        pairs = [(query_id, name) for query_id, gains in part.relevance().items() for name in gains]
        features = self.seen.features[self.seen.places([documents[name] for _, name in pairs])]
        return network.solve(features, self.seen.features, np.stack([self.words[query_id] for query_id, _ in pairs]))

    def _lesson(self, part: LearningPart, start: Tensor) -> Lesson:
        device = self.seen.network.encoder.device
        if self.loss is None:
            keys = [part.data.queries[name] for name in part.learn]
            embeddings = self.seen.embed(self.seen.places(keys), start)
            labels = [part.data.labels[name] for name in part.learn]
            return LabelLesson(keys, labels, embeddings, self.config.loss, device)

        return PairLesson(part.data, part.examples(), self.config, self.words, self.loss)

    def _take(self, turn: PictureTurn, place: int, learned: Learned) -> None:
        """Has a training judged and adds it to the mean."""
        trained, recipe = self.trained, self.recipes[place]
        best = 0.0
        for epoch, weights in learned.by_epoch.items():
            self.averages[place][epoch].add(weights)
            scores = self._judge(turn, recipe, weights)
            for share, found in scores.items():
                self.scores[place].setdefault((epoch, share), Scores()).update(found)
            best = max((found.mean for found in scores.values()), default=0.0)  # in the end, that of the last
        epochs, steps = self.done
        trained.losses += [[steps + step, loss] for step, loss in learned.losses]
        passes = max(recipe.epochs, 1)  # what is solved in closed form sees all examples once; 0 stands for the base
        self.done = (epochs + passes, steps + (int(learned.losses[-1][0]) if learned.losses else 0))
        trained.validation.append([self.done[0], best])
        self.on_event(ValidationEvent(self.done[0], best))

    def _judge(self, turn: PictureTurn, recipe: Settings, weights: Weights) -> dict[float, Scores]:
        if not recipe.layers:
            return {
                share: turn.validation.judge(**self._embeddings(turn, share * weights[MATRIX], now=False))
                for share in self.shares
            }
        set_layers(self.seen.network.layers(), weights)
        base = self._embeddings(turn, self.no_matrix, now=False)
        tuned = self._embeddings(turn, weights.get(MATRIX, self.no_matrix), now=True)
        return {share: turn.validation.judge(**blended(base, tuned, share)) for share in self.shares}

    def _judge_base(self, turns: Sequence[PictureTurn]) -> None:
        for turn in turns:
            self.trained.base.update(turn.validation.judge(**self._embeddings(turn, self.no_matrix, now=False)))
        self.trained.turns = len(turns)
        self.trained.validation.append([0, self.trained.base.mean])
        self.on_event(ValidationEvent(0, self.trained.base.mean))

    def _embeddings(self, turn: PictureTurn, matrix: Tensor, *, now: bool) -> Embeddings:
        """Of queries and documents of a turn. now: by the layers as they are now, else as the base model has them."""
        data, validation, seen = turn.part.data, turn.validation, self.seen

        def see(keys: Sequence[str]) -> np.ndarray:
            places = seen.places(keys)
            return seen.embed_now(places, matrix, self._stoppable) if now else seen.embed(places, matrix)

        documents = see([data.documents[name] for name in validation.document_ids])
        questions = [data.queries[name] for name in validation.query_ids]
        if turn.queries is None:
            return {"queries": see(questions), "documents": documents}
        read = seen.words_now(questions, turn.queries, matrix) if now else seen.embed_words(turn.queries, matrix)
        return {"queries": read, "documents": documents}

    def _told(self, recipe: Settings, lesson: Lesson) -> Callable[[int, int, float, float], None]:
        epochs, steps = self.done

        def on_step(step: int, total: int, loss: float, rate: float) -> None:
            epoch = epochs + step / lesson.steps(recipe.batch_size)
            self.on_event(StepEvent(steps + step, steps + total, epoch, loss, rate))

        return on_step

    def _stoppable(self, share: float) -> None:
        if self.should_stop():
            raise Cancelled


def make_turn(part: LearningPart, validation: ValidationSet, words: Embeddings) -> PictureTurn:
    """words: as `PictureTurns` takes them."""
    queries = np.stack([words[name] for name in validation.query_ids]) if words else None
    return PictureTurn(part, validation, queries)


def _lead(scores: Scores, over: Scores) -> float:
    """Standard errors by which these scores are better than the others, query by query."""
    return t_value(np.array([score - over.own[query_id] for query_id, score in scores.own.items()]))


def _by_epoch(tensors: Weights) -> dict[int, Weights]:
    """From names that begin with the epoch."""
    found: dict[int, Weights] = {}
    for name, tensor in tensors.items():
        epoch, _, rest = name.partition("/")
        found.setdefault(int(epoch), {})[rest] = tensor
    return dict(sorted(found.items()))
