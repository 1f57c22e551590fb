"""The picture of a split: every group that must stay together as one block, in rows of squares."""

from dataclasses import dataclass
from typing import Any

COLUMNS = 40
"""Squares in a row."""
SQUARE, GAP = 10.0, 2.0  # in units of the drawing: a square with the gap after it, and the gap


@dataclass(frozen=True)
class Block:
    """A group, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    tied: bool


@dataclass(frozen=True)
class Side:
    """One side of the split. kind: learn, choose or judge; words: what it is for; told: the drawing in words."""

    kind: str
    count: int
    words: str
    blocks: list[Block]
    width: float
    height: float
    told: str


@dataclass(frozen=True)
class SplitPicture:
    """The sides, and what the squares mean."""

    sides: list[Side]
    caption: str


_WHY_TIED = {
    "new_items": "lead to the same {item}, or are nearly the same",
    "new_questions": "are nearly the same",
    "own_test": "are nearly the same",
}
_WHY_TIED_PICTURES = {"new_items": "show the same or look the same"}


def split_picture(
    *, drawn: dict[str, Any] | None, parts: list[tuple[str, int, str]], kind: str, pictured: bool
) -> SplitPicture | None:
    """The drawing of what trainer.data.split_drawing.draw gave; None for versions that were frozen without it.

    parts: (learn, choose or judge; its count; what it is for). pictured: whether pictures are searched with.
    """
    if not drawn:
        return None
    asked = ("picture", "pictures") if pictured else ("question", "questions")
    sides = [
        _side(kind_of, count, words, drawn["sides"][kind_of], asked, drawn)
        for kind_of, count, words in parts
        if kind_of in drawn["sides"]
    ]
    return SplitPicture(sides, _caption(drawn, kind, asked, pictured))


def _side(
    kind: str, count: int, words: str, widths: list[list[int]], asked: tuple[str, str], drawn: dict[str, Any]
) -> Side:
    blocks = _laid_out(widths)
    width = COLUMNS * SQUARE - GAP
    height = max(block.y + block.height for block in blocks)
    tied = sum(times for size, times in widths if size > 1)
    shown = sum(size * times for size, times in widths) * drawn["each"]
    about = "" if shown == count else "about "
    told = f"{about}{shown:,} {asked[shown != 1]} drawn, {tied:,} group{'' if tied == 1 else 's'} of several"
    return Side(kind, count, words, blocks, width, height, f"{count:,} {words}: {told}.")


def _laid_out(widths: list[list[int]]) -> list[Block]:
    """The blocks, widest first, each in the first row that has room; what is wider than a row fills several."""
    blocks: list[Block] = []
    used: list[int] = []  # squares of each row
    for size, times in sorted(widths, reverse=True):
        for _ in range(times):
            rows, rest = divmod(size, COLUMNS)
            if rows:
                blocks.append(_block(0, len(used), COLUMNS, rows, touching=bool(rest)))
                used += [COLUMNS] * rows
            if rows and rest:
                blocks.append(_block(0, len(used), rest, 1))
                used.append(rest)
            elif rest:
                row = next((row for row, full in enumerate(used) if full + rest <= COLUMNS), len(used))
                used += [0] * (row == len(used))
                blocks.append(_block(used[row], row, rest, 1, tied=size > 1))
                used[row] += rest
    return blocks


def _block(column: int, row: int, columns: int, rows: int, touching: bool = False, tied: bool = True) -> Block:
    height = rows * SQUARE - (0 if touching else GAP)
    return Block(column * SQUARE, row * SQUARE, columns * SQUARE - GAP, height, tied)


def _caption(drawn: dict[str, Any], kind: str, asked: tuple[str, str], pictured: bool) -> str:
    each, groups = drawn["each"], drawn["n_groups"]
    square = f"One square is one {asked[0]}" if each == 1 else f"One square stands for {each:,} {asked[1]}"
    some = "; drawn is a sample in which every group is as likely as any other" if drawn["sample"] else ""
    if not groups:
        return f"{square}{some}. None must stay together with another."
    item = "picture" if pictured else "item"
    why = (_WHY_TIED_PICTURES if pictured else {}).get(kind) or ("look the same" if pictured else _WHY_TIED[kind])
    together = f"{drawn['n_tied']:,} {asked[1]} in {groups:,} group{'' if groups == 1 else 's'}"
    largest = "" if groups == 1 else f", the largest of {drawn['largest']:,}"
    small = "" if each == 1 else f" Groups of fewer than {2 * each:,} are not told apart."
    return (
        f"{square}{some}. A wider block is a group that stays on one side, because its {asked[1]} "
        f"{why.format(item=item)}: {together}{largest}.{small}"
    )
