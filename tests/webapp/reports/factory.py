"""Builds small, valid reports without training: the ranks are given, everything else follows from them."""

import random
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from trainer.evaluation.metrics import evaluate, per_query
from trainer.report import Difference, QueryResult, QuerySystem, Report, Variant

Ranks = tuple[int | None, int | None, int | None]
"""Rank of the one right item before, after and by keywords; None when it is not among the first 100."""

N_DOCUMENTS = 60
ASKED = ("reset my password", "invoice is missing", "change the address", "printer does not answer", "cancel my order")
PLACES = (
    "at home",
    "on the phone",
    "after the update",
    "in the shop",
    "for a colleague",
    "before Friday",
    "again",
    "now",
)


def make_report(ranks: Sequence[Ranks], *, known: int | None = None, **changes: Any) -> Report:
    """A report with one question per entry of `ranks`; the first `known` of them are about known items (default: all).

    `changes` replace keys of the report, such as `verdict="same", blend=0.0`.
    """
    known = len(ranks) if known is None else known
    documents = {f"d{number}": f"Article {number}: how to {ASKED[number % 5]}" for number in range(N_DOCUMENTS)}
    queries = [_question(number, places, number < known) for number, places in enumerate(ranks)]
    systems = {name: _system(queries, name) for name in ("before", "after", "keyword")}
    report: dict[str, Any] = {
        "format": 1,
        "version": "0.1.0",
        "created": "2026-11-22T10:00:00+00:00",
        "task": "text-text",
        "base_model": "minilm-l6",
        "base_model_title": "MiniLM L6 (English)",
        "preset": "quick",
        "seed": 0,
        "settings": {"preset": "quick", "seed": 0, "epochs": 3, "learning_rate": 1e-4, "blends": [0.0, 0.5, 1.0]},
        "data": {
            "n_train": 300,
            "n_validation": 40,
            "n_test_queries": len(ranks),
            "n_documents": N_DOCUMENTS,
            "rejected": [{"file": "faq.csv", "row": 7, "reason": "The question is empty."}],
            "split": {"n_train": 300, "n_validation": 40, "n_test": len(ranks), "kind": "new_questions"},
        },
        **systems,
        "difference": _difference(queries, "ndcg@10"),
        "differences": {metric: _difference(queries, metric) for metric in ("ndcg@10", "hit@1", "hit@3", "hit@10")},
        "difference_by_group": _by_group(queries, known),
        "verdict": "better",
        "blend": 0.5,
        "epoch": 2,
        "variants": _variants(queries),
        "choices": [
            {"candidate": "base", "epoch": 0, "blend": 0.0, "score": 0.40},
            {"candidate": "tuned", "epoch": 2, "blend": 0.5, "score": 0.55},
            {"candidate": "tuned", "epoch": 3, "blend": 1.0, "score": 0.52},
        ],
        "training": {
            "loss": [[step, 2.5 / (1 + 0.1 * step)] for step in range(1, 16)],
            "validation": [[0, 0.40], [1, 0.50], [2, 0.55], [3, 0.52]],
        },
        "seconds": {"before": 2.0, "fit": 30.5, "after": 2.5, "total": 41.0},
        "queries": queries,
        "documents": documents,
    }
    return {**report, **changes}  # type: ignore[typeddict-item]


def _variants(queries: Sequence[QueryResult]) -> list[Variant]:
    """The whole model, four sizes that lose more and more, int8, and a fusion that wins."""
    score, n = fmean(query["after"]["ndcg"] for query in queries), len(queries)
    whole = Variant(
        kind="full",
        dimensions=384,
        score=score,
        n_documents=N_DOCUMENTS,
        vector_bytes=153_600_000,
        model_bytes=90_900_000,
    )

    def other(mean: float, reach: float) -> Variant:
        ci95 = [mean - reach, mean + reach]
        difference = Difference(metric="ndcg@10", mean=mean, ci95=ci95, p_value=0.5, n=n)
        return {**whole, "score": score + mean, "difference": difference}

    sizes = ((256, -0.001, 0.006), (192, -0.006, 0.005), (128, -0.008, 0.014), (64, -0.047, 0.02))
    return [
        whole,
        *(
            Variant({**other(mean, reach), "kind": "size", "dimensions": size, "vector_bytes": size * 400_000})
            for size, mean, reach in sizes
        ),
        {**other(-0.002, 0.004), "kind": "int8", "model_bytes": 23_800_000, "speed": 5.24},
        {**other(0.021, 0.012), "kind": "fused"},
    ]


def realistic_ranks(n: int = 80, seed: int = 3) -> list[Ranks]:
    """Ranks as a successful run gives them: most questions gain, some lose, a few are never found."""
    source = random.Random(seed)
    ranks: list[Ranks] = []
    for _ in range(n):
        before = None if source.random() < 0.1 else min(100, 1 + int(source.expovariate(1 / 6)))
        step = source.random()
        after = before
        if before is None:
            after = source.choice((None, None, 4, 12))
        elif step < 0.6:
            after = max(1, int(before * source.uniform(0.05, 0.6)))
        elif step > 0.85:
            after = min(100, before + source.randint(1, 9))
        ranks.append((before, after, source.choice((1, 2, 3, 8, 20, None, None))))
    return ranks


def _question(number: int, ranks: Ranks, known: bool) -> QueryResult:
    right = f"d{number % N_DOCUMENTS}"
    systems = dict(zip(("before", "after", "keyword"), (_answer(right, rank, number) for rank in ranks), strict=True))
    text = f"How do I {ASKED[number % 5]} {PLACES[number // 5 % 8]}? ({number})"
    named = {"id": f"q{number}", "query": text, "relevant": [right], "known_items": known, "segment": ""}
    return {**named, **systems}  # type: ignore[typeddict-item]


def _answer(right: str, rank: int | None, number: int) -> QuerySystem:
    """A result list with the right item at `rank`."""
    others = [f"d{(number + step) % N_DOCUMENTS}" for step in range(1, 11)]
    if rank is not None and rank <= 10:
        others.insert(rank - 1, right)
    top: list[list[Any]] = [[document, round(0.9 - 0.05 * place, 3)] for place, document in enumerate(others[:10])]
    ndcg = per_query({"q": [(document, score) for document, score in top]}, {"q": {right: 1.0}}, "ndcg@10")["q"]
    return {"rank": rank, "ndcg": ndcg, "top": top}


def _rankings(queries: Sequence[QueryResult], name: str) -> dict[str, list[tuple[str, float]]]:
    """Full rankings that have the right item at its rank, filled up with documents that do not exist."""
    rankings = {}
    for query in queries:
        rank = query[name]["rank"]  # type: ignore[literal-required]
        filled = [(f"filler{place}", -float(place)) for place in range(100)]
        if rank is not None:
            filled[rank - 1] = (query["relevant"][0], filled[rank - 1][1])
        rankings[query["id"]] = filled
    return rankings


def _relevance(queries: Sequence[QueryResult]) -> dict[str, dict[str, float]]:
    return {query["id"]: {query["relevant"][0]: 1.0} for query in queries}


def _system(queries: Sequence[QueryResult], name: str) -> dict[str, Any]:
    result: dict[str, Any] = dict(evaluate(_rankings(queries, name), _relevance(queries)))
    for group, known in (("known_items", True), ("new_items", False)):
        members = [query for query in queries if query["known_items"] is known]
        if members:
            metrics = evaluate(_rankings(members, name), _relevance(members))
            result[group] = {"n": len(members), "metrics": metrics}
    return result


def _difference(queries: Sequence[QueryResult], metric: str) -> Difference:
    """The mean difference with a bootstrap of 300 resamples; p-value by the share of resamples on the other side."""
    before = per_query(_rankings(queries, "before"), _relevance(queries), metric)
    after = per_query(_rankings(queries, "after"), _relevance(queries), metric)
    steps = [after[name] - before[name] for name in before]
    source = random.Random(0)
    means = sorted(fmean(source.choices(steps, k=len(steps))) for _ in range(300))
    share = sum(mean <= 0 for mean in means) / len(means)
    return {
        "metric": metric,
        "mean": fmean(steps),
        "ci95": [means[7], means[292]],
        "p_value": min(1.0, 2 * min(share, 1 - share) + 0.001),
        "n": len(steps),
    }


def _by_group(queries: Sequence[QueryResult], known: int) -> dict[str, Difference]:
    groups = {"known_items": queries[:known], "new_items": queries[known:]}
    return {name: _difference(members, "ndcg@10") for name, members in groups.items() if members}
