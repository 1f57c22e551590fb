"""Forward passes side by side: on a CPU one thread for each is faster than all threads for one pass after another, as
what lies between the matrix products keeps only one of them busy."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Work = TypeVar("Work")
Result = TypeVar("Result")

AHEAD = 4
"""Pieces of work for each thread that are made ready before the first results are taken."""


def side_by_side(do: Callable[[Work], Result], work: Iterable[Work], *, threads: int) -> Generator[Result, None, None]:
    """do(piece) of each piece of work, in their order, without gradients; raises what `do` or `work` raises.

    threads: with one, everything happens in the caller's thread. Meanwhile no other part of the process should compute.
    To be closed by whoever breaks off.
    """
    if threads < 2:
        with torch.inference_mode():
            yield from map(do, work)
        return
    pending: deque[Future[Result]] = deque()
    had = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            try:
                for piece in work:
                    pending.append(pool.submit(_without_gradients, do, piece))
                    if len(pending) > AHEAD * threads:
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()
            finally:
                for future in pending:
                    future.cancel()
    finally:
        torch.set_num_threads(had)


def _without_gradients(do: Callable[[Work], Result], piece: Work) -> Result:
    with torch.inference_mode():  # each thread has its own
        return do(piece)
