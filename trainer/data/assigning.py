"""What every split needs: who goes where, whether that is enough, and the receipt."""

import random
from collections import Counter
from collections.abc import Mapping

from trainer.data.pairs import PairDataset, SplitKind
from trainer.data.query_groups import members_of
from trainer.errors import DataError

FEWEST_QUERIES = 20
"""Different questions that learning, choosing and judging need together."""
FEWEST_TEST_QUERIES = 5
FEWEST_OWN = (FEWEST_TEST_QUERIES, FEWEST_QUERIES)
"""Of the person's own test queries, and of the examples beside them."""
SHARES = (0.0, 0.20)
"""Of the queries: (validation, test). None is set aside for choosing, as the training queries take turns (`folds`)."""


class OwnQuestionsError(DataError):
    """The person's own test questions are what is wrong."""


_MORE = "Add more examples: a few hundred give a clear result."


def noun(dataset: PairDataset) -> str:
    """What a person searches with, in the plural."""
    return "pictures" if dataset.task.has_picture_queries else "questions"


def need(count: int, what: str, fewest: int = FEWEST_QUERIES) -> None:
    """Raise DataError when there are too few to split."""
    if count < fewest:
        raise DataError(f"There are only {count} {what}; at least {fewest} are needed.", _MORE)


def inseparable(kind: SplitKind, dataset: PairDataset) -> DataError:
    """What to say when nothing can be kept apart for judging."""
    what = noun(dataset)
    if kind is SplitKind.NEW_ITEMS:
        return DataError(
            f"The {what} hang together through shared items, so no items can be kept apart for judging.",
            f"Choose “new {what} about known items”, or add examples with other items.",
        )
    return DataError(f"Nearly all {what} are near-identical, so none can be kept apart for judging.", _MORE)


def too_few(validation: list[str], shares: tuple[float, float]) -> bool:
    """Whether queries were to be set aside for choosing, and next to none are."""
    return shares[0] > 0 and len(validation) < 2


def assign(
    query_ids: list[str],
    groups: dict[str, int],
    seed: int,
    shares: tuple[float, float],
    segments: Mapping[str, str] | None = None,
) -> tuple[list[str], list[str], list[str]]:
    """(train, validation, test) in the order of `query_ids`; groups in random order fill test, then validation.

    segments: {query_id: segment}; each part then gets its share of every segment, as far as whole groups allow.
    """
    members = members_of(groups, query_ids)
    random.Random(seed).shuffle(members)  # noqa: S311 - a split needs no secrecy, but must repeat
    if segments:
        members = _spread(members, segments)
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


def _spread(members: list[list[str]], segments: Mapping[str, str]) -> list[list[str]]:
    """The groups in an order of which any stretch has about as much of each segment as the whole has."""
    of_group = [Counter(segments.get(query_id, "") for query_id in group).most_common(1)[0][0] for group in members]
    sizes, seen = Counter(of_group), Counter[str]()
    places = []
    for segment in of_group:
        places.append((seen[segment] + 0.5) / sizes[segment])
        seen[segment] += 1
    return [group for _, group in sorted(zip(places, members, strict=True), key=lambda placed: placed[0])]


def make_receipt(
    dataset: PairDataset,
    kind: SplitKind,
    parts: tuple[list[str], list[str], list[str]],
    groups: dict[str, int],
    why: str,
    known: frozenset[str],
    left_out: tuple[int, int],
) -> dict[str, int | str]:
    """The split in numbers and words. left_out: (examples too like a test query, wrong items of training queries)."""
    train, validation, test = parts
    return {
        "kind": kind.value,
        "why": why,
        "n_queries": len(dataset.queries),
        "n_documents": len(dataset.documents) - len(dataset.learning_only),
        "n_train": len(train),
        "n_validation": len(validation),
        "n_test": len(test),
        "n_known_items": len(known),
        "n_new_items": len(test) - len(known),
        "shared_queries": _shared(parts, groups),
        "near_duplicates_kept_together": sum(
            len(members) for members in members_of(groups, dataset.queries) if len(members) > 1
        ),
        "n_left_out": left_out[0],
        "n_wrong_items_left_out": left_out[1],
        "sentence": _sentence(noun(dataset), len(train), len(validation), len(test)),
    }


def _sentence(what: str, n_train: int, n_validation: int, n_test: int) -> str:
    choosing = f", {n_validation:,} to choose settings" if n_validation else " and, taking turns, to choose settings by"
    between = "them" if n_validation else "learning and judging"
    return (
        f"{n_train + n_validation + n_test:,} {what}: {n_train:,} to learn from{choosing}, {n_test:,} to judge, "
        f"no {what.removesuffix('s')} shared between {between}."
    )


def _shared(parts: tuple[list[str], ...], groups: dict[str, int]) -> int:
    """Groups of near-identical queries on more than one side, counted and not merely believed to be none."""
    sides = Counter(group for part in parts for group in {groups[query_id] for query_id in part})
    return sum(count > 1 for count in sides.values())
