import numpy as np
import pytest

from trainer.evaluation.ranking import Rankings
from trainer.evaluation.scores import TOP, score_figures

Drawn = tuple[Rankings, dict[str, dict[str, float]]]


def draw(source: np.random.Generator, n: int, slope: float, middle: float, hang_together: float) -> Drawn:
    """Ten results a query; the chance to be right rises with the score, and some queries are easier than others."""
    scores = -np.sort(-source.normal(0.6, 0.12, (n, 10)), axis=1)
    chance = 1 / (1 + np.exp(-(slope * (scores - middle) + source.normal(0, hang_together, (n, 1)))))
    right = source.random((n, 10)) < chance
    rankings = {f"q{q}": [(f"d{place}", float(scores[q, place])) for place in range(10)] for q in range(n)}
    relevance = {f"q{q}": {"elsewhere": 1.0, **{f"d{p}": 1.0 for p in np.flatnonzero(right[q])}} for q in range(n)}
    return rankings, relevance


def share_right(drawn: Drawn, score: float) -> float:
    rankings, relevance = drawn
    marks = [
        relevance[q].get(document, 0) > 0 for q, ranking in rankings.items() for document, s in ranking if s >= score
    ]
    return sum(marks) / len(marks)


def test_counts_by_hand() -> None:
    ranking = [("right", 0.83), ("wrong", 0.82), *((f"wrong{place}", 0.5) for place in range(8)), ("right2", 0.1)]
    figures = score_figures({"q": ranking}, {"q": [("wrong", 0.7)]}, {"q": {"right": 1.0, "right2": 1.0}})
    assert figures is not None and figures["top"] == TOP
    edges, before = figures["edges"], figures["before"]
    assert edges[0] == 0.5 and edges[-1] > 0.83 and edges[1] - edges[0] == pytest.approx(0.01)
    assert (sum(before["right"]), sum(before["wrong"])) == (1, 9)  # only what a person sees: right2 is eleventh
    assert before["wrong"][0] == 8 and before["right"][33] == 1
    assert (sum(figures["after"]["right"]), sum(figures["after"]["wrong"])) == (0, 1)
    assert "cutoff" not in figures


def test_bins_hold_every_score_however_far_apart() -> None:
    for low, high in ((-0.2, 1.0), (0.5, 0.5), (3.0, 900.0), (0.29, 0.3)):
        figures = score_figures({"q": [("a", high), ("b", low)]}, {"q": []}, {"q": {"a": 1.0}})
        assert figures is not None
        assert (sum(figures["before"]["right"]), sum(figures["before"]["wrong"])) == (1, 1)
        assert len(figures["edges"]) <= 42


def test_the_cut_off_is_the_lowest_that_is_supported_and_says_what_it_rests_on() -> None:
    """Of 100 queries all results from 0.70 on are right, none below."""
    ranking = [("a", 0.9), ("b", 0.7), ("c", 0.699), *((f"w{place}", 0.4) for place in range(7))]
    rankings = {f"q{number}": ranking for number in range(100)}
    relevance = {query_id: {"a": 1.0, "b": 1.0} for query_id in rankings}
    figures = score_figures(rankings, rankings, relevance)
    assert figures is not None
    cutoff = figures["cutoff"]
    assert (cutoff["score"], cutoff["target"], cutoff["places"]) == (0.7, 0.95, 10)
    assert (cutoff["results"], cutoff["right"], cutoff["questions"]) == (200, 200, 100)
    assert cutoff["low"] == pytest.approx(0.025 ** (1 / 100), abs=1e-4)  # Clopper and Pearson, without an error


@pytest.mark.parametrize(("n", "target"), [(13, None), (20, 0.8), (40, 0.9), (80, 0.95)])
def test_a_few_queries_support_less_or_nothing(n: int, target: float | None) -> None:
    rankings = {f"q{number}": [("a", 0.9), ("b", 0.2)] for number in range(n)}
    figures = score_figures(rankings, rankings, {query_id: {"a": 1.0} for query_id in rankings})
    assert figures is not None
    assert figures.get("cutoff", {}).get("target") == target


def test_where_only_first_results_can_be_relied_on_the_cut_off_is_theirs() -> None:
    """Second results have high scores as well and are wrong: each question has one right item."""
    ranking = [("a", 0.9), ("b", 0.9), *((f"w{place}", 0.4) for place in range(8))]
    rankings = {f"q{number}": ranking for number in range(100)}
    rankings |= {f"bad{number}": [("b", 0.6), ("a", 0.5)] for number in range(30)}
    figures = score_figures(rankings, rankings, {query_id: {"a": 1.0} for query_id in rankings})
    assert figures is not None
    cutoff = figures["cutoff"]
    assert (cutoff["places"], cutoff["score"], cutoff["target"]) == (1, 0.61, 0.95)
    assert (cutoff["results"], cutoff["right"], cutoff["questions"]) == (100, 100, 100)


def test_no_cut_off_where_scores_tell_nothing() -> None:
    rankings, relevance = draw(np.random.default_rng(0), 300, slope=0, middle=0.6, hang_together=0)
    figures = score_figures(rankings, rankings, relevance)
    assert figures is not None and "cutoff" not in figures


@pytest.mark.parametrize(("slope", "middle", "hang_together"), [(20, 0.6, 0.0), (30, 0.7, 1.5), (10, 0.6, 1.0)])
def test_what_is_promised_holds_for_new_queries(slope: float, middle: float, hang_together: float) -> None:
    """Judged by many more queries, the cut-off that 150 support is hardly ever worse than it says."""
    source = np.random.default_rng(5)
    world = draw(source, 8_000, slope, middle, hang_together)
    broken = named = 0
    for _ in range(60):
        rankings, relevance = draw(source, 150, slope, middle, hang_together)
        figures = score_figures(rankings, rankings, relevance)
        assert figures is not None
        if "cutoff" in figures:
            named += 1
            broken += share_right(world, figures["cutoff"]["score"]) < figures["cutoff"]["target"] - 0.005
    assert named >= 30
    assert broken <= 4  # 2.5% are expected at most; beyond 6 of 100 would be a broken promise


def test_nothing_found_gives_nothing() -> None:
    assert score_figures({"q": []}, {}, {"q": {"d": 1.0}}) is None
