"""What the votes of a blind test say: the share that preferred the tuned model, with an honest interval."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

CONFIDENCE = 0.95

Preferred = Literal["before", "after", "both", "neither"]


@dataclass(frozen=True)
class Vote:
    """One vote; voter and question are any names of them."""

    voter: Hashable
    question: Hashable
    preferred: Preferred


@dataclass(frozen=True)
class Preference:
    """The tally. share: of the decided votes (for one of the two lists) those for `after`, 0…1; low, high: its 95%
    interval; None, 0 and 1 where no vote is decided. effective: how many independent votes the decided ones are worth.
    outcome: after or before where the interval has only shares above, or below, one half; else chance."""

    after: int
    before: int
    both: int
    neither: int
    n_voters: int
    n_questions: int
    share: float | None
    low: float
    high: float
    effective: float
    outcome: Literal["after", "before", "chance"]

    @property
    def decided(self) -> int:
        """Votes for one of the two lists."""
        return self.after + self.before

    @property
    def votes(self) -> int:
        """All of them."""
        return self.decided + self.both + self.neither


def preference(votes: Sequence[Vote]) -> Preference:
    """Count votes. The interval is Clopper and Pearson's for as many votes as the decided ones are worth.

    Votes of one voter resemble each other, and so do votes on one question; counted as independent they would make the
    interval too narrow. So both kinds of clusters give a design effect (the variance of the share between clusters over
    that of as many independent votes), and the larger, at least 1, divides the number of votes (Korn and Graubard 1998,
    without their correction for few clusters: with few voters the interval speaks for these people, not for others).
    Where all agree no variance can be seen; then there count as many votes as questions.
    """
    decided = [vote for vote in votes if vote.preferred in ("before", "after")]
    wins = [float(vote.preferred == "after") for vote in decided]
    counts = {kind: sum(vote.preferred == kind for vote in votes) for kind in ("after", "before", "both", "neither")}
    effective = _effective(decided, wins)
    share = sum(wins) / len(wins) if wins else None
    low, high = clopper_pearson(share * effective, effective) if share is not None else (0.0, 1.0)
    return Preference(
        **counts,
        n_voters=len({vote.voter for vote in votes}),
        n_questions=len({vote.question for vote in votes}),
        share=share,
        low=low,
        high=high,
        effective=effective,
        outcome="after" if low > 0.5 else "before" if high < 0.5 else "chance",
    )


def clopper_pearson(wins: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of a share, `wins` of `n`; neither need be whole."""
    # Imported here because whoever imports this module need not want the figures.
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = float(betaincinv(wins, n - wins + 1, tail)) if wins > 0 else 0.0
    high = float(betaincinv(wins + 1, n - wins, 1 - tail)) if wins < n else 1.0
    return low, high


def _effective(decided: Sequence[Vote], wins: Sequence[float]) -> float:
    n = len(wins)
    if n < 2:
        return float(n)
    if len(set(wins)) == 1:
        return float(len({vote.question for vote in decided}))
    effects = (
        design_effect(wins, [vote.voter for vote in decided]),
        design_effect(wins, [v.question for v in decided]),
    )
    return n / max(1.0, *effects)


def design_effect(values: Sequence[float], clusters: Iterable[Hashable]) -> float:
    """How many times the variance of the mean is that of as many independent values; 1 with a single cluster, which
    shows no variance between clusters. values: at least two, not all equal."""
    n, mean = len(values), sum(values) / len(values)
    sums: dict[Hashable, float] = defaultdict(float)
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] += value - mean
    if len(sums) < 2:
        return 1.0
    between = len(sums) / (len(sums) - 1) * sum(total**2 for total in sums.values()) / n**2
    independent = sum((value - mean) ** 2 for value in values) / (n - 1) / n
    return between / independent
