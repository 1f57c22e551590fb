"""Blends of base and tuned weights, and the choice among them by queries that the trainings did not see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import copysign, sqrt

import numpy as np

from trainer.checkpoint import Weights
from trainer.validation import Scores

CAUTION = 0.5
"""How much of the standard error a full share of tuned weights must make good; see `choose`."""

SURE = 3.0
"""Standard errors by which examples must agree with the base model, lest they be doubtful; see `choose`."""

CERTAIN = 4.0
"""Standard errors by which a gain on doubtful examples must be more than chance. More, as a dozen candidates each have
their chance: one that had learned from wrong examples reached 3.04, and was ruined."""

SAME = 1e-9
"""Of a mean: differences that spread less are the same, but for rounding."""


@dataclass(frozen=True)
class Candidate:
    """A model that could be published: `blend` of what the training `recipe` taught; 0 is the base.

    adapter: how much of the adapter is on top. scores: of all queries that choose, each judged by a model that had not
    learned from it. dropped: no longer trained after the first turn, being behind, so that scores are of that
    turn's queries only, and it cannot be chosen.
    """

    name: str
    recipe: int
    epoch: int
    blend: float
    adapter: float
    scores: Scores
    dropped: bool = False

    @property
    def score(self) -> float:
        """Mean over the queries; 0 when there are none."""
        return self.scores.mean

    @property
    def distance(self) -> float:
        """How far from the base model, as `choose` counts it: 1 is all of the tuned weights."""
        return self.blend + self.adapter / 2


class Barred(StrEnum):
    """Why a candidate cannot be chosen, whatever it gains."""

    BEHIND = "behind"  # dropped after the first turn
    DOUBTFUL = "doubtful"  # the examples may be wrong, and it has not gained beyond chance: see `choose`


class Average:
    """The mean of the weights that several trainings end with, kept as one sum."""

    def __init__(self) -> None:
        self._sum: Weights = {}
        self._count = 0

    def add(self, weights: Weights) -> None:
        """One more training's."""
        self._sum = {name: self._sum[name] + tensor if self._sum else tensor for name, tensor in weights.items()}
        self._count += 1

    @property
    def weights(self) -> Weights:
        """After Izmailov et al. 2018 (arXiv:1803.05407) and Wortsman et al. 2022 (arXiv:2203.05482): models tuned from
        the same one, by other data, lie in one valley, and their mean is at least as good as any."""
        return {name: tensor / self._count for name, tensor in self._sum.items()}


def stretched(blend: float, folds: int) -> float:
    """How far to go from the base towards the mean of a cross-fit's models, for a blend of `blend`.

    Each of them learned from part of the examples, and each went its own way beside the common one, so that their mean
    is a shorter step than a training on all examples takes. Measured on five data sets: best at 1.25 for 2 folds.
    """
    return blend * (1 + 0.5 / folds) if folds > 1 else blend


def blended(base: Mapping[str, np.ndarray], tuned: Mapping[str, np.ndarray], share: float) -> dict[str, np.ndarray]:
    """Embeddings (n, d) between those of two models, of length 1 again, for each key.

    On the straight line between a model and its tuned self lie models that keep more of what the first one knew
    (Wortsman et al. 2022, arXiv:2109.01903). A blend of the weights gives nearly these embeddings: measured, nDCG@10
    differs by less than .01. So every share is judged after reading the texts once.
    """
    mixed = {key: (1 - share) * base[key] + share * tuned[key] for key in base}
    return {key: x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12) for key, x in mixed.items()}


def choose(base: Candidate, candidates: Sequence[Candidate]) -> Candidate:
    """The candidate to publish: the best by caution-adjusted gain over the base, or the base when no gain is above 0.

        adjusted gain = mean(d) − CAUTION · (blend + adapter / 2) · standard error(d),   d = candidate − base by query

    The further a candidate is from the base, the more surely it must be better: near ties go to the middle, and a gain
    that may be chance to the base. Among equals the earlier of `candidates` is taken: within a way of learning the one
    with the smaller share, and of two ways the one that learned first, which need not be the simpler one.

    Where the examples do not agree with the base model more than chance would (by SURE standard errors), they are
    either beyond it, such as a foreign language, or wrong. Then a candidate must gain on the queries' own
    matches by CERTAIN standard errors, and by as many more than on the matches of other queries: wrong examples teach
    nothing but which items are asked for often.
    """
    best, best_gain = base, 0.0
    for candidate in candidates:
        if barred(base, candidate):
            continue
        gain = adjusted_gain(base, candidate)
        if gain > best_gain:
            best, best_gain = candidate, gain
    return best


def barred(base: Candidate, candidate: Candidate) -> Barred | None:
    """Why the candidate cannot be chosen; None where its gain decides."""
    if candidate.dropped:
        return Barred.BEHIND
    return Barred.DOUBTFUL if is_doubtful(base) and not _is_no_chance(base, candidate) else None


def is_doubtful(base: Candidate) -> bool:
    """Whether the base model does not find the queries' own matches surely better than those of other queries."""
    return t_value(_differences(base.scores.own, base.scores.by_chance)) < SURE


def adjusted_gain(base: Candidate, candidate: Candidate) -> float:
    """See `choose`."""
    differences = gains(base, candidate)
    if len(differences) < 2:
        return 0.0
    return float(differences.mean()) - CAUTION * candidate.distance * standard_error(differences)


def gains(base: Candidate, candidate: Candidate) -> np.ndarray:
    """(n,) candidate − base, of each query that judged the candidate."""
    return _differences(candidate.scores.own, base.scores.own)


def comparable_score(base: Candidate, candidate: Candidate) -> float:
    """The candidate's mean score, or of one that was dropped, what its gain so far would make of the base's."""
    differences = gains(base, candidate)
    return base.score + (float(differences.mean()) if len(differences) else 0.0)


def t_value(differences: np.ndarray) -> float:
    """Mean over its standard error; 0 where that is unknown. Differences that are all the same count as if they spread
    by their own size: two questions that agree must not be beyond doubt."""
    if len(differences) < 2:
        return 0.0
    mean, error = float(differences.mean()), standard_error(differences)
    if error < SAME * abs(mean):
        return copysign(sqrt(len(differences)), mean)
    return mean / error if error > 0 else 0.0


def _is_no_chance(base: Candidate, candidate: Candidate) -> bool:
    own = gains(base, candidate)
    others = _differences(candidate.scores.by_chance, base.scores.by_chance)
    return min(t_value(own), t_value(own - others)) >= CERTAIN


def _differences(of: Mapping[str, float], against: Mapping[str, float]) -> np.ndarray:
    return np.array([score - against[query_id] for query_id, score in of.items()])


def standard_error(differences: np.ndarray) -> float:
    """Of their mean; two at least."""
    return float(differences.std(ddof=1)) / sqrt(len(differences))
