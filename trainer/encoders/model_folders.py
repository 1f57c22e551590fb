"""What a folder holds that is to be a base model: checked before it is opened, quickly and without torch."""

import json
from pathlib import Path
from typing import Any, Literal

from trainer.config import Task
from trainer.encoders.packaged import LITE0_FILE
from trainer.encoders.text_half import text_half_of
from trainer.encoders.weights import check_weights
from trainer.errors import ModelError

Kind = Literal["text", "timm", "open_clip", "dual"]
"""A SentenceTransformer or transformers folder; a timm or open_clip `local-dir:` folder; one that DualEncoder saved."""

OPEN_CLIP_CONFIG = "open_clip_config.json"
JOINT_FILE = "joint.safetensors"

_FITTING: dict[Task, tuple[Kind, ...]] = {
    Task.TEXT_TEXT: ("text",),
    Task.TEXT_IMAGE: ("open_clip", "dual"),
    Task.IMAGE_IMAGE: ("timm", "open_clip"),
}

_KIND_WORDS: dict[Kind, str] = {
    "text": "is not a picture model that Tailor can read",
    "timm": "is a model of pictures alone (timm)",
    "open_clip": "is a model of texts and pictures (open_clip)",
    "dual": "is a model of texts and pictures (MiniLM with EfficientNet)",
}

_REMEDIES = {
    Task.TEXT_TEXT: "Choose a text embedding model, such as minilm-l6.",
    Task.TEXT_IMAGE: (
        "To find pictures by words, choose a model of texts and pictures: an open_clip folder (open_clip_config.json "
        "and open_clip_model.safetensors), or minilm-effnet."
    ),
    Task.IMAGE_IMAGE: (
        "To find similar pictures, choose a picture model: a timm folder (config.json with its “architecture”, and "
        "model.safetensors), an open_clip folder, or efficientnet-lite0."
    ),
}


def kind_of(folder: Path, task: Task) -> Kind:
    """Which libraries open `folder`. The embedded picture model is half of the embedded text-picture model."""
    if (folder / LITE0_FILE).exists():
        return "dual" if task is Task.TEXT_IMAGE else "timm"
    if (folder / JOINT_FILE).exists():
        return "dual"
    if (folder / OPEN_CLIP_CONFIG).exists():
        return "open_clip"
    if task.has_picture_documents and not (folder / "config.json").exists():
        raise ModelError(f"The folder {folder} is not a model: it has no configuration file.", _REMEDIES[task])
    config = _read_json(folder / "config.json", folder)
    return "timm" if isinstance(config, dict) and "architecture" in config else "text"


def check_folder(folder: Path, task: Task) -> None:
    """Raises ModelError unless `folder` holds a model for `task` that is safe to open: sound safetensors weights, and
    no code of its own."""
    kind = kind_of(folder, task)
    if kind not in _FITTING[task]:
        raise ModelError(f"The model in {folder} {_KIND_WORDS[kind]}.", _REMEDIES[task])
    if (folder / LITE0_FILE).exists():
        return  # of our own requirements; its hash is compared when it is opened
    for file in sorted(folder.glob("**/*config.json")):
        if "auto_map" in _read_json(file, folder):
            raise ModelError(
                f"The base model in {folder} brings program code of its own ({file.name} has “auto_map”).",
                "Tailor never runs a model's own code. Choose a model that the standard libraries know.",
            )
    {"text": _check_text, "timm": _check_timm, "open_clip": _check_open_clip, "dual": _check_dual}[kind](folder)


def _check_text(folder: Path) -> None:
    config = _read_json(folder / "config.json", folder)
    _check_modules(folder)
    _check_is_text(folder, config)
    _check_weights_in(folder)
    for file in sorted(folder.glob("[0-9]*_*/*.safetensors")):
        check_weights(file)


def _check_timm(folder: Path) -> None:
    if not isinstance(_read_json(folder / "config.json", folder)["architecture"], str):
        raise ModelError(f"The configuration of the model in {folder} is damaged.", "Copy the model's folder again.")
    _check_weights_in(folder)


def _check_open_clip(folder: Path) -> None:
    config = _read_json(folder / OPEN_CLIP_CONFIG, folder)
    parts = config.get("model_cfg") if isinstance(config, dict) else None
    if not isinstance(parts, dict) or not {"embed_dim", "vision_cfg", "text_cfg"} <= set(parts):
        raise ModelError(f"The configuration of the model in {folder} is damaged.", "Copy the model's folder again.")
    if isinstance(parts["text_cfg"], dict):
        text_half_of(folder, parts["text_cfg"])
    _check_weights_in(folder)


def _check_dual(folder: Path) -> None:
    for part in ("text", "image"):
        if not (folder / part).is_dir():
            raise ModelError(f"The model in {folder} has lost its part “{part}”.", "Copy its folder again, completely.")
    check_folder(folder / "text", Task.TEXT_TEXT)
    check_folder(folder / "image", Task.IMAGE_IMAGE)
    check_weights(folder / JOINT_FILE)


def _check_weights_in(folder: Path) -> None:
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise _no_weights(folder)
    for file in weights:
        check_weights(file)


def _check_modules(folder: Path) -> None:
    if not (folder / "modules.json").exists():
        return
    modules = _read_json(folder / "modules.json", folder)
    types = [str(module.get("type", "")) if isinstance(module, dict) else "" for module in modules]
    foreign = next((kind for kind in types if not kind.startswith("sentence_transformers.")), None)
    if foreign is not None:
        raise ModelError(
            f"The base model in {folder} needs program code that is not part of sentence-transformers (“{foreign}”).",
            "Choose a model made of standard parts.",
        )
    if not types or not types[0].endswith(".Transformer"):
        raise ModelError(
            f"The base model in {folder} is not a transformer of texts.",
            "Choose a text embedding model, such as minilm-l6.",
        )


def _check_is_text(folder: Path, config: dict[str, Any]) -> None:
    heads = " ".join(str(name) for name in config.get("architectures") or [])
    if "SequenceClassification" in heads:
        raise ModelError(
            f"The model in {folder} sorts or re-ranks texts ({heads}); it gives no embeddings to search with.",
            "Choose a text embedding model, such as minilm-l6.",
        )
    tokenizers = ("tokenizer.json", "vocab.txt", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model")
    has_tokenizer = any((folder / name).exists() for name in tokenizers)
    if "vocab_size" not in config or "vision_config" in config or not has_tokenizer:
        raise ModelError(
            f"The model in {folder} is not a text model: "
            + (
                "it has no tokenizer."
                if "vocab_size" in config
                else f"it is a {config.get('model_type', 'different')} model."
            ),
            "Choose a text embedding model, such as minilm-l6.",
        )


def _no_weights(folder: Path) -> ModelError:
    pickles = [file.name for kind in ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl") for file in folder.glob(kind)]
    if pickles:
        return ModelError(
            f"The base model in {folder} has its weights only in a pickle file ({pickles[0]}), which can run code.",
            "Get the model with a model.safetensors file, or convert it on a machine that you can spare.",
        )
    return ModelError(
        f"The folder {folder} holds no weights (no *.safetensors file).", "Copy the model's folder again, completely."
    )


def _read_json(file: Path, folder: Path) -> Any:
    if not file.exists():
        raise ModelError(
            f"The folder {folder} is not a model: it has no {file.name}.",
            "Give the folder that directly holds config.json and model.safetensors.",
        )
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError) as error:
        raise ModelError(
            f"The file {file.name} of the model in {folder} cannot be read.", "Copy the model's folder again."
        ) from error
