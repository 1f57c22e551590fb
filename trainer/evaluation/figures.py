"""Everything that a report has for its charts, beside the metrics themselves."""

from collections.abc import Hashable, Mapping
from typing import Any

from trainer.data.label_relevance import LabelRelevance
from trainer.data.pairs import SplitDataset
from trainer.evaluation.confusion import document_confusion, label_confusion
from trainer.evaluation.curves import metric_curves
from trainer.evaluation.metrics import Relevance
from trainer.evaluation.ranking import Rankings
from trainer.evaluation.scores import score_figures
from trainer.evaluation.segments import segment_figures
from trainer.report_figures import Confusion, EmbeddingMap


def chart_figures(
    split: SplitDataset,
    systems: Mapping[str, Rankings],
    relevance: Relevance,
    seed: int,
    embedding_map: EmbeddingMap | None,
    alike: Mapping[str, Hashable],
) -> dict[str, Any]:
    """The keys `curves`, `scores`, `segments`, `confusion` and `map` of a report, those that exist for its data.

    systems: before, after and maybe keyword or zero_shot, of the queries of `relevance`. alike: see
    `paired_difference`.
    """
    before, after = systems["before"], systems["after"]
    found = {
        "curves": metric_curves(systems, relevance, seed, alike),
        "scores": score_figures(before, after, relevance),
        "segments": segment_figures(before, after, relevance, split.data.segments, seed, alike),
        "confusion": _confusion(split, before, after, relevance),
        "map": embedding_map,
    }
    return {name: figures for name, figures in found.items() if figures is not None}


def _confusion(split: SplitDataset, before: Rankings, after: Rankings, relevance: Relevance) -> Confusion | None:
    labels = split.data.relevance
    if isinstance(labels, LabelRelevance):
        queries = {query_id: labels.queries[query_id] for query_id in relevance}
        return label_confusion(before, after, queries, labels.documents)
    if split.data.task.has_picture_documents:
        return None
    return document_confusion(before, after, relevance, split.data.documents)
