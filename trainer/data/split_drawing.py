"""The split as blocks that a picture can draw: each group that must stay together is one, as wide as it is large."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from trainer.data.pairs import SplitDataset, SplitKind
from trainer.data.query_groups import item_groups, members_of, query_groups

SQUARES = 300
"""That are drawn of all sides together, at most about."""
_LARGEST_SAMPLED = 20  # where a group is larger, whether a sample has it or not would change the picture


def draw(split: SplitDataset) -> dict[str, Any]:
    """Plain values: {"each", "sample", "n_groups", "n_tied", "largest", "sides"}.

    sides: {"learn" | "choose" | "judge": [[width in squares, how many such blocks], …]}, the widest first. each: how
    many queries a square stands for. sample: whether only some of the groups are drawn, each as likely as any other;
    else all are, and where a square stands for several queries, groups smaller than two squares are not told apart.
    n_groups, n_tied, largest: of all groups with several queries, drawn or not.
    """
    groups = item_groups(split.data) if split.kind is SplitKind.NEW_ITEMS else query_groups(split.data)
    parts = {"learn": split.train, "choose": split.validation, "judge": split.test}
    sizes = {side: sorted(map(len, members_of(groups, part)), reverse=True) for side, part in parts.items() if part}
    tied = [size for found in sizes.values() for size in found if size > 1]
    largest = max(tied, default=1)
    total = sum(map(sum, sizes.values()))
    each, sample = 1, False
    if total > SQUARES and largest <= _LARGEST_SAMPLED:
        sizes, sample = {side: _some(found, total / SQUARES) for side, found in sizes.items()}, True
    elif total > SQUARES:
        each = -(-total // SQUARES)
        sizes = {side: _scaled(found, each) for side, found in sizes.items()}
    return {
        "each": each,
        "sample": sample,
        "n_groups": len(tied),
        "n_tied": sum(tied),
        "largest": largest,
        "sides": {side: [list(pair) for pair in Counter(found).items()] for side, found in sizes.items()},
    }


def _some(sizes: Sequence[int], step: float) -> list[int]:
    """Every `step`-th group of those ordered by size, so that each size has its share; single queries fill up, or make
    room, so that the side has its share as well."""
    last = len(sizes) - 1  # where half a group is left over and rounded up, its middle lies just beyond
    places = [min(int((number + 0.5) * step), last) for number in range(round(len(sizes) / step))]
    found = [sizes[place] for place in places] or list(sizes[:1])
    missing = round(sum(sizes) / step) - sum(found)
    if missing < 0:
        return found[: max(len(found) + missing, len(found) - found.count(1), 1)]
    return found + [1] * (missing if 1 in sizes else 0)


def _scaled(sizes: Sequence[int], each: int) -> list[int]:
    """The groups in squares; what is smaller than two is laid out as single squares."""
    large = [size for size in sizes if size >= 2 * each]
    rest = sum(sizes) - sum(large)
    return [round(size / each) for size in large] + [1] * (round(rest / each) or bool(rest))
