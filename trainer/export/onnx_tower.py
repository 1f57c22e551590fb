"""One tower of a picture model as an ONNX file, by torch's exporter."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from trainer.export.onnx_model import ONNX_TOLERANCE, quiet

OUTPUT = "unit_embedding"
"""No name that a part of a model might have inside: the exporter would give it out twice."""


def write_tower(tower: nn.Module, inputs: Tensor, expected: np.ndarray, path: Path, *, input_name: str) -> str:
    """Write `tower`, on the CPU in float32, to one file at `path`, and compare it with `expected`, (n, dim), what it
    gives for `inputs`, (n, …).

    Gives "" when all is well, else the reason in words; then no file is left. An architecture that cannot be exported
    must not cost a person the finished model.
    """
    # Two rows: the exporter takes an axis of size 1 in its example for a constant.
    example = torch.cat([inputs, inputs])[:2]
    try:
        with quiet(), torch.no_grad():
            program = torch.onnx.export(
                tower.eval(),
                (example,),
                dynamo=True,
                input_names=[input_name],
                output_names=[OUTPUT],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                verbose=False,
            )
            assert program is not None  # only the old exporter gives None
            program.save(path, external_data=False)
        difference = _difference(path, input_name, inputs.numpy(), expected)
    except Exception as error:  # the exporter and the runtime raise dozens of types, none of them our caller's business
        path.unlink(missing_ok=True)
        return f"the exporter does not support this kind of model ({type(error).__name__})"
    if not difference <= ONNX_TOLERANCE:
        path.unlink()
        return f"the exported model differs from the original by {difference:.1g}"
    return ""


def _difference(path: Path, name: str, inputs: np.ndarray, expected: np.ndarray) -> float:
    """Of the file's embeddings, the largest; of all together and of each alone. NaN stays NaN."""
    # Imported here because only a finished run needs it.
    import onnxruntime

    session: Any = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    together = session.run(None, {name: inputs})[0]
    alone = np.concatenate([session.run(None, {name: inputs[row : row + 1]})[0] for row in range(len(inputs))])
    return float(np.abs(np.stack([together, alone]) - expected).max())
