import threading
import time
from collections.abc import Iterator

import pytest
import torch

from trainer.encoders.side_by_side import AHEAD, side_by_side


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_results_come_in_order_and_the_process_keeps_its_threads(threads: int) -> None:
    had = torch.get_num_threads()
    seen: set[tuple[int, bool]] = set()

    def double(number: int) -> int:
        time.sleep(0.001 * (number % 3))
        seen.add((torch.get_num_threads() if threads > 1 else 1, torch.is_inference_mode_enabled()))
        return 2 * number

    assert list(side_by_side(double, range(40), threads=threads)) == [2 * number for number in range(40)]
    assert seen == {(1, True)}  # else two passes would want four threads on two cores
    assert torch.get_num_threads() == had and not torch.is_inference_mode_enabled()


def test_pieces_are_done_at_once_and_few_are_made_ready() -> None:
    together, made = threading.Barrier(2, timeout=20), 0

    def work() -> Iterator[int]:
        nonlocal made
        for number in range(100):
            made += 1
            yield number

    results = side_by_side(lambda number: together.wait(), work(), threads=2)
    next(results)
    assert made <= AHEAD * 2 + 1
    together.abort()  # else the last piece, alone, waits until the barrier's time is over
    results.close()


def test_a_failure_is_the_caller_s_and_the_rest_is_dropped() -> None:
    done: list[int] = []
    had = torch.get_num_threads()

    def read(number: int) -> int:
        if number == 3:
            raise ValueError("no memory")
        done.append(number)
        return number

    with pytest.raises(ValueError, match="no memory"):
        list(side_by_side(read, range(10_000), threads=2))
    assert len(done) < 100 and torch.get_num_threads() == had
