"""How much of a training step fits in memory at once."""

from typing import Any

import torch
from sentence_transformers import SentenceTransformer

from trainer.memory import machine_memory

BYTES_A_NUMBER = 70
"""What a step keeps for each of a token's numbers in each layer, until it has gone backward: measured with minilm-l6,
160 kB for a token of 6 layers with 384 numbers each."""

MOST_BYTES = 600_000_000
SHARE_OF_MEMORY = {"cpu": 1 / 8, "cuda": 1 / 2}
"""Of what a step keeps: on a CPU at most MOST_BYTES, as other programs live there too."""

_UNKNOWN = (12, 768)  # layers and numbers of a BERT-base


def tokens_kept(model: SentenceTransformer, device: str) -> int:
    """Tokens of one training step whose activations are kept, padding included; what is more is computed twice.

    By the model's size and the machine's whole memory, not by what is free now: a run gives the same numbers again.
    """
    config: Any = getattr(model[0], "config", None)
    layers, size = (
        getattr(config, name, None) or usual
        for name, usual in zip(("num_hidden_layers", "hidden_size"), _UNKNOWN, strict=True)
    )
    if device == "cuda":
        room = SHARE_OF_MEMORY[device] * torch.cuda.get_device_properties(0).total_memory
    else:
        room = min(MOST_BYTES, SHARE_OF_MEMORY[device] * machine_memory())
    return int(room / (BYTES_A_NUMBER * layers * size))
