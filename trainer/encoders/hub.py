"""Models of the Hugging Face hub: from its cache on this machine, or fetched where the administrator allows it."""

import json
from pathlib import Path

from trainer.encoders.model_folders import OPEN_CLIP_CONFIG
from trainer.errors import ModelError

_NEEDED_FILES = ["*.json", "*.txt", "*.model", "*.safetensors", "*/config.json", "*/*.safetensors", "README.md"]

_NEEDED_OF_OPEN_CLIP = ["*.json", "*.txt", "*.model", "open_clip*.safetensors", "README.md"]
"""Without model.safetensors, which holds the same weights for another library."""

_NOT_NEEDED = ["onnx/*", "openvino/*", "*.bin", "*.h5", "*.msgpack"]


def hub_folder(name: str, allow_hub: bool) -> Path:
    """The folder of a model in the hub's cache on this machine; else, where allowed, fetched from the hub.

    Raises ModelError with what to copy where.
    """
    # Imported here because only hub names need it, and the web process should stay small.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        folder = Path(snapshot_download(name, local_files_only=True, allow_patterns=_NEEDED_FILES))
        if any(folder.glob("*.safetensors")) or not allow_hub:
            return folder
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        if not allow_hub:
            raise ModelError(
                f"The base model {name} is not on this machine, and fetching models from the internet is switched off.",
                f"Copy its folder from https://huggingface.co/{name} to this machine and give the folder's path, "
                "or ask the administrator to allow the model hub.",
            ) from None
    try:
        folder = Path(snapshot_download(name, allow_patterns=["*.json"], etag_timeout=10))
        needed = _NEEDED_OF_OPEN_CLIP if (folder / OPEN_CLIP_CONFIG).exists() else _NEEDED_FILES
        folder = Path(snapshot_download(name, allow_patterns=needed, ignore_patterns=_NOT_NEEDED, etag_timeout=10))
        _fetch_text_half(folder)
        return folder
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, HFValidationError, OSError) as error:
        raise ModelError(
            f"The base model {name} could not be fetched from the model hub ({type(error).__name__}).",
            f"Check the name and the network, or copy its folder from https://huggingface.co/{name} to this machine "
            "and give the folder's path.",
        ) from error


def _fetch_text_half(folder: Path) -> None:
    """Into the cache, for `text_half_of`."""
    from huggingface_hub import hf_hub_download

    if (folder / OPEN_CLIP_CONFIG).exists():
        model = json.loads((folder / OPEN_CLIP_CONFIG).read_text("utf-8")).get("model_cfg", {})
        if name := model.get("text_cfg", {}).get("hf_model_name"):
            hf_hub_download(name, "config.json", etag_timeout=10)
