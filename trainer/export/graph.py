"""A small writer of ONNX graphs: one method call for one operator."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

OPSET = 17  # the first with LayerNormalization; runtimes since 2022 read it
IR_VERSION = 8
RUNTIME = "com.microsoft"
"""The domain of the operators that onnxruntime has beyond the standard."""


class Graph:
    """Nodes in order of computation, and the constants they use. Values go by their names."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, TensorProto] = {}
        self._domains = {""}

    def constant(self, name: str, value: np.ndarray) -> str:
        """Stores an array once under `name`."""
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.array(value, order="C"), name)
        return name

    def number(self, value: float) -> str:
        """A float32 scalar."""
        return self.constant(f"number_{value!r}", np.array(value, dtype=np.float32))

    def whole(self, *values: int) -> str:
        """A row of int64."""
        return self.constant(f"whole_{'_'.join(map(str, values))}", np.array(values, dtype=np.int64))

    def add(self, operator: str, *inputs: str, domain: str = "", output: str = "", **attributes: Any) -> str:
        """Appends an operator with one output and gives that output's name."""
        output = output or f"{operator}_{len(self._nodes)}"
        self._domains.add(domain)
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def model(self, inputs: Sequence[str], output: str, dimensions: int) -> ModelProto:
        """The whole: `inputs` are (batch, sequence) int64, `output` is (batch, dimensions) float32."""
        taken = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"]) for name in inputs]
        given = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", dimensions])]
        graph = helper.make_graph(self._nodes, "encoder", taken, given, list(self._constants.values()))
        versions = [helper.make_opsetid(domain, 1 if domain else OPSET) for domain in sorted(self._domains)]
        return helper.make_model(graph, opset_imports=versions, ir_version=IR_VERSION, producer_name="tailor")
