"""The last layer of a tower where that is a plain matrix: another matrix can become part of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

TOLERANCE = 1e-3


class Projection:
    """embedding = features · weight (+ bias), with what the tower gave the base model to begin with."""

    def __init__(self, owner: nn.Module, name: str) -> None:
        """owner: a linear layer, or a module that multiplies by its parameter `name` last."""
        self.owner, self.name = owner, name
        self.is_linear = isinstance(owner, nn.Linear)
        own, bias = self._parameter(name), self._parameter("bias") if self.is_linear else None
        assert own is not None
        self._own, self._own_bias = own.detach().clone(), None if bias is None else bias.detach().clone()

    @property
    def parts(self) -> list[Tensor]:
        """Weight and bias, or the weight alone."""
        found = [self._parameter(self.name), self._parameter("bias") if self.is_linear else None]
        return [part for part in found if part is not None]

    @property
    def weight(self) -> Tensor:
        """(features, d), of the base model."""
        return self._own.t() if self.is_linear else self._own

    @property
    def bias(self) -> Tensor:
        """(d,), of the base model; zeros where there is none."""
        return self.weight.new_zeros(self.weight.shape[1]) if self._own_bias is None else self._own_bias

    def change(self, weight: Tensor, bias: Tensor) -> None:
        """From now on an embedding is features · weight (features, d) + bias (d,), which a layer without one leaves
        out."""
        with torch.no_grad():
            own, *others = self.parts
            own.copy_(weight.t() if self.is_linear else weight)
            for other in others:
                other.copy_(bias)

    def follow_by(self, matrix: Tensor) -> None:
        """From now on an embedding is that of the base model · matrix (d, d)."""
        matrix = matrix.to(self.weight)
        self.change(self.weight @ matrix, self.bias @ matrix)

    @contextmanager
    def left_out(self) -> Iterator[None]:
        """Inside, the tower gives its features in place of embeddings."""
        kept, forward = dict(self.owner._parameters), self.owner.__dict__.get("forward")
        self.owner._parameters[self.name] = nn.Parameter(torch.eye(len(self.weight)).to(self.weight), False)
        if self.is_linear:  # some towers call the layer, which may compute in another precision; some use its weights
            self.owner._parameters["bias"] = None
            self.owner.__dict__["forward"] = _as_it_is
        try:
            yield
        finally:
            self.owner._parameters.update(kept)
            if self.is_linear:
                self.owner.__dict__.pop("forward")
                if forward is not None:
                    self.owner.__dict__["forward"] = forward

    def _parameter(self, name: str) -> nn.Parameter | None:
        return self.owner._parameters.get(name)


def find_projection(places: Sequence[tuple[object, str]], embed: Callable[[], Tensor]) -> Projection | None:
    """The projection among `places`: of a module, its parameter of a name, or the last layer of its part of a name.

    embed: some embeddings (n, d) by the tower, their lengths as they come. They must follow the weights: what is not
    the very last step, such as a layer beside which something passes, will not do, and then there is none.
    """
    with torch.inference_mode():
        expected = embed()
    for module, name in places:
        found = _last_layer(module, name)
        if found is None or found.weight.shape[1] != expected.shape[1]:
            continue
        with torch.inference_mode():
            with found.left_out():
                features = embed()
            if features.shape[1] != len(found.weight):
                continue
            rebuilt = features @ found.weight + found.bias
        room = TOLERANCE * float(expected.abs().max())
        if bool(torch.isclose(rebuilt, expected, rtol=TOLERANCE, atol=room).all()):
            return found
    return None


def _last_layer(module: object, name: str) -> Projection | None:
    part = getattr(module, name, None)
    if isinstance(part, nn.Parameter) and isinstance(module, nn.Module):
        return Projection(module, name) if part.ndim == 2 else None
    layers = [layer for layer in part.modules() if isinstance(layer, nn.Linear)] if isinstance(part, nn.Module) else []
    return Projection(layers[-1], "weight") if layers else None


def _as_it_is(features: Tensor) -> Tensor:
    return features
