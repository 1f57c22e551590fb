"""Blends of base and tuned weights, and the choice among them on the validation split."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

import numpy as np
import torch

from trainer.checkpoint import Weights
from trainer.encoders.base import OnShare
from trainer.encoders.text import TextEncoder

CAUTION = 0.5
"""How much of the standard error a full share of tuned weights must make good; see `choose`."""


@dataclass
class Tuned:
    """What the trainings leave to choose from. Epochs and steps count through all of them.

    base: the weights before. epochs: {epoch: weights}, the best epoch of each training. names: {epoch: what that
    training was}. scores: {epoch: {query_id: nDCG@10}} on the validation split. losses and validation: as in
    report.json.
    """

    base: Weights
    epochs: dict[int, Weights] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    scores: dict[int, Mapping[str, float]] = field(default_factory=dict)
    losses: list[list[float]] = field(default_factory=list)
    validation: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True)
class Candidate:
    """A model that could be published. scores: {query_id: nDCG@10} on the validation split. blend 0 is the base."""

    name: str
    epoch: int
    blend: float
    scores: Mapping[str, float]

    @property
    def score(self) -> float:
        """Mean over the validation queries; 0 when there are none."""
        return float(np.mean(list(self.scores.values()))) if self.scores else 0.0


def set_weights(encoder: TextEncoder, base: Weights, tuned: Weights, share: float) -> None:
    """Gives the encoder (1 − share) · base + share · tuned, parameter by parameter.

    After Wortsman et al. 2022 (arXiv:2109.01903): on the straight line between a model and its fine-tuned self lie
    models that keep more of what the first one knew.
    """
    parameters = dict(encoder.model.named_parameters())
    with torch.no_grad():
        for name, weight in base.items():
            parameters[name].copy_(torch.lerp(weight, tuned[name], share) if share else weight)


def choose(base: Candidate, candidates: Sequence[Candidate]) -> Candidate:
    """The candidate to publish: the best by caution-adjusted gain over the base, or the base when no gain is above 0.

        adjusted gain = mean(d) − CAUTION · blend · standard error(d),   d = candidate − base, query by query

    A few dozen validation queries choose badly when only means are compared. So the further a candidate is from the
    base, the more surely it must be better: near ties go to the middle, and a gain that may be chance to the base.
    Among equals the earlier candidate is taken.
    """
    best, best_gain = base, 0.0
    for candidate in candidates:
        gain = adjusted_gain(base, candidate)
        if gain > best_gain:
            best, best_gain = candidate, gain
    return best


def adjusted_gain(base: Candidate, candidate: Candidate) -> float:
    """See `choose`."""
    differences = np.array([candidate.scores[query_id] - score for query_id, score in base.scores.items()])
    if len(differences) < 2:
        return 0.0
    error = float(differences.std(ddof=1)) / sqrt(len(differences))
    return float(differences.mean()) - CAUTION * candidate.blend * error


def judge_blends(
    encoder: TextEncoder,
    tuned: Tuned,
    shares: Sequence[float],
    judge: Callable[[], dict[str, float]],
    on_share: OnShare,
) -> list[Candidate]:
    """Every share of every epoch's weights, judged by `judge` while the encoder holds it (the whole was before)."""
    candidates: list[Candidate] = []
    for epoch, weights in tuned.epochs.items():
        for share in shares:
            if share == 1:
                scores = tuned.scores[epoch]
            else:
                set_weights(encoder, tuned.base, weights, share)
                scores = judge()
            candidates.append(
                Candidate(f"{tuned.names[epoch]}, epoch {epoch}, {share:.0%} tuned", epoch, share, scores)
            )
            on_share(len(candidates) / (len(tuned.epochs) * len(shares)))
    return candidates
