"""The text half of an open_clip model where it is one of transformers, such as the multilingual XLM-R.

open_clip then wants the half's own configuration, by default from the hub: its weights and its tokenizer are with the
model, the configuration is not. Here it comes from the model's folder, from the hub's cache on this machine, or from
what is known of the usual ones.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from trainer.errors import ModelError

TEXT_HALF_FOLDER = "text_model"
"""In a model's folder: holds the config.json of its text half. Tailor writes it and reads it; open_clip does not."""

_ROBERTA: dict[str, Any] = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "max_position_embeddings": 514,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
    "bos_token_id": 0,
    "pad_token_id": 1,
    "eos_token_id": 2,
}
_LARGE = {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096}

_KNOWN: dict[str, dict[str, Any]] = {
    "roberta-base": {"model_type": "roberta", "vocab_size": 50_265, **_ROBERTA},
    "xlm-roberta-base": {"model_type": "xlm-roberta", "vocab_size": 250_002, **_ROBERTA},
    "xlm-roberta-large": {"model_type": "xlm-roberta", "vocab_size": 250_002, **_ROBERTA, **_LARGE},
}
"""By the end of their names. Sizes that were wrong would not fit the weights."""


def text_half_of(folder: Path, text_settings: dict[str, Any]) -> dict[str, Any] | None:
    """The configuration of the text half of the model in `folder`; None where it is no model of transformers.

    text_settings: the model's own `text_cfg`. Raises ModelError with what to copy where when it is nowhere, or when it
    names program code.
    """
    name = text_settings.get("hf_model_name")
    if not name:
        return None
    file = _file_of(folder, str(name))
    if file is None:
        known = _KNOWN.get(str(name).rpartition("/")[2])
        if known is None:
            raise ModelError(
                f"The model in {folder} needs the configuration of its text half, {name}, which is not here.",
                f"Copy the file config.json of https://huggingface.co/{name} to {folder / TEXT_HALF_FOLDER}, "
                "or choose another base model.",
            )
        return known
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"The file {file} cannot be read.", "Copy it again.") from error
    if not isinstance(found, dict) or "auto_map" in found:
        raise ModelError(
            f"The file {file} is no configuration of a text model, or names program code of its own.",
            "Choose another base model.",
        )
    return found


@contextmanager
def text_settings_with(half: dict[str, Any] | None, text_settings: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """`text_cfg` as open_clip can use it without a network: the half's configuration lies in a folder while inside."""
    if half is None:
        yield text_settings
        return
    with TemporaryDirectory(prefix="tailor-text-half-") as folder:
        write_text_half(half, Path(folder))
        # Its weights are with the others.
        yield {**text_settings, "hf_model_name": folder, "hf_model_pretrained": False}


def write_text_half(half: dict[str, Any], folder: Path) -> None:
    """Writes config.json to `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(half, indent=2), encoding="utf-8")


def _file_of(folder: Path, name: str) -> Path | None:
    """In the model's folder, in the one that its name is, or in the hub's cache."""
    for place in (folder / TEXT_HALF_FOLDER, folder / name):
        if (place / "config.json").is_file():
            return place / "config.json"
    # Imported here because few models need it, and the web process should stay small.
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, "config.json")
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None
