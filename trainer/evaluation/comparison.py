"""Puts the whole report together: before, after and what they are compared with, query by query."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import trainer
from trainer.config import PRIMARY_METRIC, FinetuneConfig, Task
from trainer.data.label_relevance import LabelRelevance
from trainer.data.pairs import SplitDataset
from trainer.data.query_groups import alike_queries
from trainer.evaluation.figures import chart_figures
from trainer.evaluation.keyword import keyword_rankings
from trainer.evaluation.metrics import Relevance, evaluate, per_query
from trainer.evaluation.ranking import DEPTH, Ranking, Rankings
from trainer.evaluation.significance import paired_difference
from trainer.report import (
    DIFFERENCES,
    FORMAT,
    RELEVANT_NAMED,
    Choice,
    Difference,
    QueryResult,
    QuerySystem,
    Report,
    Verdict,
)
from trainer.report_figures import EmbeddingMap

TOP = 10
"""Documents of each list that a report keeps."""


def build_report(
    *,
    split: SplitDataset,
    before: Rankings,
    after: Rankings,
    base_model: str,
    base_model_title: str,
    config: FinetuneConfig,
    learning: str,
    choices: Sequence[Choice],
    training: Mapping[str, Any],
    seconds: Mapping[str, float],
    blend: float,
    epoch: int,
    recipe: int,
    n_chose: int,
    rejected: Iterable[Mapping[str, Any]],
    embedding_map: EmbeddingMap | None = None,
    zero_shot: Rankings | None = None,
) -> Report:
    """The content of report.json. `before` and `after` rank the catalogue for each test query, at least 100 deep.

    learning: a sentence on the loss. n_chose: queries that chose what is published. rejected: the rows left out, each
    with at least file, row and reason. embedding_map: of some test queries and documents. zero_shot: rankings by the
    names of the labels alone, where the base model can read them. Keyword search is added for texts.
    Raises ValueError when the split has no test query.
    """
    systems = {"before": before, "after": after} | _baselines(split, zero_shot)
    groups, alike = _groups(split), alike_queries(split)
    difference = partial(_difference, systems, alike, config.seed)
    differences = {metric: difference(groups["all"], metric) for metric in DIFFERENCES}
    queries = _query_results(split, systems, alike)
    report = {
        **_head(config),
        "task": split.data.task,
        "base_model": base_model,
        "base_model_title": base_model_title,
        "learning": learning,
        "data": _data(split, n_chose, rejected),
        **{name: _system(rankings, groups) for name, rankings in systems.items()},
        "difference": differences[PRIMARY_METRIC],
        "difference_by_group": {
            name: difference(group, PRIMARY_METRIC) for name, group in groups.items() if name != "all"
        },
        "differences": differences,
        "verdict": judge(differences[PRIMARY_METRIC], blend),
        "blend": blend,
        "epoch": epoch,
        "recipe": recipe,
        "choices": choices,
        "training": training,
        "seconds": seconds,
        "queries": queries,
        **_shown(split, queries, embedding_map),
        **chart_figures(split, systems, groups["all"], config.seed, embedding_map, alike),
    }
    return cast(Report, _plain(report))


def _baselines(split: SplitDataset, zero_shot: Rankings | None) -> dict[str, Rankings]:
    """What can be had without any training."""
    if split.data.task is Task.TEXT_TEXT:
        return {"keyword": keyword_rankings({q: split.data.queries[q] for q in split.test}, split.data.documents)}
    return {} if zero_shot is None else {"zero_shot": zero_shot}


def _head(config: FinetuneConfig) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": trainer.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "preset": config.preset,
        "seed": config.seed,
        "settings": config.as_dict(),
    }


def _shown(split: SplitDataset, results: Sequence[QueryResult], embedding_map: EmbeddingMap | None) -> dict[str, Any]:
    """What pages show of the documents: texts; or pictures with their file names, and labels where there are any."""
    documents = _documents(split, results)
    if split.data.task is Task.TEXT_TEXT:
        return {"documents": documents}
    drawn = embedding_map["ids"][embedding_map["n_queries"] :] if embedding_map else []
    shown = {
        *documents.values(),
        *(result["query"] for result in results),
        *(split.data.documents[name] for name in drawn),
    }
    captions = {key: name for key, name in split.data.captions.items() if key in shown}
    relevance = split.data.relevance
    if not isinstance(relevance, LabelRelevance):
        return {"documents": documents, "captions": captions}
    labels = {name: relevance.queries[name] for name in split.test}
    labels |= {name: relevance.documents[name] for name in (*documents, *drawn)}
    return {"documents": documents, "captions": captions, "labels": labels}


def judge(difference: Difference, blend: float) -> Verdict:
    """Better only when interval and test agree that it is; worse as soon as the interval lies below 0."""
    low, high = difference["ci95"]
    if blend == 0:
        return "same"
    if low > 0 and difference["p_value"] < 0.05:
        return "better"
    return "worse" if high < 0 else "same"


def _groups(split: SplitDataset) -> dict[str, Relevance]:
    """The judgements of all test queries, and of the two kinds where there are any."""
    relevance = {query_id: split.data.relevance[query_id] for query_id in split.test}
    groups: dict[str, Relevance] = {
        "all": relevance,
        "known_items": {query_id: gains for query_id, gains in relevance.items() if query_id in split.known_items},
        "new_items": {query_id: gains for query_id, gains in relevance.items() if query_id not in split.known_items},
    }
    return {name: group for name, group in groups.items() if group or name == "all"}


def _system(rankings: Rankings, groups: Mapping[str, Relevance]) -> dict[str, Any]:
    result: dict[str, Any] = dict(evaluate(rankings, groups["all"]))
    for name, group in groups.items():
        if name != "all":
            result[name] = {"n": len(group), "metrics": evaluate(rankings, group)}
    return result


def _difference(
    systems: Mapping[str, Rankings], alike: Mapping[str, int], seed: int, relevance: Relevance, metric: str
) -> Difference:
    before, after = (per_query(systems[name], relevance, metric) for name in ("before", "after"))
    return paired_difference(before, after, metric, seed, alike=alike)


def _query_results(split: SplitDataset, systems: Mapping[str, Rankings], alike: Mapping[str, int]) -> list[QueryResult]:
    relevance, times = _groups(split)["all"], Counter(alike.values())
    scores = {name: per_query(rankings, relevance, PRIMARY_METRIC) for name, rankings in systems.items()}
    return [
        cast(
            QueryResult,
            {
                "id": query_id,
                "query": split.data.queries[query_id],
                **_relevant(gains, (rankings.get(query_id, []) for rankings in systems.values())),
                "known_items": query_id in split.known_items,
                "segment": split.data.segments.get(query_id, ""),
                **({"alike": alike[query_id]} if times[alike[query_id]] > 1 else {}),
                **{
                    name: _query_system(rankings.get(query_id, []), gains, scores[name][query_id])
                    for name, rankings in systems.items()
                },
            },
        )
        for query_id, gains in relevance.items()
    ]


def _query_system(ranking: Ranking, gains: Mapping[str, float], ndcg: float) -> QuerySystem:
    places = enumerate(ranking[:DEPTH], start=1)
    rank = next((place for place, (document_id, _) in places if gains.get(document_id, 0) > 0), None)
    return {"rank": rank, "ndcg": ndcg, "top": [[document_id, score] for document_id, score in ranking[:TOP]]}


def _relevant(gains: Mapping[str, float], rankings: Iterable[Ranking]) -> dict[str, Any]:
    """The relevant documents that a report names, and how many there are where it does not name all."""
    found = [document_id for document_id, gain in gains.items() if gain > 0]
    if len(found) <= RELEVANT_NAMED:
        return {"relevant": found}
    named = {*found[:RELEVANT_NAMED], *(document_id for ranking in rankings for document_id, _ in ranking[:TOP])}
    return {"relevant": [document_id for document_id in found if document_id in named], "n_relevant": len(found)}


def _documents(split: SplitDataset, queries: Iterable[QueryResult]) -> dict[str, str]:
    """The texts of the documents that the lists and judgements name, in the catalogue's order."""
    named: set[str] = set()
    for query in queries:
        named.update(query["relevant"])
        for system in (query["before"], query["after"], query.get("keyword"), query.get("zero_shot")):
            named.update(document_id for document_id, _ in (system["top"] if system else []))
    return {document_id: text for document_id, text in split.data.documents.items() if document_id in named}


def _data(split: SplitDataset, n_chose: int, rejected: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "n_train": len(split.train),
        "n_validation": n_chose,
        "choosing": "aside" if split.validation else "turns" if n_chose else "none",
        "n_test_queries": len(split.test),
        "n_documents": len(split.data.documents),
        "rejected": [dict(row) for row in rejected],
        "split": dict(split.receipt),
    }


def _plain(value: Any) -> Any:
    """The same in the types that JSON has: no numpy numbers, enumerations or tuples."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    return value.item() if hasattr(value, "item") else value
