"""Weights of what learns, by name."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from trainer.checkpoint import Weights

MATRIX = "matrix"
"""Name of the learned matrix among the weights; zero is the base model."""


def set_layers(layers: Mapping[str, nn.Parameter], weights: Mapping[str, Tensor]) -> None:
    """Gives the layers these weights; those that are not named stay as they are."""
    with torch.no_grad():
        for name, layer in layers.items():
            if name in weights:
                layer.copy_(weights[name])


def copy_layers(layers: Mapping[str, nn.Parameter]) -> Weights:
    """Their weights, on the CPU."""
    return {name: layer.detach().to("cpu", copy=True) for name, layer in layers.items()}
