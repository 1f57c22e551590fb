"""How torch says that memory does not suffice."""

import torch


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch failed for want of memory; on a CPU it says so only in its words."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
