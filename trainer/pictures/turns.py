"""Taking turns: every recipe learns in every fold, whose other queries judge it, and the mean is what is published."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from trainer.blend import Average, Candidate, blended, stretched
from trainer.checkpoint import Weights, read_tensors, write_tensors
from trainer.config import FinetuneConfig
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

Embeddings = Mapping[str, np.ndarray]


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
        has_labels: bool,
        work_folder: Path,
        fingerprint: str,
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> None:
        """words: embeddings (d,) by the base model of queries in words, by query id; empty where queries are pictures.

        fingerprint: of everything that decides the result. A training that is done is kept in `work_folder`, and one
        that was interrupted begins anew, which gives the same.
        """
        self.seen, self.words, self.config, self.has_labels = seen, words, config, has_labels
        self.recipes = picture_recipes(config, seen.network, has_labels)
        self.shares = sorted(share for share in config.blends if share > 0)
        self.work_folder, self.fingerprint = work_folder, fingerprint
        self.on_event, self.should_stop = on_event, should_stop
        self.base = copy_layers(seen.network.layers()) if self.recipes[-1].layers else {}
        self.no_matrix = torch.zeros(seen.network.matrix_shape)
        self.first = first_matrix(seen.network.matrix_shape, seen.network.mean)
        self.trained = Trained([Average() for _ in self.recipes], [{} for _ in self.recipes])
        self.done = (0, 0)  # epochs and steps of the trainings that are over
        self.changed_layers, self.applied_matrix = False, self.no_matrix  # of what was chosen, once it is applied
        self.directions: Tensor | None = None  # that its embeddings are projected on

    def run(self, turns: Sequence[PictureTurn], advance: Callable[[float], None]) -> Trained:
        """All trainings, turn by turn. advance: is told the share of them that is done."""
        self._judge_base(turns)
        for number, turn in enumerate(turns, start=1):
            if len(turns) > 1:
                self.on_event(LogEvent(f"Taking turns, {number} of {len(turns)}: learning without one part."))
            start = self.first
            for place, recipe in enumerate(self.recipes):
                learned = self._train(turn, recipe, start, self.work_folder / f"turn-{number}-{place + 1}.safetensors")
                start = learned.weights.get(MATRIX, start)
                self._take(turn, place, recipe, learned)
                advance((number - 1 + (place + 1) / len(self.recipes)) / len(turns))
        return self.trained

    def candidates(self) -> list[Candidate]:
        """The base model first, then every share of every recipe."""
        found = [Candidate("base", 0, 0, 0.0, 0.0, self.trained.base)]
        for place, (recipe, scores) in enumerate(zip(self.recipes, self.trained.scores, strict=True), start=1):
            found += [
                Candidate(f"{recipe.name}, {share:.0%}", place, recipe.epochs, share, 0.0, of_share)
                for (share, _), of_share in scores.items()
            ]
        return found

    def apply(self, chosen: Candidate) -> None:
        """Gives the encoder what was chosen."""
        weights: Weights = dict(self.base)
        if chosen.blend:
            is_solved = not self.recipes[chosen.recipe - 1].epochs
            share = chosen.blend if is_solved else stretched(chosen.blend, self.trained.turns)
            for name, tuned in self.trained.averages[chosen.recipe - 1].weights.items():
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

    def _train(self, turn: PictureTurn, recipe: Settings, start: Tensor, file: Path) -> Learned:
        stored = read_tensors(file, self.fingerprint)
        if stored is not None:
            return Learned(stored[0], stored[1]["losses"])
        set_layers(self.seen.network.layers(), self.base)
        if not recipe.epochs:
            return Learned({MATRIX: self._solve(turn.part)})
        lesson = self._lesson(turn.part, start)
        learned = fit_pictures(self.seen, lesson, recipe, start, self._told(recipe, lesson), self.should_stop)
        write_tensors(file, learned.weights, {"fingerprint": self.fingerprint, "losses": learned.losses})
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
        if self.has_labels:
            keys = [part.data.queries[name] for name in part.learn]
            embeddings = self.seen.embed(self.seen.places(keys), start)
            labels = [part.data.labels[name] for name in part.learn]
            return LabelLesson(keys, labels, embeddings, self.config.loss, device)

        def read(query_ids: Sequence[str]) -> Tensor:
            learning = self.seen.network.texts([part.data.queries[name] for name in query_ids])
            if learning is not None:
                return learning
            return torch.from_numpy(np.stack([self.words[name] for name in query_ids])).to(device)

        return PairLesson(part.data, part.examples(), self.config, read)

    def _take(self, turn: PictureTurn, place: int, recipe: Settings, learned: Learned) -> None:
        """Has a training judged and adds it to the mean."""
        trained = self.trained
        scores = self._judge(turn, recipe, learned.weights)
        trained.averages[place].add(learned.weights)
        for share, found in scores.items():
            trained.scores[place].setdefault((share, 0.0), Scores()).update(found)
        epochs, steps = self.done
        trained.losses += [[steps + step, loss] for step, loss in learned.losses]
        self.done = (epochs + recipe.epochs, steps + (int(learned.losses[-1][0]) if learned.losses else 0))
        best = max((found.mean for found in scores.values()), default=0.0)
        trained.validation.append([self.done[0], best])
        self.on_event(ValidationEvent(self.done[0], best))

    def _judge(self, turn: PictureTurn, recipe: Settings, weights: Weights) -> dict[float, Scores]:
        if not recipe.layers:
            return {
                share: turn.validation.judge(**self._embeddings(turn, share * weights[MATRIX], None))
                for share in self.shares
            }
        set_layers(self.seen.network.layers(), weights)
        base = self._embeddings(turn, self.no_matrix, None)
        tuned = self._embeddings(turn, weights.get(MATRIX, self.no_matrix), self.seen)
        return {share: turn.validation.judge(**blended(base, tuned, share)) for share in self.shares}

    def _judge_base(self, turns: Sequence[PictureTurn]) -> None:
        for turn in turns:
            self.trained.base.update(turn.validation.judge(**self._embeddings(turn, self.no_matrix, None)))
        self.trained.turns = len(turns)
        self.trained.validation.append([0, self.trained.base.mean])
        self.on_event(ValidationEvent(0, self.trained.base.mean))

    def _embeddings(self, turn: PictureTurn, matrix: Tensor, now: Seen | None) -> Embeddings:
        """Of queries and documents of a turn. now: None for the layers of the base model, else as they are now."""
        data, validation = turn.part.data, turn.validation

        def see(keys: Sequence[str]) -> np.ndarray:
            places = self.seen.places(keys)
            return now.embed_now(places, matrix, self._stoppable) if now else self.seen.embed(places, matrix)

        documents = see([data.documents[name] for name in validation.document_ids])
        if turn.queries is None:
            return {"queries": see([data.queries[name] for name in validation.query_ids]), "documents": documents}
        if now is not None:
            with torch.inference_mode():
                learning = self.seen.network.texts([data.queries[name] for name in validation.query_ids])
            if learning is not None:
                return {"queries": learning.cpu().numpy(), "documents": documents}
        return {"queries": turn.queries, "documents": documents}

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
