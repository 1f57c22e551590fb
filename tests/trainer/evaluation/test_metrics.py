import math
import random

import ir_measures
import pytest

from trainer.evaluation.metrics import evaluate, per_query
from trainer.evaluation.ranking import Rankings
from trainer.report import CUTOFFS

OURS = {"ndcg": ir_measures.nDCG, "mrr": ir_measures.RR, "recall": ir_measures.R, "hit": ir_measures.Success}
OURS |= {"precision": ir_measures.P}


def random_case(seed: int, most_relevant: int) -> tuple[Rankings, dict[str, dict[str, float]]]:
    """Queries with graded relevance and coarse scores (many ties); some rankings short, empty or absent."""
    source = random.Random(seed)
    documents = [f"d{number}" for number in range(60)]
    rankings: Rankings = {}
    relevance: dict[str, dict[str, float]] = {}
    for number in range(8):
        judged = source.sample(documents, source.randint(1, most_relevant))
        relevance[f"q{number}"] = {document: float(source.randint(1, 3)) for document in judged}
        length = source.choice([0, 1, 4, 30, 60])
        scored = [(document, float(source.randint(0, 9))) for document in source.sample(documents, length)]
        if number != 7:
            rankings[f"q{number}"] = sorted(scored, key=lambda pair: -pair[1])
    return rankings, relevance


def by_ir_measures(
    rankings: Rankings, relevance: dict[str, dict[str, float]], measures: list
) -> dict[object, dict[str, float]]:
    """The library's values. It re-sorts ties by id, so it is given the places as scores."""
    run = {q: {d: -float(place) for place, (d, _) in enumerate(ranking)} for q, ranking in rankings.items()}
    qrels = {q: {d: int(gain) for d, gain in gains.items()} for q, gains in relevance.items()}
    found: dict[object, dict[str, float]] = {measure: dict.fromkeys(relevance, 0.0) for measure in measures}
    for value in ir_measures.iter_calc(measures, qrels, run):
        found[value.measure][value.query_id] = value.value
    return found


@pytest.mark.parametrize("seed", range(50))
def test_agrees_with_ir_measures(seed: int) -> None:
    rankings, relevance = random_case(seed, most_relevant=8)
    measures = {f"{name}@{k}": measure @ k for name, measure in OURS.items() for k in CUTOFFS}
    # ours divides by min(relevant, k), theirs by all relevant: equal from k = 10 on with at most 8 of them
    measures |= {f"map@{k}": ir_measures.AP @ k for k in (10, 20)}
    expected = by_ir_measures(rankings, relevance, list(measures.values()))
    means = evaluate(rankings, relevance)
    for name, measure in measures.items():
        assert per_query(rankings, relevance, name) == pytest.approx(expected[measure], abs=1e-9), name
        assert means[name] == pytest.approx(sum(expected[measure].values()) / 8, abs=1e-9), name


def test_agrees_with_ir_measures_on_raw_scores_where_the_tie_rule_is_the_same() -> None:
    ranking = [("z", 2.0), ("y", 1.0), ("x", 1.0), ("w", 1.0), ("v", 0.5)]  # ties by id, descending
    qrels, run = {"q": {"x": 1, "v": 2}}, {"q": dict(ranking)}
    measures = [ir_measures.nDCG @ 3, ir_measures.RR @ 10, ir_measures.AP @ 5]
    theirs = ir_measures.calc_aggregate(measures, qrels, run)
    ours = evaluate({"q": ranking}, {"q": {"x": 1.0, "v": 2.0}})
    assert [ours["ndcg@3"], ours["mrr@10"], ours["map@5"]] == pytest.approx([theirs[m] for m in measures], abs=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_map_agrees_with_a_plain_loop_where_relevant_documents_are_many(seed: int) -> None:
    rankings, relevance = random_case(seed, most_relevant=40)
    for k in CUTOFFS:
        found = per_query(rankings, relevance, f"map@{k}")
        for query_id, gains in relevance.items():
            top = [document for document, _ in rankings.get(query_id, [])][:k]
            total = 0.0
            for place in range(1, len(top) + 1):
                if top[place - 1] in gains:
                    total += sum(document in gains for document in top[:place]) / place
            assert found[query_id] == pytest.approx(total / min(k, len(gains)), abs=1e-12)


def test_a_hand_computed_example() -> None:
    rankings = {"q": [("miss", 3.0), ("good", 2.0), ("best", 1.0)]}
    metrics = evaluate(rankings, {"q": {"best": 2.0, "good": 1.0, "judged wrong": 0.0}})
    assert metrics["mrr@10"] == 1 / 2
    assert metrics["recall@2"] == 1 / 2
    assert metrics["precision@5"] == 2 / 5
    assert metrics["map@10"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert metrics["ndcg@10"] == pytest.approx((1 / math.log2(3) + 2 / 2) / (2 + 1 / math.log2(3)))
    assert (metrics["hit@1"], metrics["hit@2"]) == (0, 1)


def test_every_metric_is_there_at_every_cutoff() -> None:
    metrics = evaluate({"q": [("d", 1.0)]}, {"q": {"d": 1.0}})
    assert set(metrics) == {f"{m}@{k}" for m in ("ndcg", "mrr", "recall", "hit", "precision", "map") for k in CUTOFFS}
    assert metrics["precision@20"] == 1 / 20 and metrics["ndcg@20"] == 1


def test_a_query_without_ranking_counts_as_0_and_one_without_judgement_is_left_out() -> None:
    rankings = {"found": [("d", 1.0)], "unjudged": [("d", 1.0)]}
    assert evaluate(rankings, {"found": {"d": 1.0}, "absent": {"d": 1.0}})["hit@1"] == 0.5


def test_a_document_named_twice_counts_once() -> None:
    rankings = {"q": [("d", 3.0), ("d", 2.0), ("e", 1.0)]}
    metrics = evaluate(rankings, {"q": {"d": 1.0, "e": 1.0}})
    assert metrics["recall@2"] == 1 and metrics["ndcg@3"] == 1


def test_wrong_use_is_named() -> None:
    with pytest.raises(ValueError, match="no query"):
        evaluate({}, {})
    with pytest.raises(ValueError, match="'q' has no relevant document"):
        evaluate({}, {"q": {"d": 0.0}})
    for name in ("ndcg", "dcg@10", "ndcg@0", "ndcg@x"):
        with pytest.raises(ValueError, match=r"metric must be one of ndcg, .* not '" + name):
            per_query({}, {"q": {"d": 1.0}}, name)
