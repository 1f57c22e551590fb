import numpy as np
import pytest

from trainer.evaluation.fusion import fuse
from trainer.evaluation.ranking import Rankings


def test_the_formula_by_hand() -> None:
    model: Rankings = {"q": [("a", 0.9), ("b", 0.8), ("c", 0.1)]}
    words: Rankings = {"q": [("c", 12.0), ("x", 3.0)]}
    fused = fuse([model, words])
    assert [name for name, _ in fused["q"]] == ["c", "a", "b", "x"]  # b and x tie: the first ranking's comes first
    assert dict(fused["q"]) == pytest.approx({"c": 1 / 63 + 1 / 61, "a": 1 / 61, "b": 1 / 62, "x": 1 / 62})


def test_agrees_with_a_plain_loop_over_all_documents() -> None:
    random = np.random.default_rng(1)
    names = [f"d{number}" for number in range(30)]

    def drawn(n: int) -> Rankings:
        return {f"q{number}": [(name, 0.0) for name in random.permutation(names)[:n]] for number in range(5)}

    first, second, third = drawn(30), drawn(12), drawn(1)
    fused = fuse([first, second, third], k=7, depth=10)
    for query in first:
        expected = {}
        for name in names:
            expected[name] = 0.0
            for ranking in (first, second, third):
                order = [document for document, _ in ranking[query]]
                if name in order:
                    expected[name] += 1 / (7 + order.index(name) + 1)
        best = sorted(expected.values(), reverse=True)[:10]
        assert [score for _, score in fused[query]] == pytest.approx(best)
        assert all(score == pytest.approx(expected[name]) for name, score in fused[query])


def test_an_empty_ranking_changes_nothing() -> None:
    model: Rankings = {"q": [("a", 0.9), ("b", 0.8)], "r": []}
    assert [name for name, _ in fuse([model, {"q": [], "r": []}])["q"]] == ["a", "b"]
    assert fuse([model, {"q": [], "r": []}])["r"] == []
