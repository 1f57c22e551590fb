"""Where a training of a picture model stands, on disk: so that one that was killed goes on rather than begins anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from trainer.checkpoint import Weights, read_tensors, write_tensors

_RANDOM = "random"
_BUFFERS = ("step", "exp_avg", "exp_avg_sq")  # of AdamW


@dataclass(frozen=True)
class State:
    """step: how many are done. losses: [[step, loss], …]. by_epoch: what was looked at by then."""

    step: int
    losses: list[list[float]]
    by_epoch: dict[int, Weights]


def write_state(
    file: Path, fingerprint: str, state: State, learning: Sequence[nn.Parameter], optimiser: torch.optim.Optimizer
) -> None:
    """Writes it with what learns, what the optimiser remembers of that, and where the random numbers are."""
    tensors: dict[str, Tensor] = {_RANDOM: torch.get_rng_state()}
    for place, parameter in enumerate(learning):
        tensors[f"weight/{place}"] = parameter
        for name, value in optimiser.state[parameter].items():
            tensors[f"{name}/{place}"] = torch.as_tensor(value)
    for epoch, weights in state.by_epoch.items():
        tensors |= {f"look/{epoch}/{name}": value for name, value in weights.items()}
    facts = {"fingerprint": fingerprint, "step": state.step, "losses": state.losses, "looks": list(state.by_epoch)}
    write_tensors(file, tensors, facts)


def read_state(
    file: Path, fingerprint: str, learning: Sequence[nn.Parameter], optimiser: torch.optim.Optimizer
) -> State | None:
    """Sets everything as it was when `write_state` wrote `file`; None, with nothing set, where there is no such file of
    this fingerprint."""
    stored = read_tensors(file, fingerprint)
    if stored is None:
        return None
    tensors, facts = stored
    with torch.no_grad():
        for place, parameter in enumerate(learning):
            parameter.copy_(tensors[f"weight/{place}"])
            if f"step/{place}" in tensors:  # else it never had a gradient
                optimiser.state[parameter] = {
                    name: tensors[f"{name}/{place}"].to(parameter.device) for name in _BUFFERS
                }
    torch.set_rng_state(tensors[_RANDOM])
    by_epoch = {
        epoch: {
            name.removeprefix(f"look/{epoch}/"): value
            for name, value in tensors.items()
            if name.startswith(f"look/{epoch}/")
        }
        for epoch in facts["looks"]
    }
    return State(facts["step"], facts["losses"], by_epoch)
