"""The tally of the blind test against independent computations."""

import random

import pytest
from scipy.stats import binomtest

from trainer.evaluation.preference import Vote, clopper_pearson, design_effect, preference


def independent(wins: int, losses: int, voter: str = "v") -> list[Vote]:
    """One vote on each of as many questions."""
    outcomes = ["after"] * wins + ["before"] * losses
    return [Vote(voter, f"q{n}", kind) for n, kind in enumerate(outcomes)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("wins", "n"), [(0, 1), (1, 1), (0, 9), (9, 9), (12, 15), (7, 15), (51, 100), (300, 520)])
def test_the_interval_is_the_exact_binomial_one(wins: int, n: int) -> None:
    exact = binomtest(wins, n).proportion_ci(0.95, "exact")
    assert clopper_pearson(wins, n) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_one_voter_and_each_question_once_is_the_binomial_case() -> None:
    found = preference([*independent(12, 3), Vote("v", "x", "both"), Vote("v", "y", "neither"), Vote("v", "z", "both")])
    exact = binomtest(12, 15).proportion_ci(0.95, "exact")
    assert (found.after, found.before, found.both, found.neither) == (12, 3, 2, 1)
    assert (found.decided, found.votes, found.n_voters, found.n_questions) == (15, 18, 1, 18)
    assert found.effective == pytest.approx(15)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert found.outcome == "after"


@pytest.mark.parametrize(
    ("wins", "losses", "outcome"),
    [(5, 0, "chance"), (6, 0, "after"), (0, 6, "before"), (11, 4, "chance"), (3, 12, "before"), (0, 0, "chance")],
)
def test_the_outcome_agrees_with_the_interval(wins: int, losses: int, outcome: str) -> None:
    assert preference(independent(wins, losses)).outcome == outcome


def test_without_a_decided_vote_nothing_is_known() -> None:
    found = preference([Vote("v", "q", "both")])
    assert (found.share, found.low, found.high, found.outcome) == (None, 0.0, 1.0, "chance")


def naive_effect(values: list[float], clusters: list[str]) -> float:
    """Variance of the mean between clusters, over that of independent values, loop by loop."""
    n, names = len(values), sorted(set(clusters))
    mean = sum(values) / n
    total = 0.0
    for name in names:
        inner = 0.0
        for value, cluster in zip(values, clusters, strict=True):
            if cluster == name:
                inner += value - mean
        total += inner * inner
    between = total * len(names) / (len(names) - 1) / (n * n)
    variance = sum((value - mean) ** 2 for value in values) / (n - 1)
    return between / (variance / n)


def test_the_design_effect_equals_a_naive_loop() -> None:
    draw = random.Random(0)
    for _ in range(30):
        values = [float(draw.random() < 0.6) for _ in range(20)]
        clusters = [draw.choice("abcd") for _ in values]
        if len(set(values)) == 2 and len(set(clusters)) > 1:
            assert design_effect(values, clusters) == pytest.approx(naive_effect(values, clusters))


def test_clusters_of_one_change_nothing_and_copies_count_once() -> None:
    values = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0]
    assert design_effect(values, range(6)) == pytest.approx(1.0)
    # Three voters who always agree are worth about one of them.
    votes = [Vote(voter, vote.question, vote.preferred) for voter in "abc" for vote in independent(14, 6)]
    found = preference(votes)
    assert found.decided == 60
    assert found.effective == pytest.approx(20, rel=0.06)
    alone = preference(independent(14, 6))
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=0.01)


def test_voters_who_disagree_widen_the_interval() -> None:
    votes = [Vote(v, f"{v}{n}", "after") for v in "abc" for n in range(10)]
    votes += [Vote(v, f"{v}{n}", "before") for v in "de" for n in range(10)]
    found = preference(votes)
    assert found.share == pytest.approx(0.6)
    assert found.effective < 8  # five people, each of one mind: five votes, not fifty
    assert found.low < 0.3
    assert found.high > 0.85


def test_where_all_agree_a_question_counts_once() -> None:
    found = preference([Vote(voter, f"q{n}", "after") for voter in "abc" for n in range(4)])
    assert (found.decided, found.effective, found.outcome) == (12, 4, "chance")


def test_the_interval_covers_the_truth_also_with_several_votes_on_each_question() -> None:
    """Simulated: 40 questions, 3 voters who agree more often than chance; the true share is 0.6."""
    draw, covered, rounds = random.Random(1), 0, 400
    for _ in range(rounds):
        votes = []
        for n in range(40):
            leaning = draw.betavariate(1.2, 0.8)  # of this question; mean 0.6
            for voter in "abc":
                votes.append(Vote(voter, n, "after" if draw.random() < leaning else "before"))
        found = preference(votes)
        covered += found.low <= 0.6 <= found.high
    assert covered / rounds >= 0.93
