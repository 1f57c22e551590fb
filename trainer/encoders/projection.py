"""The last layer of a tower where that is a plain matrix: another matrix behind it can become part of it."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

TOLERANCE = 1e-3


class Projection:
    """embedding = x · weight, or weight · x + bias; as the base model has it, whatever was put behind it since."""

    def __init__(self, layer: nn.Linear | nn.Parameter) -> None:
        self.weight: Tensor = layer.weight if isinstance(layer, nn.Linear) else layer
        self.bias: Tensor | None = layer.bias if isinstance(layer, nn.Linear) else None
        self.is_linear = isinstance(layer, nn.Linear)
        self._own = [part.detach().clone() for part in self.parts]

    @property
    def parts(self) -> list[Tensor]:
        """Weight and bias, or the weight alone."""
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    @property
    def size(self) -> int:
        """Dimensions of an embedding."""
        return int(self.weight.shape[0 if self.is_linear else 1])

    def restore(self) -> None:
        """As the base model has it."""
        with torch.no_grad():
            for part, own in zip(self.parts, self._own, strict=True):
                part.copy_(own)

    def followed_by(self, matrix: Tensor) -> None:
        """From now on an embedding is that of the base model · matrix (d, d)."""
        matrix = matrix.to(self.weight)
        weight, *bias = self._own
        with torch.no_grad():
            self.weight.copy_(matrix.t() @ weight if self.is_linear else weight @ matrix)
            if self.bias is not None:
                self.bias.copy_(bias[0] @ matrix)


def find_projection(modules: Sequence[object], embed: Callable[[], Tensor]) -> Projection | None:
    """The projection among `modules`, each of which may be the last of a tower, or hold it as its last layer.

    embed: some embeddings (n, d) by the tower, their lengths as they come. They must follow the weights: what is not
    the very last step, such as a layer beside which something passes, will not do, and then there is none.
    """
    with torch.inference_mode():
        before = embed()
    for layer in map(_last_layer, modules):
        if layer is None:
            continue
        projection = Projection(layer)
        if projection.size != before.shape[1]:
            continue
        projection.followed_by(2 * torch.eye(projection.size))
        with torch.inference_mode():
            after = embed()
        projection.restore()
        if bool(torch.isclose(after, 2 * before, rtol=TOLERANCE, atol=TOLERANCE * float(before.abs().max())).all()):
            return projection
    return None


def _last_layer(module: object) -> nn.Linear | nn.Parameter | None:
    if isinstance(module, nn.Parameter):
        return module if module.ndim == 2 else None
    if not isinstance(module, nn.Module):
        return None
    layers = [layer for layer in module.modules() if isinstance(layer, nn.Linear)]
    return layers[-1] if layers else None
