"""Which labels are mistaken for which, by the first result of each query."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from trainer.evaluation.metrics import Relevance
from trainer.evaluation.ranking import Rankings
from trainer.report_figures import Confusion

MOST = 20
"""Labels that are told, those with the most mistakes."""
QUERIES_A_LABEL = 3
"""Documents that are right for so many test queries each, on average, are labels."""
LONGEST = 80

Mistakes = Counter[tuple[str, str]]
NONE = ""
"""Stands for the label of a result that is not there."""


def label_confusion(
    before: Rankings, after: Rankings, queries: Mapping[str, str], documents: Mapping[str, str]
) -> Confusion | None:
    """queries, documents: the label of each, by id. None where all queries have one label."""
    return _confusion("labels", before, after, queries, documents)


def document_confusion(
    before: Rankings, after: Rankings, relevance: Relevance, texts: Mapping[str, str]
) -> Confusion | None:
    """The same where documents are labels: every query has exactly one right document, which several queries share.

    texts: of the documents, which name them. None where documents are no labels.
    """
    if any(len(judged) != 1 for judged in relevance.values()):
        return None
    queries = {query_id: next(iter(judged)) for query_id, judged in relevance.items()}
    if len(queries) < QUERIES_A_LABEL * len(set(queries.values())):
        return None
    found = _confusion("documents", before, after, queries, {name: name for name in texts})
    if found:
        found["labels"] = [_cut(texts[name]) for name in found["labels"]]
    return found


def _confusion(
    kind: Literal["labels", "documents"],
    before: Rankings,
    after: Rankings,
    queries: Mapping[str, str],
    documents: Mapping[str, str],
) -> Confusion | None:
    n = Counter(queries.values())
    if len(n) < 2:
        return None
    counts = {name: _count(rankings, queries, documents) for name, rankings in (("before", before), ("after", after))}
    mistakes: Counter[str] = Counter()
    for each in counts.values():
        for (label, found), count in each.items():
            if label != found:
                mistakes[label] += count
                mistakes[found] += count
    shown = sorted(sorted(n), key=lambda label: (-mistakes[label], -n[label]))[:MOST]
    shown.sort(key=list(n).index)
    return {
        "kind": kind,
        "labels": shown,
        "n_labels": len(n),
        "n": [n[label] for label in shown],
        "before": _table(counts["before"], shown, n),
        "after": _table(counts["after"], shown, n),
        "right": {name: sum(each[label, label] for label in n) for name, each in counts.items()},
    }


def _count(rankings: Rankings, queries: Mapping[str, str], documents: Mapping[str, str]) -> Mistakes:
    """How often a query of one label has a first result of another, or of the same."""
    first = {query_id: ranking[0][0] for query_id, ranking in rankings.items() if ranking}
    return Counter((label, documents.get(first.get(query_id, NONE), NONE)) for query_id, label in queries.items())


def _table(counts: Mistakes, shown: Sequence[str], n: Mapping[str, int]) -> list[list[int]]:
    rows = [[counts[label, found] for found in shown] for label in shown]
    return [[*row, n[label] - sum(row)] for label, row in zip(shown, rows, strict=True)]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
