"""The honest split: what is judged was never learned from, nor anything near-identical to it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from trainer.data.assigning import (
    FEWEST_OWN,
    SHARES,
    OwnQuestionsError,
    assign,
    inseparable,
    make_receipt,
    need,
    noun,
    too_few,
)
from trainer.data.label_split import split_labelled
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.data.query_groups import item_groups, members_of, query_groups, same_items
from trainer.errors import DataError

FEWEST_CHOOSING = 2
"""Of the person's own questions to choose by; a single one is learned from."""
_RECURRING = 1 / 3
_LARGEST_COMPONENT = 0.5


def default_kind(dataset: PairDataset) -> tuple[SplitKind, str]:
    """The kind of split that fits the data, and why in a sentence: do items recur among the examples?"""
    uses = Counter(document for gains in dataset.relevance.values() for document in gains)
    recurring = sum(any(uses[document] > 1 for document in gains) for gains in dataset.relevance.values())
    percent = f"{100 * recurring / max(len(dataset.queries), 1):.0f}%"
    if recurring > _RECURRING * len(dataset.queries):
        return SplitKind.NEW_QUESTIONS, f"{percent} of the questions share their item with another question."
    sizes = [len(members) for members in members_of(item_groups(dataset))]
    if max(sizes) > _LARGEST_COMPONENT * len(dataset.queries):
        return (
            SplitKind.NEW_QUESTIONS,
            "Shared items tie the questions together, so items cannot be kept apart.",
        )
    if not recurring:
        return SplitKind.NEW_ITEMS, "No question shares its item with another one."
    percent = "Fewer than 1%" if percent == "0%" else f"Only {percent}"
    return SplitKind.NEW_ITEMS, f"{percent} of the questions share their item with another question."


def split_dataset(
    dataset: PairDataset,
    *,
    kind: SplitKind | None = None,
    seed: int = 0,
    questions: Sequence[str] = (),
    choosing: Sequence[str] = (),
    shares: tuple[float, float] = SHARES,
    fewest: tuple[int, int] = FEWEST_OWN,
) -> SplitDataset:
    """Split the queries of a data set into train, validation and test, whole groups of near-identical ones at a time.

    kind: None lets the data decide. questions: ids of the person's own test queries, which alone then are the test
    split (kind OWN_TEST); examples equal or near-identical to one of them leave the data set. choosing: beside them,
    ids of the person's own queries to choose by. shares: of the queries for (validation, test), the second more than 0,
    together less than 1. fewest: of `questions`, and of the examples beside them. The same arguments give the same
    split.

    Raises DataError when there is too little to split. `receipt` has, beside what SplitDataset says: n_queries,
    n_documents, n_left_out (examples too like a test question), n_wrong_items_left_out (of training queries, because
    they are right for a judged one; NEW_ITEMS only), why (a sentence on the choice of kind) and sentence (for pages).
    """
    if not (shares[0] >= 0 < shares[1] and sum(shares) < 1):
        raise ValueError(f"shares must be positive and sum to less than 1, not {shares!r}")
    if len(dataset.documents) < 2:
        raise DataError("All questions have the same item.", "Add examples with other items, or a catalogue.")
    if dataset.labels:
        return split_labelled(dataset, kind=kind, seed=seed, questions=questions, shares=shares, fewest=fewest)
    if questions:
        return _split_own(dataset, seed, questions, choosing, shares, fewest)
    need(len(dataset.queries), f"different {noun(dataset)}")
    why = "Chosen by you."
    if kind is None or kind is SplitKind.OWN_TEST:
        kind, why = default_kind(dataset)
    texts = query_groups(dataset)
    groups = item_groups(dataset) if kind is SplitKind.NEW_ITEMS else texts
    train, validation, test = assign(list(dataset.queries), groups, seed, shares, dataset.segments)
    if len(test) < 2 or too_few(validation, shares):
        raise inseparable(kind, dataset)
    return _finish(dataset, kind, seed, (train, validation, test), texts, why, 0)


def _split_own(
    dataset: PairDataset,
    seed: int,
    questions: Sequence[str],
    choosing: Sequence[str],
    shares: tuple[float, float],
    fewest: tuple[int, int],
) -> SplitDataset:
    own = set(questions)
    test = [query_id for query_id in dataset.queries if query_id in own]
    if len(test) < fewest[0]:
        raise OwnQuestionsError(
            f"There are only {len(test)} usable test questions; at least {fewest[0]} are needed.",
            "Add more test questions: a hundred judge well.",
        )
    groups = query_groups(dataset)
    judged = {groups[query_id] for query_id in test}
    left_out = {query_id for query_id in dataset.queries if query_id not in own and groups[query_id] in judged}
    aside = set(choosing) - left_out
    chosen = {groups[query_id] for query_id in aside}
    left_out |= {q for q in dataset.queries if q not in own and q not in aside and groups[q] in chosen}
    kept = _without(dataset, left_out)
    rest = [query_id for query_id in kept.queries if query_id not in own and query_id not in aside]
    need(len(rest), f"different {noun(dataset)} to learn from, beside your own test questions", fewest[1])
    if len(aside) >= FEWEST_CHOOSING:
        train, validation = rest, [query_id for query_id in kept.queries if query_id in aside]
    else:
        rest = [query_id for query_id in kept.queries if query_id not in own]
        train, validation, _ = assign(rest, groups, seed, (shares[0] / (1 - shares[1]), 0.0), dataset.segments)
    if too_few(validation, shares):
        raise inseparable(SplitKind.OWN_TEST, dataset)
    why = "Your own test questions judge, and nothing else does."
    return _finish(kept, SplitKind.OWN_TEST, seed, (train, validation, test), groups, why, len(left_out))


def _without(dataset: PairDataset, left_out: set[str]) -> PairDataset:
    """The data set without some queries. Documents stay: they are still items to search among."""
    return replace(
        dataset,
        queries={key: text for key, text in dataset.queries.items() if key not in left_out},
        relevance={key: gains for key, gains in dataset.relevance.items() if key not in left_out},
        negatives={key: wrong for key, wrong in dataset.negatives.items() if key not in left_out},
        segments={key: name for key, name in dataset.segments.items() if key not in left_out},
        grades={key: grades for key, grades in dataset.grades.items() if key not in left_out},
        twins={document: key for document, key in dataset.twins.items() if key not in left_out},
    )


def _finish(
    dataset: PairDataset,
    kind: SplitKind,
    seed: int,
    parts: tuple[list[str], list[str], list[str]],
    groups: dict[str, int],
    why: str,
    n_left_out: int,
) -> SplitDataset:
    train, validation, test = parts
    learned = {document for query_id in train for document in dataset.relevance[query_id]}
    if dataset.learning_only:  # only own test questions say that the catalogue alone is searched
        wanted = {document for query_id in test for document in dataset.relevance[query_id]}
        learning_only = dataset.learning_only - wanted if kind is SplitKind.OWN_TEST else frozenset()
        dataset = replace(dataset, learning_only=learning_only)
    known = frozenset(query_id for query_id in test if set(dataset.relevance[query_id]) <= learned)
    kept, n_wrong = (dataset, 0) if kind is not SplitKind.NEW_ITEMS else _hide_judged_items(dataset, train)
    receipt = make_receipt(dataset, kind, parts, groups, why, known, (n_left_out, n_wrong))
    return SplitDataset(kept, tuple(train), tuple(validation), tuple(test), kind, seed, known, receipt)


def _hide_judged_items(dataset: PairDataset, train: list[str]) -> tuple[PairDataset, int]:
    """Drop from the training queries' wrong items those that are right for a judged query, so that these stay new; and
    those that are nearly the same as such a one."""
    learning = set(train)
    right = [document for query, gains in dataset.relevance.items() if query not in learning for document in gains]
    wrong_ones = {document for query in train for document in dataset.negatives.get(query, ())}
    named = list(dict.fromkeys([*right, *wrong_ones]))
    item = dict(zip(named, same_items(dataset, named), strict=True))
    known = {item[document] for document in right}
    judged = {document for document in named if item[document] in known}
    negatives: dict[str, tuple[str, ...]] = {}
    dropped = 0
    for query_id, wrong in dataset.negatives.items():
        kept = tuple(document for document in wrong if query_id not in learning or document not in judged)
        dropped += len(wrong) - len(kept)
        if kept:
            negatives[query_id] = kept
    grades = {
        query_id: {
            document: grade
            for document, grade in found.items()
            if document in dataset.relevance[query_id] or document in negatives.get(query_id, ())
        }
        for query_id, found in dataset.grades.items()
    }
    return replace(dataset, negatives=negatives, grades=grades), dropped
