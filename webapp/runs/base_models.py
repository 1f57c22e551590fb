"""Which base models a person may start from."""

from pathlib import Path

from django.conf import settings

from webapp.accounts.models import Person
from webapp.bridge import ModelError, check_base_model, is_folder_name


def base_model_check(*, name: str, task: str, user: Person | None) -> None:
    """Raise ModelError unless this person's run of this task can load this base model.

    A folder can be one of the models folder (TAILOR_MODELS). The owner, who installed Tailor, may name any other, but
    none of the data folder: there lie the models of everybody's runs. Nobody else learns what folders there are.
    """
    try:
        _check(name, task, user)
    except OSError as error:  # longer than a path can be, or in a folder that Tailor may not read
        raise ModelError(
            f"“{name}” cannot be read as a folder of this machine.", "Check the path, or choose one of the base models."
        ) from error


def _check(name: str, task: str, user: Person | None) -> None:
    if is_folder_name(name) and not _may_use(Path(name).resolve(), user):
        raise ModelError(
            f"Base models from folders are taken from {settings.MODELS_DIR} only.",
            "Choose one of the base models, or ask the owner of this Tailor to put yours there.",
        )
    check_base_model(name, task=task, allow_hub=settings.ALLOW_HUB)


def _may_use(folder: Path, user: Person | None) -> bool:
    if folder.is_relative_to(Path(settings.MODELS_DIR).resolve()):
        return True
    private = (Path(settings.DATA_DIR).resolve(), Path(settings.MEDIA_ROOT).resolve())
    by_operator = user is None or user.is_owner
    return by_operator and not any(folder.is_relative_to(place) for place in private)
