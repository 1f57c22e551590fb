"""Taking turns: every example is learned from, and every example chooses among models that have not learned from it."""

import random
from collections import defaultdict
from dataclasses import dataclass

from trainer.data.pairs import SplitDataset, SplitKind
from trainer.data.query_groups import item_groups, query_groups

ENOUGH_TO_LEARN = 100
MOST_OF_FEW = 4
"""Where a fold would learn from fewer queries than ENOUGH_TO_LEARN, there are more folds, up to MOST_OF_FEW: models
that learned from half of very few examples say little about one that learned from all."""


@dataclass(frozen=True)
class Fold:
    """One training of a cross-fit: ids of the queries that it learns from, and of those that then judge it."""

    learn: tuple[str, ...]
    choose: tuple[str, ...]


def make_folds(split: SplitDataset, count: int) -> list[Fold]:
    """`count` folds of the training queries, more of few, or one where the split sets validation queries aside.

    What the split keeps apart, folds keep apart as well: near-identical queries always, and where items are new, all
    queries that lead to the same item. No fold at all where there is nothing to choose by: too few groups.
    """
    if split.validation:
        return [Fold(split.train, split.validation)]
    for number in range(count_folds(len(split.train), count), 1, -1):
        parts = _parts(split, number)
        if min(len(part) for part in parts) >= 2:
            return [_fold(split, part) for part in parts]
    return []


def count_folds(n_queries: int, count: int) -> int:
    """How many folds there are where `count` are asked for and there are groups enough."""
    while count < MOST_OF_FEW and n_queries * (1 - 1 / count) < ENOUGH_TO_LEARN:
        count += 1
    return count


def _fold(split: SplitDataset, part: set[str]) -> Fold:
    learn = tuple(query_id for query_id in split.train if query_id not in part)
    return Fold(learn, tuple(query_id for query_id in split.train if query_id in part))


def _parts(split: SplitDataset, count: int) -> list[set[str]]:
    """The training queries in `count` parts of about equal size, whole groups at a time, drawn by the split's seed."""
    groups = item_groups(split.data) if split.kind is SplitKind.NEW_ITEMS else query_groups(split.data)
    members: dict[int, list[str]] = defaultdict(list)
    for query_id in split.train:
        members[groups[query_id]].append(query_id)
    drawn = list(members.values())
    random.Random(split.seed).shuffle(drawn)  # noqa: S311 - folds need no secrecy, but must repeat
    parts: list[set[str]] = [set() for _ in range(count)]
    for group in sorted(drawn, key=len, reverse=True):
        min(parts, key=len).update(group)
    return parts
