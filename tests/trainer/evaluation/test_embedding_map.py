from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.evaluation.embedding_map import MOST_POINTS, Space, _onto, embedding_map
from trainer.report_figures import EmbeddingMap


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def make(n: int, m: int, seed: int = 0) -> tuple[SplitDataset, Space, Space]:
    """Documents in ten heaps, queries about them; after training the queries lie nearer to theirs."""
    random = np.random.default_rng(seed)
    heaps = random.normal(size=(10, 24))
    documents = unit(heaps[np.arange(m) % 10] + 0.4 * random.normal(size=(m, 24)))
    right = random.integers(0, m, n)
    data = PairDataset(
        {f"q{row}": f"question {row} " + "x" * 100 for row in range(n + 5)},
        {f"d{row}": f"item  {row}" for row in range(m)},
        {f"q{row}": {f"d{right[row]}" if row < n else "d0": 1.0} for row in range(n + 5)},
    )
    test = tuple(f"q{row}" for row in range(n))
    split = SplitDataset(data, tuple(data.queries)[n:], (), test, SplitKind.NEW_QUESTIONS, seed, frozenset(), {})
    before, after = (
        Space(unit(documents[right] + noise * random.normal(size=(n, 24))), documents) for noise in (0.5, 0.05)
    )
    return split, before, after


def placed(found: EmbeddingMap, name: str) -> np.ndarray:
    layout = found[name]  # type: ignore[literal-required]
    return np.array([layout["x"], layout["y"]]).T


def points(found: EmbeddingMap, space: Space) -> np.ndarray:
    def rows(ids: Sequence[str]) -> list[int]:
        return [int(name[1:]) for name in ids]

    n = found["n_queries"]
    return np.concatenate([space.queries[rows(found["ids"][:n])], space.documents[rows(found["ids"][n:])]])


@pytest.fixture(scope="module")
def drawn() -> tuple[EmbeddingMap, SplitDataset, Space, Space]:
    split, before, after = make(60, 200)
    found = embedding_map(split, before, after)
    assert found is not None
    return found, split, before, after


def test_both_layouts_keep_neighbours_and_can_be_compared(
    drawn: tuple[EmbeddingMap, SplitDataset, Space, Space],
) -> None:
    found, _, before, after = drawn
    for name, space in (("before", before), ("after", after)):
        assert trustworthiness(points(found, space), placed(found, name), n_neighbors=10) > 0.9
    first, second = placed(found, "before"), placed(found, "after")
    documents = slice(found["n_queries"], None)  # they have the very same vectors before and after
    moved = np.linalg.norm(first - second, axis=1)
    assert np.median(moved[documents]) < 0.25 * first.std()
    assert np.median(moved[: found["n_queries"]]) > 2 * np.median(moved[documents])


def test_the_same_again(drawn: tuple[EmbeddingMap, SplitDataset, Space, Space]) -> None:
    found, split, before, after = drawn
    assert embedding_map(split, before, after) == found


def test_says_how_often_the_nearest_point_is_a_right_one(
    drawn: tuple[EmbeddingMap, SplitDataset, Space, Space],
) -> None:
    found, split, before, after = drawn
    n = found["n_queries"]
    for name, space in (("before", before), ("after", after)):
        vectors = points(found, space)
        hits = 0
        for row in range(n):
            nearest = max(range(n, len(vectors)), key=lambda other: float(vectors[row] @ vectors[other]))
            hits += found["ids"][nearest] in split.data.relevance[found["ids"][row]]
        assert found["near"][name] == pytest.approx(hits / n)  # type: ignore[literal-required]
    assert found["near"]["after"] > found["near"]["before"]


def test_the_sample_is_of_test_questions_and_has_a_right_item_of_each() -> None:
    split, before, after = make(400, 900)
    found = embedding_map(split, before, after)
    assert found is not None
    n, ids = found["n_queries"], found["ids"]
    assert (len(ids), len(set(ids)), n) == (MOST_POINTS, MOST_POINTS, MOST_POINTS // 3)
    assert (found["n_all_queries"], found["n_all_documents"]) == (400, 900)
    assert set(ids[:n]) <= set(split.test)
    assert all(set(split.data.relevance[query_id]) & set(ids[n:]) for query_id in ids[:n])
    assert found["names"][n] == split.data.documents[ids[n]].replace("  ", " ")
    assert max(map(len, found["names"])) == 80
    other = embedding_map(replace(split, seed=1), before, after, most=60)
    same = embedding_map(split, before, after, most=60)
    assert other is not None and same is not None and other["ids"] != same["ids"]


def test_an_unchanged_model_has_one_layout() -> None:
    split, before, _ = make(20, 40)
    found = embedding_map(split, before, before, changed=False)
    assert found is not None and found["before"] == found["after"]


def test_few_or_equal_points_do_no_harm() -> None:
    split, before, after = make(3, 4)
    assert embedding_map(split, before, after) is None
    split, before, after = make(5, 8)
    assert embedding_map(split, before, after) is not None
    split, before, _ = make(10, 30)
    equal = Space(np.ones_like(before.queries), np.ones_like(before.documents))
    found = embedding_map(split, equal, equal)
    assert found is not None and np.isfinite(placed(found, "after")).all()


def test_layouts_with_little_in_common_are_spread_alike() -> None:
    random = np.random.default_rng(0)
    fixed, moved = (random.normal(size=(60, 2)) * scale for scale in (3.0, 40.0))
    fixed, moved = fixed - fixed.mean(0), moved - moved.mean(0)
    assert np.linalg.norm(_onto(fixed, moved)) == pytest.approx(np.linalg.norm(fixed))
