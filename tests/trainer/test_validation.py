"""The queries that choose: their scores against a naive loop, and the pool of documents that they are judged on."""

from math import log2
from pathlib import Path

import numpy as np
import pytest

from trainer import validation as validation_module
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.encoders.base import Side
from trainer.encoders.text import TextEncoder
from trainer.evaluation.ranking import Rankings, rank
from trainer.validation import Scores, ValidationSet


def split_of(relevance: dict[str, dict[str, float]], n_documents: int, seed: int = 0) -> SplitDataset:
    documents = {f"d{number}": f"name{number % 12} filler{number % 30}" for number in range(n_documents)}
    data = PairDataset({name: f"ask{int(name[1:]) % 12}" for name in relevance}, documents, relevance)
    return SplitDataset(data, tuple(relevance), (), (), SplitKind.NEW_QUESTIONS, seed, frozenset(), {})


def directions(rows: int, random: np.random.Generator) -> np.ndarray:
    found = random.normal(size=(rows, 8)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def judged_lists(n_queries: int, n_documents: int, random: np.random.Generator) -> dict[str, dict[str, float]]:
    """One to fifteen matches each, some graded, some judged to be wrong."""
    found = {}
    for number in range(n_queries):
        names = random.choice(n_documents, random.integers(2, 16), replace=False)
        gains = [1.0, *random.choice([0.0, 0.5, 1.0], len(names) - 1)]
        found[f"q{number}"] = {f"d{name}": float(gain) for name, gain in zip(names, gains, strict=True)}
    return found


def naive_ndcg(ranking: list[str], gains: dict[str, float]) -> float:
    ideal = sorted((gain for gain in gains.values() if gain > 0), reverse=True)[:10]
    best = sum(gain / log2(place + 2) for place, gain in enumerate(ideal))
    return sum(gains.get(name, 0.0) / log2(place + 2) for place, name in enumerate(ranking[:10])) / best


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_a_plain_double_loop(seed: int) -> None:
    random = np.random.default_rng(seed)
    relevance = judged_lists(9, 40, random)
    validation = ValidationSet.of(split_of(relevance, 40), list(relevance), {})
    queries, documents = directions(9, random), directions(40, random)
    scores = validation.judge(queries, documents)
    for row, query_id in enumerate(relevance):
        ranking = [f"d{place}" for place in np.argsort(-documents @ queries[row])]
        others = [naive_ndcg(ranking, gains) for name, gains in relevance.items() if name != query_id]
        assert scores.own[query_id] == pytest.approx(naive_ndcg(ranking, relevance[query_id]))
        assert scores.by_chance[query_id] == pytest.approx(np.mean(others))
    assert scores.mean == pytest.approx(np.mean(list(scores.own.values())))


def test_putting_an_often_asked_item_first_is_good_by_chance_alone() -> None:
    relevance = {f"q{number}": {"d0" if number < 8 else "d1": 1.0} for number in range(10)}
    validation = ValidationSet.of(split_of(relevance, 20), list(relevance), {})
    axes = np.eye(20, dtype=np.float32)
    scores = validation.judge(np.tile(axes[0], (10, 1)), axes)  # whatever is asked, d0 comes first
    assert scores.own["q0"] == 1 and scores.by_chance["q0"] > 7 / 9
    knows_d1 = 0.8 * axes[1] - 0.6 * axes[0]
    knowing = validation.judge(np.stack([axes[0]] * 8 + [knows_d1] * 2), axes)
    assert knowing.own["q9"] == 1 and knowing.by_chance["q9"] == pytest.approx(1 / 9)


def test_one_query_alone_has_nothing_to_compare_with() -> None:
    validation = ValidationSet.of(split_of({"q0": {"d1": 1.0}}, 5), ["q0"], {})
    axes = np.eye(5, dtype=np.float32)
    assert validation.judge(axes[[1]], axes) == Scores({"q0": 1.0}, {"q0": 0.0})


def test_scores_of_several_folds_are_put_together() -> None:
    scores = Scores()
    assert scores.mean == 0
    scores.update(Scores({"a": 0.25}, {"a": 0.1}))
    scores.update(Scores({"b": 0.75}, {"b": 0.2}))
    assert scores == Scores({"a": 0.25, "b": 0.75}, {"a": 0.1, "b": 0.2})
    assert scores.mean == 0.5


def test_a_small_catalogue_is_searched_whole() -> None:
    split = split_of({"q0": {"d1": 1.0}, "q1": {"d2": 1.0}}, 30)
    assert ValidationSet.of(split, ["q0"], {}).document_ids == list(split.data.documents)


def test_the_pool_of_a_large_one_holds_matches_and_what_is_mistaken_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation_module, "POOL_DOCUMENTS", 100)
    relevance = {f"q{number}": {f"d{300 + number}": 1.0} for number in range(4)}

    def base_rankings() -> Rankings:
        random = np.random.default_rng(0)
        return rank(directions(4, random), directions(400, random), list(relevance), list(documents), k=50)

    def pool(seed: int) -> ValidationSet:
        return ValidationSet.of(split_of(relevance, 400, seed), ["q0", "q2"], base_rankings())

    documents = split_of(relevance, 400).data.documents
    found = pool(0)
    chosen = set(found.document_ids)
    assert len(found.document_ids) == len(chosen) == 100
    assert list(found.document_ids) == [name for name in documents if name in chosen]  # ties go by this order
    assert {"d300", "d302"} <= chosen
    for query_id in ("q0", "q2"):
        assert {name for name, _ in base_rankings()[query_id][:20]} <= chosen
    assert found == pool(0)
    assert chosen != set(pool(1).document_ids)
    assert set(found.relevance) == {"q0", "q2"}


def test_matches_are_in_the_pool_even_when_there_are_more_than_it_should_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation_module, "POOL_DOCUMENTS", 10)
    matches = {f"d{number}": 1.0 for number in range(0, 40, 2)}
    found = ValidationSet.of(split_of({"q0": matches}, 50), ["q0"], {"q0": []})
    assert list(found.document_ids) == list(matches)


def test_reading_embeds_queries_as_queries_and_documents_as_documents(tiny_model: Path) -> None:
    encoder = TextEncoder.load(tiny_model, device="cpu")
    encoder.model.prompts = {"query": "ask0 ", "document": "name0 "}
    split = split_of({f"q{number}": {f"d{number}": 1.0} for number in range(3)}, 6)
    read = ValidationSet.of(split, ["q2", "q0"], {}).read(encoder)
    queries = encoder.encode([split.data.queries[name] for name in ("q2", "q0")], side=Side.QUERY)
    documents = encoder.encode(list(split.data.documents.values()), side=Side.DOCUMENT)
    np.testing.assert_allclose(read["queries"], queries, atol=0.02)  # fast: perhaps in bfloat16
    np.testing.assert_allclose(read["documents"], documents, atol=0.02)
