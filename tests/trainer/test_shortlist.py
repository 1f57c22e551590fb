import numpy as np
import pytest

from trainer import shortlist
from trainer.errors import ModelError
from trainer.index import top_k
from trainer.shortlist import Shortlist


def embeddings(rows: int, *, alike: float, seed: int, dim: int = 48) -> np.ndarray:
    """Of length 1. alike: how much of each is the same, as with models whose cosines all lie close together."""
    source = np.random.default_rng(seed)
    found = source.normal(size=(rows, dim)) + alike * source.normal(size=dim) * np.sqrt(dim)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("alike", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("k", [1, 10, 400])
def test_finds_just_what_a_search_of_everything_finds(alike: float, k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortlist, "LARGE", 100)
    both = embeddings(3_020, alike=alike, seed=k)
    documents, queries = both[20:], both[:20]
    documents[1_000:1_500] = documents[:500]  # ties, which stay in the order of the documents
    some = Shortlist(documents)
    for query in queries:
        rows, scores = some.top_k(query[None], k)
        expected, expected_scores = top_k(query[None], documents, k)
        np.testing.assert_allclose(scores, expected_scores, atol=1e-6)
        np.testing.assert_allclose(documents[rows[0]] @ query, scores[0], atol=1e-6)
        if not alike:  # scores apart by more than the order of summing changes
            assert rows.tolist() == expected.tolist()


def test_few_are_looked_at_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortlist, "LARGE", 100)
    looked_at: list[int] = []

    def counted(queries: np.ndarray, documents: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        looked_at.append(len(documents))
        return top_k(queries, documents, k)

    monkeypatch.setattr(shortlist, "top_k", counted)
    both = embeddings(5_001, alike=0.0, seed=3)
    Shortlist(both[1:]).top_k(both[:1], 10)
    Shortlist(np.repeat(both[1:2], 5_000, axis=0)).top_k(both[:1], 10)  # all the same: no list is short
    assert 10 <= looked_at[0] < 100 and looked_at[1] == 5_000


def test_the_error_is_never_larger_than_taken_for() -> None:
    """Against float64, with vectors of numbers that float16 rounds as badly as it can."""
    worst = np.full((2_000, 256), 1 / 16, dtype=np.float32) * (1 + 2**-11)  # half-way between two numbers of float16
    half = Shortlist(np.tile(worst, (shortlist.LARGE // 2_000, 1)))._half
    assert half is not None
    query = worst[0] / np.linalg.norm(worst[0])
    rough = (half @ shortlist.torch.from_numpy(query).half()).double().numpy()
    exact = float(worst[0].astype(np.float64) @ query.astype(np.float64))
    assert np.abs(rough - exact).max() <= shortlist.ERROR * np.linalg.norm(worst[0])


def test_numbers_that_are_none_and_small_catalogues_are_searched_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    few = embeddings(30, alike=0.0, seed=1)
    assert Shortlist(few).top_k(few[:1], 50)[0].shape == (1, 30)
    monkeypatch.setattr(shortlist, "LARGE", 10)
    few[3] = np.nan
    with pytest.raises(ModelError, match="not numbers"):
        Shortlist(few).top_k(few[:1], 3)
