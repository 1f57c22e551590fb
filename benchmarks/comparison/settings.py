"""The settings of the other side, and how its best one is chosen."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """Learning rate and epochs of one training; these defaults are the standard that all ratios refer to."""

    learning_rate: float = 5e-5
    epochs: int = 3

    def __str__(self) -> str:
        return f"lr {self.learning_rate:.0e}, {self.epochs} epochs"


NINE = [Setting(rate, epochs) for rate, epochs in itertools.product((2e-5, 5e-5, 1e-4), (1, 3, 5))]


def choose(scores: Mapping[Setting, float]) -> Setting:
    """The setting with the best score; of equal ones the gentler: fewer epochs, then the lower learning rate."""
    return min(scores, key=lambda setting: (-scores[setting], setting.epochs, setting.learning_rate))
