"""How far up each parameter of a network is, so that its upper layers can learn and the lower ones stay."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from timm.models._manipulate import group_parameters
from torch import nn

_NUMBERED = re.compile(r"(.*?)\.(\d+)\.")
_TWICE_NUMBERED = re.compile(r"layer(\d+)\.(\d+)\.")  # of a ResNet
_NO_BLOCK = re.compile(r"(bn|conv|norm|fc)\d+$")
_BELOW, _IN_A_BLOCK, _ABOVE = range(3)
_AT_THE_BOTTOM = re.compile(r"embed|conv\d|bn\d|ln_pre|patch|stem")


@dataclass(frozen=True)
class Ladder:
    """rungs: {name of a parameter: 0 for the stem, 1…n for the blocks in the order of computing, n + 1 for what is
    above them all}. blocks: the n blocks' names as modules."""

    rungs: dict[str, int]
    blocks: Sequence[str]

    @property
    def top(self) -> int:
        """The rung above all blocks."""
        return len(self.blocks) + 1

    def from_rung(self, rung: int) -> list[str]:
        """Names of the parameters on `rung` and above."""
        return [name for name, own in self.rungs.items() if own >= rung]


def ladder_of(network: nn.Module) -> Ladder:
    """Of a timm model, by its own matcher; of another network, by the numbers in its parameters' names."""
    matcher: Any = getattr(network, "group_matcher", None)
    if matcher is not None:
        levels = group_parameters(network, matcher(coarse=False))
        return _ladder([(True, list(levels[level])) for level in sorted(levels)])
    trunk = getattr(network, "trunk", None)
    if trunk is not None and hasattr(trunk, "group_matcher"):  # open_clip's coat around a timm model
        below = ladder_of(trunk)
        rungs = {f"trunk.{name}": rung for name, rung in below.rungs.items()}
        rungs |= {name: below.top for name, _ in network.named_parameters() if name not in rungs}
        return Ladder(rungs, [f"trunk.{name}" for name in below.blocks])
    return by_names([name for name, _ in network.named_parameters()])


def by_names(names: Sequence[str]) -> Ladder:
    """Of parameters whose blocks are the most numerous numbered ones among `names`. What is in no block is at the
    bottom if it is called as embeddings are, else at the top."""
    found = {name: (match[1], match[2]) for name in names if (match := _NUMBERED.match(name))}
    twice = {name: match for name in names if (match := _TWICE_NUMBERED.match(name))}
    levels: dict[tuple[int, ...], list[str]] = defaultdict(list)
    usual = Counter(prefix for prefix, _ in set(found.values())).most_common(1)
    prefix = usual[0][0] if usual else None
    for name in names:
        if twice:
            levels[(_IN_A_BLOCK, *map(int, twice[name].groups())) if name in twice else _outside(name)].append(name)
        elif name in found and found[name][0] == prefix:
            levels[_IN_A_BLOCK, int(found[name][1])].append(name)
        else:
            levels[_outside(name)].append(name)
    return _ladder([(level[0] == _IN_A_BLOCK, levels[level]) for level in sorted(levels)])


def _outside(name: str) -> tuple[int, ...]:
    return (_BELOW,) if _AT_THE_BOTTOM.search(name) else (_ABOVE,)


def _ladder(levels: Sequence[tuple[bool, Sequence[str]]]) -> Ladder:
    """levels: from the bottom to the top, whether it can be a block, and names of parameters that belong together.

    What lies between two blocks, such as what halves a picture, counts to the one below."""
    rungs: dict[str, int] = {}
    blocks: list[str] = []
    waiting: list[str] = []  # what may lie between two blocks, or above them all
    for can_be, names in levels:
        alike = _most_alike(names)  # timm has the last norm on the level of the last block
        if can_be and _is_block(block := _common(alike)):
            rungs |= dict.fromkeys(waiting, len(blocks))
            blocks.append(block)
            rungs |= dict.fromkeys(alike, len(blocks))
            waiting = [name for name in names if name not in rungs]
        else:
            waiting += names
    top = len(blocks) + 1 if blocks else 0
    return Ladder(rungs | dict.fromkeys(waiting, top), blocks)


def _most_alike(names: Sequence[str]) -> list[str]:
    """Those that begin as most of them do."""
    begins = [name.partition(".")[0] for name in names]
    usual, _ = Counter(begins).most_common(1)[0]
    return [name for name, begin in zip(names, begins, strict=True) if begin == usual]


def _common(names: Sequence[str]) -> str:
    """The innermost module that holds all these parameters."""
    parts = [name.split(".")[:-1] for name in names]
    shared = []
    for column in zip(*parts, strict=False):
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    return ".".join(shared)


def _is_block(name: str) -> bool:
    return bool(re.search(r"\d$", name)) and not _NO_BLOCK.search(name)
