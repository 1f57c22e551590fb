"""The honest split: what is judged was never learned from, nor anything near-identical to it."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from trainer.data.near_duplicates import Groups, group_equal_but_for_form, group_near_identical
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.errors import DataError

FEWEST_QUERIES = 20
"""Different questions that learning, choosing and judging need together."""
FEWEST_TEST_QUERIES = 5
SHARES = (0.0, 0.20)
"""Of the queries: (validation, test). None is set aside for choosing, as the training queries take turns (`folds`)."""


class OwnQuestionsError(DataError):
    """The person's own test questions are what is wrong."""


_RECURRING = 1 / 3
_LARGEST_COMPONENT = 0.5
_MORE = "Add more examples: a few hundred give a clear result."


def default_kind(dataset: PairDataset) -> tuple[SplitKind, str]:
    """The kind of split that fits the data, and why in a sentence: do items recur among the examples?"""
    uses = Counter(document for gains in dataset.relevance.values() for document in gains)
    recurring = sum(any(uses[document] > 1 for document in gains) for gains in dataset.relevance.values())
    percent = f"{100 * recurring / max(len(dataset.queries), 1):.0f}%"
    if recurring > _RECURRING * len(dataset.queries):
        return SplitKind.NEW_QUESTIONS, f"{percent} of the questions share their item with another question."
    sizes = [len(members) for members in _members(item_groups(dataset))]
    if max(sizes) > _LARGEST_COMPONENT * len(dataset.queries):
        return (
            SplitKind.NEW_QUESTIONS,
            "Shared items tie the questions together, so items cannot be kept apart.",
        )
    return SplitKind.NEW_ITEMS, f"Only {percent} of the questions share their item with another question."


def split_dataset(
    dataset: PairDataset,
    *,
    kind: SplitKind | None = None,
    seed: int = 0,
    questions: Sequence[str] = (),
    shares: tuple[float, float] = SHARES,
) -> SplitDataset:
    """Split the queries of a data set into train, validation and test, whole groups of near-identical ones at a time.

    kind: None lets the data decide. questions: ids of the person's own test queries, which alone then are the test
    split (kind OWN_TEST); examples equal or near-identical to one of them leave the data set. shares: of the queries
    for (validation, test), the second more than 0, together less than 1. The same arguments give the same split.

    Raises DataError when there is too little to split. `receipt` has, beside what SplitDataset says: n_queries,
    n_documents, n_left_out (examples too like a test question), n_wrong_items_left_out (of training queries, because
    they are right for a judged one; NEW_ITEMS only), why (a sentence on the choice of kind) and sentence (for pages).
    """
    if not (shares[0] >= 0 < shares[1] and sum(shares) < 1):
        raise ValueError(f"shares must be positive and sum to less than 1, not {shares!r}")
    if len(dataset.documents) < 2:
        raise DataError("All questions have the same item.", "Add examples with other items, or a catalogue.")
    if questions:
        return _split_own(dataset, seed, questions, shares)
    _need(len(dataset.queries), "different questions")
    why = "Chosen by you."
    if kind is None or kind is SplitKind.OWN_TEST:
        kind, why = default_kind(dataset)
    texts = text_groups(dataset)
    groups = item_groups(dataset) if kind is SplitKind.NEW_ITEMS else texts
    train, validation, test = _assign(list(dataset.queries), groups, seed, shares)
    if len(test) < 2 or _too_few(validation, shares):
        raise _inseparable(kind)
    return _finish(dataset, kind, seed, (train, validation, test), texts, why, 0)


def _need(count: int, what: str) -> None:
    if count < FEWEST_QUERIES:
        raise DataError(f"There are only {count} {what}; at least {FEWEST_QUERIES} are needed.", _MORE)


def _inseparable(kind: SplitKind) -> DataError:
    if kind is SplitKind.NEW_ITEMS:
        return DataError(
            "The questions hang together through shared items, so no items can be kept apart for judging.",
            "Choose “new questions about known items”, or add examples with other items.",
        )
    return DataError("Nearly all questions are near-identical, so none can be kept apart for judging.", _MORE)


def _too_few(validation: list[str], shares: tuple[float, float]) -> bool:
    return shares[0] > 0 and len(validation) < 2


def _split_own(dataset: PairDataset, seed: int, questions: Sequence[str], shares: tuple[float, float]) -> SplitDataset:
    test = [query_id for query_id in dataset.queries if query_id in set(questions)]
    if len(test) < FEWEST_TEST_QUERIES:
        raise OwnQuestionsError(
            f"There are only {len(test)} usable test questions; at least {FEWEST_TEST_QUERIES} are needed.",
            "Add more test questions: a hundred judge well.",
        )
    groups = text_groups(dataset)
    judged = {groups[query_id] for query_id in test}
    own = set(test)
    left_out = {query_id for query_id in dataset.queries if query_id not in own and groups[query_id] in judged}
    kept = _without(dataset, left_out)
    rest = [query_id for query_id in kept.queries if query_id not in own]
    _need(len(rest), "different questions to learn from, beside your own test questions")
    train, validation, _ = _assign(rest, groups, seed, (shares[0] / (1 - shares[1]), 0.0))
    if _too_few(validation, shares):
        raise _inseparable(SplitKind.OWN_TEST)
    why = "Your own test questions judge, and nothing else does."
    return _finish(kept, SplitKind.OWN_TEST, seed, (train, validation, test), groups, why, len(left_out))


def _without(dataset: PairDataset, left_out: set[str]) -> PairDataset:
    """The data set without some queries. Documents stay: they are still items to search among."""
    return PairDataset(
        queries={key: text for key, text in dataset.queries.items() if key not in left_out},
        documents=dataset.documents,
        relevance={key: gains for key, gains in dataset.relevance.items() if key not in left_out},
        negatives={key: wrong for key, wrong in dataset.negatives.items() if key not in left_out},
        segments={key: name for key, name in dataset.segments.items() if key not in left_out},
        grades={key: grades for key, grades in dataset.grades.items() if key not in left_out},
    )


def text_groups(dataset: PairDataset) -> dict[str, int]:
    """{query_id: number of its group of near-identical queries}."""
    return dict(zip(dataset.queries, group_near_identical(list(dataset.queries.values())), strict=True))


def item_groups(dataset: PairDataset) -> dict[str, int]:
    """{query_id: number of its component}: queries that are near-identical or lead to the same item.

    Items are the same that differ in form only. Nearly the same names are often different items: two sizes of a screw.
    """
    query_ids = list(dataset.queries)
    used = list(dict.fromkeys(document for gains in dataset.relevance.values() for document in gains))
    index = {document: len(query_ids) + i for i, document in enumerate(used)}
    groups = Groups(len(query_ids) + len(used))
    for i, root in enumerate(group_near_identical([dataset.queries[query_id] for query_id in query_ids])):
        groups.join(i, root)
    for i, root in enumerate(group_equal_but_for_form([dataset.documents[document] for document in used])):
        groups.join(len(query_ids) + i, len(query_ids) + root)
    for i, query_id in enumerate(query_ids):
        for document in dataset.relevance[query_id]:
            groups.join(i, index[document])
    return dict(zip(query_ids, groups.roots(), strict=False))


def _members(groups: dict[str, int], among: Iterable[str] | None = None) -> list[list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for query_id in groups if among is None else among:
        found[groups[query_id]].append(query_id)
    return list(found.values())


def _assign(
    query_ids: list[str], groups: dict[str, int], seed: int, shares: tuple[float, float]
) -> tuple[list[str], list[str], list[str]]:
    """(train, validation, test) in the order of `query_ids`; groups in random order fill test, then validation."""
    members = _members(groups, query_ids)
    random.Random(seed).shuffle(members)  # noqa: S311 - a split needs no secrecy, but must repeat
    room = {"test": round(shares[1] * len(query_ids)), "validation": round(shares[0] * len(query_ids))}
    if shares[0] > 0:
        room["validation"] = max(2, room["validation"])
    side: dict[str, str] = {}
    for group in members:
        chosen = next((name for name, left in room.items() if len(group) <= left), "train")
        if chosen in room:
            room[chosen] -= len(group)
        side.update(dict.fromkeys(group, chosen))
    train, validation, test = ([q for q in query_ids if side[q] == name] for name in ("train", "validation", "test"))
    return train, validation, test


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
    known = frozenset(query_id for query_id in test if set(dataset.relevance[query_id]) <= learned)
    kept, n_wrong = (dataset, 0) if kind is not SplitKind.NEW_ITEMS else _hide_judged_items(dataset, train)
    together = sum(len(members) for members in _members(groups, dataset.queries) if len(members) > 1)
    receipt: dict[str, int | str] = {
        "kind": kind.value,
        "why": why,
        "n_queries": len(dataset.queries),
        "n_documents": len(dataset.documents),
        "n_train": len(train),
        "n_validation": len(validation),
        "n_test": len(test),
        "n_known_items": len(known),
        "n_new_items": len(test) - len(known),
        "shared_queries": _shared(parts, groups),
        "near_duplicates_kept_together": together,
        "n_left_out": n_left_out,
        "n_wrong_items_left_out": n_wrong,
        "sentence": _sentence(len(dataset.queries), len(train), len(validation), len(test)),
    }
    return SplitDataset(kept, tuple(train), tuple(validation), tuple(test), kind, seed, known, receipt)


def _sentence(n_queries: int, n_train: int, n_validation: int, n_test: int) -> str:
    choosing = f", {n_validation:,} to choose settings" if n_validation else " and, taking turns, to choose settings by"
    between = "them" if n_validation else "learning and judging"
    return (
        f"{n_queries:,} questions: {n_train:,} to learn from{choosing}, {n_test:,} to judge, no question shared "
        f"between {between}."
    )


def _shared(parts: tuple[list[str], ...], groups: dict[str, int]) -> int:
    """Groups of near-identical queries on more than one side, counted and not merely believed to be none."""
    sides = Counter(group for part in parts for group in {groups[query_id] for query_id in part})
    return sum(count > 1 for count in sides.values())


def _hide_judged_items(dataset: PairDataset, train: list[str]) -> tuple[PairDataset, int]:
    """Drop from the training queries' wrong items those that are right for a judged query, so that these stay new."""
    learning = set(train)
    judged = {document for query, gains in dataset.relevance.items() if query not in learning for document in gains}
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
