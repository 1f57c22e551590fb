"""Gradients in passes, against those of a whole batch at once."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext

import pytest
import torch
from torch import Tensor, nn

from trainer.errors import ResourceError
from trainer.losses import symmetric_info_nce
from trainer.pictures.step import Part, Passes

COUNT, SIZE = 10, 6


class Towers:
    """Two small networks and what they read; counts how many items went through them at once."""

    def __init__(self, memory: int = COUNT) -> None:
        torch.manual_seed(0)
        self.towers = nn.ModuleDict({side: nn.Linear(SIZE, SIZE) for side in ("words", "pictures")})
        self.items = {f"{side}{n}": torch.randn(SIZE) for side in self.towers for n in range(COUNT)}
        self.memory, self.largest = memory, 0

    def see(self, side: str) -> Callable[[Sequence[str]], Tensor]:
        def seen(names: Sequence[str]) -> Tensor:
            if len(names) > self.memory:
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
            self.largest = max(self.largest, len(names))
            tower = self.towers[side]
            return nn.functional.normalize(tower(torch.stack([self.items[name] for name in names])), dim=1)

        return seen

    def backward(self, most: int | None) -> tuple[float, dict[str, Tensor], Passes]:
        self.towers.zero_grad()
        parts = [Part(self.see(side), [f"{side}{n}" for n in range(COUNT)]) for side in self.towers]
        own = torch.eye(COUNT, dtype=torch.bool)

        def loss_of(vectors: Tensor) -> Tensor:
            return symmetric_info_nce(vectors[:COUNT], vectors[COUNT:], torch.arange(COUNT), own, 0.1)

        passes = Passes(most, nullcontext)
        loss = passes.backward(parts, loss_of, self.towers.zero_grad)
        return (
            loss,
            {name: one.grad.clone() for name, one in self.towers.named_parameters() if one.grad is not None},
            passes,
        )


@pytest.mark.parametrize("most", [1, 3, COUNT])
def test_passes_of_any_size_give_the_gradients_of_the_whole_batch(most: int) -> None:
    loss, whole, _ = Towers().backward(None)
    towers = Towers()
    same, gradients, _ = towers.backward(most)
    assert same == pytest.approx(loss, abs=1e-6)
    assert towers.largest == most
    assert set(gradients) == set(whole)
    assert len(whole) == 4
    for name, gradient in whole.items():
        torch.testing.assert_close(gradients[name], gradient, atol=1e-6, rtol=1e-5)


def test_passes_become_smaller_when_memory_runs_out_and_nothing_is_counted_twice() -> None:
    loss, whole, _ = Towers().backward(None)
    same, gradients, passes = Towers(memory=3).backward(None)
    assert passes.most == 2
    assert same == pytest.approx(loss, abs=1e-6)
    for name, gradient in whole.items():
        torch.testing.assert_close(gradients[name], gradient, atol=1e-6, rtol=1e-5)


def test_a_model_that_is_too_large_for_one_picture_is_an_error_in_words() -> None:
    with pytest.raises(ResourceError, match="memory does not suffice"):
        Towers(memory=0).backward(None)


def test_what_does_not_learn_is_left_alone() -> None:
    towers = Towers()
    towers.towers["words"].requires_grad_(False)
    _, gradients, _ = towers.backward(4)
    assert {name.split(".")[0] for name in gradients} == {"pictures"}
