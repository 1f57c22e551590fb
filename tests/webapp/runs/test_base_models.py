"""Who may start from which base model: a folder's path must not be a way to other people's models."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.webapp.reports.rows import make_version
from tests.webapp.runs.tiny_model import make_tiny_model
from webapp.accounts.models import Person
from webapp.bridge import ModelError
from webapp.runs.base_models import base_model_check


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound base model, somewhere on the machine."""
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def test_only_the_owner_may_name_a_folder_anywhere(owner: Person, teammate: Person, tiny_model: Path) -> None:
    base_model_check(name=str(tiny_model), task="text-text", user=owner)
    base_model_check(name="minilm-l6", task="text-text", user=teammate)
    with pytest.raises(ModelError, match="only") as refused:
        base_model_check(name=str(tiny_model), task="text-text", user=teammate)
    with pytest.raises(ModelError, match="only") as unknown:
        base_model_check(name="/no/such/folder", task="text-text", user=teammate)
    assert str(refused.value) == str(unknown.value), "nobody learns what folders there are"


def test_everyone_may_start_from_the_models_folder(
    teammate: Person, tiny_model: Path, settings: Settings, tmp_path: Path
) -> None:
    settings.MODELS_DIR = tiny_model.parent
    base_model_check(name=str(tiny_model), task="text-text", user=teammate)
    (tmp_path / "outside").symlink_to(tiny_model.parent)
    settings.MODELS_DIR = tmp_path
    with pytest.raises(ModelError, match="only"):
        base_model_check(name=str(tmp_path / "outside" / "tiny"), task="text-text", user=teammate)
    with pytest.raises(ModelError, match="only"):
        base_model_check(name=f"{tmp_path}/../{tiny_model.name}", task="text-text", user=teammate)


def test_nobody_starts_from_the_data_folder(owner: Person, teammate: Person) -> None:
    others_model = make_tiny_model(Path(settings.DATA_DIR) / "cache" / "models" / "7-1" / "model" / "theirs")
    for person in (owner, teammate):
        with pytest.raises(ModelError, match="only"):
            base_model_check(name=str(others_model), task="text-text", user=person)


def test_the_form_says_so_at_its_field(
    teammate: Person, tiny_model: Path, client_of: Callable[[Person], Client]
) -> None:
    version = make_version(teammate)
    chosen = {"version": 1, "base_model": "other", "other_model": str(tiny_model), "preset": "quick", "seed": "0"}
    answer = client_of(teammate).post(reverse("run_create", args=(version.project_id,)), chosen)
    assert answer.status_code == 422
    assert "are taken from" in answer.content.decode()
    assert not version.project.runs.exists()


def test_a_model_of_the_hub_can_be_chosen_where_that_is_allowed(
    teammate: Person, settings: Settings, client_of: Callable[[Person], Client]
) -> None:
    settings.ALLOW_HUB = True
    version = make_version(teammate)
    chosen = {"version": 1, "base_model": "bge-small-en", "preset": "quick", "seed": "0"}
    answer = client_of(teammate).post(reverse("run_create", args=(version.project_id,)), chosen)
    assert answer.status_code == 302
    assert version.project.runs.get().base_model == "bge-small-en"
