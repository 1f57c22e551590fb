"""The honest split where labels say what matches: pictures to judge by are neither learned from nor searched among."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from trainer.data.assigning import (
    OwnQuestionsError,
    assign,
    inseparable,
    make_receipt,
    need,
    too_few,
)
from trainer.data.label_relevance import LabelRelevance
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.data.query_groups import item_groups, query_groups
from trainer.errors import DataError

_Parts = tuple[list[str], list[str], list[str]]


def split_labelled(
    dataset: PairDataset,
    *,
    kind: SplitKind | None,
    seed: int,
    questions: Sequence[str],
    shares: tuple[float, float],
    fewest: tuple[int, int],
) -> SplitDataset:
    """As `split_dataset`, of labelled pictures. Labels recur, so unless asked for, no labels are kept apart.

    The documents that remain are the training pictures and the catalogue; without a catalogue the first alone.
    """
    if questions:
        return _own(dataset, seed, questions, shares, fewest)
    need(len(dataset.queries), "different pictures")
    why = "Chosen by you."
    if kind is None or kind is SplitKind.OWN_TEST:
        kind, why = SplitKind.NEW_QUESTIONS, "Labels recur, so new pictures of known labels judge."
    if kind is SplitKind.NEW_ITEMS and not _has_catalogue(dataset):
        raise DataError(
            "Without a catalogue there is nothing to search among for labels that were not learned from.",
            "Add a catalogue of labelled pictures, or choose new pictures of known labels.",
        )
    looks = query_groups(dataset)
    groups = item_groups(dataset) if kind is SplitKind.NEW_ITEMS else looks
    parts = _findable(dataset, groups, assign(list(dataset.queries), groups, seed, shares, dataset.segments))
    if len(parts[2]) < 2 or too_few(parts[1], shares):
        raise inseparable(kind, dataset)
    return _finish(dataset, kind, seed, parts, looks, why, 0)


def _own(
    dataset: PairDataset, seed: int, questions: Sequence[str], shares: tuple[float, float], fewest: tuple[int, int]
) -> SplitDataset:
    own = set(questions)
    test = [query_id for query_id in dataset.queries if query_id in own]
    if len(test) < fewest[0]:
        raise OwnQuestionsError(
            f"There are only {len(test)} usable test pictures; at least {fewest[0]} are needed.",
            "Add more test pictures: a hundred judge well.",
        )
    groups = query_groups(dataset)
    judged = {groups[query_id] for query_id in test}
    left_out = {query_id for query_id in dataset.queries if query_id not in own and groups[query_id] in judged}
    kept = _without(dataset, left_out)
    _check_matches(kept, test)
    rest = [query_id for query_id in kept.queries if query_id not in own]
    need(len(rest), "different pictures to learn from, beside your own test pictures", fewest[1])
    train, validation, _ = assign(rest, groups, seed, (shares[0] / (1 - shares[1]), 0.0), dataset.segments)
    if too_few(validation, shares):
        raise inseparable(SplitKind.OWN_TEST, dataset)
    why = "Your own test pictures judge, and nothing else does."
    return _finish(kept, SplitKind.OWN_TEST, seed, (train, validation, test), groups, why, len(left_out))


def _check_matches(dataset: PairDataset, test: Sequence[str]) -> None:
    """Raises OwnQuestionsError where a test picture could find nothing but itself."""
    asked = {dataset.queries[query_id] for query_id in test}
    pictures = set(dataset.documents.values())
    pictures = pictures if _has_catalogue(dataset) else pictures - asked
    found = set(_with_matches(dataset, test, pictures))
    alone = [query_id for query_id in test if query_id not in found]
    if alone:
        shown = dataset.captions.get(dataset.queries[alone[0]], dataset.labels[alone[0]])
        raise OwnQuestionsError(
            f"For {len(alone)} of your test pictures ({shown} first) there is no other picture of the same label to "
            "find.",
            "Add pictures with such labels to search among, or leave these test pictures out.",
        )


def _has_catalogue(dataset: PairDataset) -> bool:
    return bool(dataset.learning_only) or len(dataset.twins) < len(dataset.documents)


def _findable(dataset: PairDataset, groups: dict[str, int], parts: _Parts) -> _Parts:
    """Queries to judge by that would find no other picture of their label are learned from instead, and with them all
    that must stay together with them."""
    train = {dataset.queries[query_id] for query_id in parts[0]}
    pictures = set(dataset.documents.values()) if _has_catalogue(dataset) else train
    found = {name for part in parts[1:] for name in _with_matches(dataset, part, pictures)}
    lost = {groups[name] for part in parts[1:] for name in part if name not in found}
    validation, test = ([name for name in part if groups[name] not in lost] for part in parts[1:])
    aside = {*validation, *test}
    return [query_id for query_id in dataset.queries if query_id not in aside], validation, test


def _with_matches(dataset: PairDataset, query_ids: Sequence[str], pictures: Collection[str]) -> list[str]:
    """Those of the queries whose label another picture has among those that are searched, which are in `pictures`."""
    there: dict[str, set[str]] = defaultdict(set)
    for document, label in _document_labels(dataset).items():
        if document not in dataset.learning_only and dataset.documents[document] in pictures:
            there[label].add(dataset.documents[document])
    return [name for name in query_ids if there[dataset.labels[name]] - {dataset.queries[name]}]


def _finish(
    dataset: PairDataset,
    kind: SplitKind,
    seed: int,
    parts: _Parts,
    looks: dict[str, int],
    why: str,
    n_left_out: int,
) -> SplitDataset:
    train, validation, test = parts
    judged = {dataset.queries[query_id] for query_id in test}
    hidden = {document for document in _of_examples(dataset) if dataset.documents[document] in judged}
    kept = _with_documents(dataset, [document for document in dataset.documents if document not in hidden])
    learned = {dataset.labels[query_id] for query_id in train}
    known = frozenset(query_id for query_id in test if dataset.labels[query_id] in learned)
    receipt = make_receipt(kept, kind, parts, looks, why, known, (n_left_out, 0))
    receipt["n_labels"] = len({*kept.labels.values()})
    return SplitDataset(kept, tuple(train), tuple(validation), tuple(test), kind, seed, known, receipt)


def _of_examples(dataset: PairDataset) -> Collection[str]:
    """Documents that are there because they are examples, and not because they are in a catalogue."""
    return dataset.learning_only if _has_catalogue(dataset) else dataset.documents


def _without(dataset: PairDataset, left_out: set[str]) -> PairDataset:
    """The data set without some examples, which leave the documents as well unless the catalogue has them."""
    gone = {dataset.queries[query_id] for query_id in left_out}
    hidden = {document for document in _of_examples(dataset) if dataset.documents[document] in gone}
    kept = replace(
        dataset,
        queries={query_id: picture for query_id, picture in dataset.queries.items() if query_id not in left_out},
        labels={query_id: label for query_id, label in dataset.labels.items() if query_id not in left_out},
        segments={query_id: name for query_id, name in dataset.segments.items() if query_id not in left_out},
    )
    return _with_documents(kept, [document for document in dataset.documents if document not in hidden])


def _document_labels(dataset: PairDataset) -> dict[str, str]:
    assert isinstance(dataset.relevance, LabelRelevance)
    return dataset.relevance.documents


def _with_documents(dataset: PairDataset, documents: list[str]) -> PairDataset:
    """The data set with these of its documents, and what follows from them."""
    labels = _document_labels(dataset)
    return with_label_relevance(
        replace(
            dataset,
            documents={document: dataset.documents[document] for document in documents},
            learning_only=dataset.learning_only.intersection(documents),
        ),
        {document: labels[document] for document in documents},
    )


def with_label_relevance(dataset: PairDataset, document_labels: dict[str, str]) -> PairDataset:
    """The data set with `twins` and `relevance` made from its queries, documents and labels."""
    queries = {picture: query_id for query_id, picture in dataset.queries.items()}
    twins = {document: queries[picture] for document, picture in dataset.documents.items() if picture in queries}
    return replace(dataset, twins=twins, relevance=LabelRelevance(dataset.labels, document_labels, twins))
