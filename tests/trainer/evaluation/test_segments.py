import pytest

from trainer.evaluation.ranking import Rankings
from trainer.evaluation.segments import MOST, segment_figures
from trainer.evaluation.significance import paired_difference


def ranked(places: list[int]) -> Rankings:
    """One query for each place, its right document there."""
    return {
        f"q{n}": [(f"w{at}", -float(at)) for at in range(1, place)] + [("right", -99.0)]
        for n, place in enumerate(places)
    }


def test_each_segment_is_judged_by_its_own_queries() -> None:
    before, after = ranked([4] * 25 + [2] * 5 + [1]), ranked([1] * 25 + [5] * 5 + [1])
    relevance = {query_id: {"right": 1.0} for query_id in before}
    names = {f"q{n}": "north" if n < 25 else "south" for n in range(30)}
    found = segment_figures(before, after, relevance, names, seed=0)
    assert found is not None
    assert (found["left_out"], found["unnamed"]) == (0, 1)
    north, south = found["segments"]
    assert (north["name"], north["n"], south["name"], south["n"]) == ("north", 25, "south", 5)
    assert (north["before"]["hit@3"], north["after"]["hit@3"]) == (0, 1)
    assert (south["before"]["hit@3"], south["after"]["hit@3"]) == (1, 0)
    ids = [f"q{n}" for n in range(25)]
    expected = paired_difference(
        dict.fromkeys(ids, north["before"]["ndcg@10"]), dict.fromkeys(ids, north["after"]["ndcg@10"]), "ndcg@10"
    )
    assert north["difference"]["mean"] == pytest.approx(expected["mean"])
    assert north["difference"]["ci95"] == pytest.approx(expected["ci95"])
    assert "difference" not in south, "five questions are too few to judge"


def test_no_segments_no_figures() -> None:
    rankings = ranked([1, 2, 3])
    relevance = {query_id: {"right": 1.0} for query_id in rankings}
    assert segment_figures(rankings, rankings, relevance, {}, 0) is None
    assert segment_figures(rankings, rankings, relevance, dict.fromkeys(rankings, "all"), 0) is None


def test_very_many_segments_are_names_and_only_the_largest_are_told() -> None:
    rankings = ranked([1] * 101)
    relevance = {query_id: {"right": 1.0} for query_id in rankings}
    names = {f"q{n}": "big" if n > 98 else f"s{n:03}" for n in range(101)}
    found = segment_figures(rankings, rankings, relevance, names, 0)
    assert found is not None
    assert [each["name"] for each in found["segments"][:2]] == ["big", "s000"]
    assert (len(found["segments"]), found["left_out"]) == (MOST, 100 - MOST)
