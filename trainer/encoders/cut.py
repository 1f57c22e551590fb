"""A network cut in two at one of its blocks: below it, what never changes is computed once for every picture."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from trainer.encoders.ladder import Ladder

UPPER_BLOCKS = 6
"""That learn at most, and never more than half of all: the lower ones see edges and letters, which every picture and
text has, and would take most of the time."""

DECAY = 0.75
"""Of the learning rate from each block to the one below (Howard and Ruder 2018, arXiv:1801.06146; as for vision
transformers in Bao et al. 2021, arXiv:2106.08254)."""

TOLERANCE = 1e-4

Whole = Callable[[Tensor], Tensor]
"""Pixels (batch, 3, height, width) → what the network makes of them, (batch, d)."""


def first_learning_rung(ladder: Ladder, most: int = UPPER_BLOCKS) -> int:
    """The rung from which on parameters learn."""
    count = len(ladder.blocks)
    return ladder.top - min(most, (count + 1) // 2)


def rates_of(ladder: Ladder, names: Sequence[str]) -> dict[str, float]:
    """What the learning rate of each of these parameters is multiplied by."""
    return {name: DECAY ** (ladder.top - ladder.rungs[name]) for name in names}


class Cut:
    """whole: the network. block: the lowest of its modules above the cut. blank: pixels (1, 3, height, width) of any
    picture."""

    def __init__(self, whole: Whole, block: nn.Module, blank: Tensor) -> None:
        self.whole, self.block, self.blank = whole, block, blank

    def lower(self, pixels: Tensor) -> Tensor:
        """What reaches the block, (batch, …)."""
        with _before(self.block, _stop):
            try:
                self.whole(pixels)
            except _Reached as reached:
                return reached.activations
        raise RuntimeError("the block was never reached")

    def upper(self, activations: Tensor) -> Tensor:
        """What the network makes of what reached the block, (batch, d), with gradients where wanted.

        The network runs on a blank picture, and at the block the activations take its place: so any network can be cut
        without its own code being written anew, for the price of reading one picture.
        """
        with _before(self.block, lambda module, inputs: (activations, *inputs[1:])):
            return self.whole(self.blank)


def cut_below(
    model: nn.Module, whole: Whole, ladder: Ladder, blank: Tensor, most: int = UPPER_BLOCKS
) -> tuple[int, Cut | None]:
    """(the rung from which on parameters learn, the cut below it if the network can be cut there)."""
    rung = first_learning_rung(ladder, most)
    found = find_cut(model, whole, ladder.blocks[max(rung, 1) - 1 :], blank)
    return (rung, None) if found is None else (rung + found[0], found[1])


def find_cut(model: nn.Module, whole: Whole, blocks: Sequence[str], blank: Tensor) -> tuple[int, Cut] | None:
    """(place in `blocks`, the cut below it) of the first block where cutting gives what the whole network gives.

    None where there is no such block in the first half of them: a network may pass by it what it needs above.
    """
    random = torch.Generator().manual_seed(0)
    sample = torch.rand((2, *blank.shape[1:]), generator=random).to(blank.device)
    with torch.inference_mode():
        expected = whole(sample)
        for place, name in enumerate(blocks[: (len(blocks) + 1) // 2]):
            cut = Cut(whole, model.get_submodule(name), blank)
            try:
                activations = cut.lower(sample)
                if len(activations) != len(sample):
                    continue
                found = cut.upper(activations)
            except (RuntimeError, ValueError, TypeError, IndexError, AttributeError):
                continue
            if found.shape == expected.shape and bool(torch.isclose(found, expected, atol=TOLERANCE).all()):
                return place, cut
    return None


class _Reached(Exception):  # noqa: N818 no error
    def __init__(self, activations: Tensor) -> None:
        super().__init__()
        self.activations = activations


def _stop(module: nn.Module, inputs: tuple[Any, ...]) -> None:
    raise _Reached(inputs[0])


@contextmanager
def _before(module: nn.Module, hook: Callable[..., Any]) -> Iterator[None]:
    """Inside, `hook` is called before `module`."""
    handle = module.register_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()
