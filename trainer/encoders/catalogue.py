"""Which base models there are, and a quick, torch-free check that one can be used."""

import re
from pathlib import Path

from trainer.config import Task
from trainer.encoders.cards import BASE_MODELS, BaseModelInfo
from trainer.encoders.hub import hub_folder
from trainer.encoders.model_folders import check_folder
from trainer.encoders.packaged import MINILM_PACKAGE, package_folder
from trainer.errors import ModelError

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.\-]*/[\w.\-]+")

_TASK_WORDS = {
    Task.TEXT_TEXT: "find texts by words",
    Task.TEXT_IMAGE: "find pictures by words",
    Task.IMAGE_IMAGE: "find similar pictures",
}


def base_models(task: Task) -> list[BaseModelInfo]:
    """The models on offer for `task`, the ones that need no network first."""
    return [info for info in BASE_MODELS if task in info.tasks]


def find_base_model(name: str) -> BaseModelInfo | None:
    """The card of a name, or None for a folder or a hub name without a card."""
    return next((info for info in BASE_MODELS if name in (info.name, info.hub)), None)


def is_ready(info: BaseModelInfo, allow_hub: bool) -> bool:
    """Whether a run can start with it now: its files are here, or may be fetched."""
    if allow_hub and info.source == "hub":
        return True
    try:
        resolve_base_model(info.name, task=info.tasks[0])
    except ModelError:
        return False
    return True


def resolve_base_model(name_or_folder: str, *, task: Task = Task.TEXT_TEXT, allow_hub: bool = False) -> Path:
    """The folder of a base model: of a name in the catalogue, a folder on disk, or a name on the hub.

    Checked, in well under a second and without torch, to be a model for `task` with sound safetensors weights and no
    code of its own. A hub name is fetched only with `allow_hub`; one fetched earlier is found without. The folder of
    minilm-effnet is that of its picture half; `loading.load_encoder` adds the other.
    Raises ModelError with what to install, or what to copy where.
    """
    if not name_or_folder.strip():
        raise ModelError("No base model is chosen.", "Choose one of the base models, or give the path of a folder.")
    info = find_base_model(name_or_folder)
    if info is not None:
        folder = _folder_of_card(info, task, allow_hub)
    elif Path(name_or_folder).is_dir():
        folder = Path(name_or_folder)
    elif _HUB_NAME.fullmatch(name_or_folder):
        folder = hub_folder(name_or_folder, allow_hub)
    else:
        known = ", ".join(info.name for info in base_models(task))
        raise ModelError(
            f"There is no base model “{name_or_folder}”: it is neither a known name nor a folder on this machine.",
            f"Known names are {known}. For a folder, give its full path.",
        )
    check_folder(folder, task)
    return folder


def _folder_of_card(info: BaseModelInfo, task: Task, allow_hub: bool) -> Path:
    if task not in info.tasks:
        fitting = base_models(task)[0].name
        raise ModelError(
            f"The base model {info.title} cannot {_TASK_WORDS[task]}.", f"Choose another, such as {fitting}."
        )
    if not info.package:
        return hub_folder(info.hub, allow_hub)
    if task is Task.TEXT_IMAGE:
        package_folder(MINILM_PACKAGE, info.title)  # its text half, which must be here, too
    return package_folder(info.package, info.title)
