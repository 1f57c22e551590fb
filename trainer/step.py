"""The gradients of one batch: in passes of texts of like length, within the machine's memory."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from trainer.encoders.batches import Tokens
from trainer.encoders.text import TextEncoder, is_out_of_memory
from trainer.errors import ResourceError
from trainer.examples import Batch
from trainer.objective import Objective
from trainer.progress import LogEvent, OnEvent

FEWEST_TOKENS = 64
"""With room for so few in a pass, going on would take for ever."""


def backward(
    encoder: TextEncoder, tokens: Mapping[str, Tokens], batch: Batch, objective: Objective, on_event: OnEvent
) -> float:
    """Leaves the gradients of one batch in the parameters and returns its loss.

    Each time that memory runs out, the passes of this batch and of all later ones become smaller by half, and from
    then on no activations are kept beyond a pass. Raises ResourceError when even small passes do not fit.
    """
    rows = [tokens["q" + name] for name in batch.queries] + [tokens["d" + name] for name in batch.documents]
    loss_of = objective.loss_of(batch)
    while True:
        try:
            with encoder.fast():
                return _backward_in_passes(encoder, rows, loss_of)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            encoder.model.zero_grad(set_to_none=True)
            if encoder.tokens_a_pass <= FEWEST_TOKENS:
                raise too_little_memory() from error
        encoder.tokens_a_pass = max(FEWEST_TOKENS, min(encoder.tokens_a_pass, encoder.tokens_of(rows)) // 2)
        encoder.tokens_kept = 0
        on_event(LogEvent("Memory ran out; going on with half as many texts at once. The result is the same."))


def too_little_memory() -> ResourceError:
    """To train, that is."""
    return ResourceError(
        "The machine's memory does not suffice to train this base model.",
        "Choose a smaller base model or a smaller “longest text” in the advanced settings.",
    )


def _backward_in_passes(encoder: TextEncoder, rows: Sequence[Tokens], loss_of: Callable[[Tensor], Tensor]) -> float:
    """Texts of like length share a forward pass. Where the activations of all passes would not fit in memory, the
    gradient of the loss by the embeddings is found first, and each pass is then repeated with it: the same numbers
    for a third more time, in the memory of one pass (Gao et al. 2021, arXiv:2101.06983; exact, as nothing is random).
    """
    batches = list(encoder.batches(rows))
    passes = [[rows[place] for place in batch] for batch in batches]
    order = torch.tensor([place for batch in batches for place in batch], device=encoder.device).argsort()
    if len(passes) == 1 or sum(encoder.tokens_of(some) for some in passes) <= encoder.tokens_kept:
        vectors = torch.cat([encoder.embed(some) for some in passes])
        loss = loss_of(vectors[order])
        loss.backward()
        return loss.item()
    with torch.no_grad():
        vectors = torch.cat([encoder.embed(some) for some in passes])
    vectors.requires_grad_()
    loss = loss_of(vectors[order])
    loss.backward()
    assert vectors.grad is not None
    for some, gradient in zip(passes, vectors.grad.split([len(some) for some in passes]), strict=True):
        encoder.embed(some).backward(gradient)
    return loss.item()
