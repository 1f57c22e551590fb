"""The form that starts a run about pictures: its base models, presets and settings."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.reports.factory import make_report
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.bridge import base_model_cards
from webapp.datasets.models import DatasetVersion
from webapp.runs.estimates import machine_pace, time_estimates

ClientOf = Callable[[Person], Client]
PICTURE_TASKS = ("text-image", "image-image")


def version_of(task: str, owner: Person) -> DatasetVersion:
    version = make_version(owner)
    version.project.task = task
    version.project.save()
    return version


@pytest.mark.parametrize("task", PICTURE_TASKS)
def test_settings_of_texts_are_left_out_and_models_of_the_task_are_offered(
    task: str, owner: Person, client_of: ClientOf
) -> None:
    version = version_of(task, owner)
    page = client_of(owner).get(reverse("run_create", args=(version.project_id,))).content.decode()
    for words in (
        "Longest text that is read",
        "hard negatives",
        "Strictness",
        "MiniLM L6 (English)",
        "each question",
    ):
        assert words not in page
    for words in (
        "Passes over the examples",
        "each search with more pictures",
        "layers of the base model itself learn",
        "Also make a small, fast file",
        "Thorough",
    ):
        assert words in page
    assert all(card["title"] in page and card["licence"] in page for card in base_model_cards(task=task))
    assert "Its own layers, and a small one on top" in page
    assert ("A timm or open_clip folder" in page) == (task == "image-image")
    assert ("Numbers of a vector" in page) == (task == "image-image")


@pytest.mark.parametrize("task", PICTURE_TASKS)
def test_each_preset_has_a_time(task: str, owner: Person) -> None:
    names = [*(card["name"] for card in base_model_cards(task=task)), "other"]
    times = time_estimates(version=version_of(task, owner), base_models=names)
    told = [words for name in names for words in times[name].values()]
    assert all(any(unit in words for unit in ("second", "minute", "hour")) for words in told)


def test_runs_about_texts_do_not_correct_the_times_of_runs_about_pictures(owner: Person) -> None:
    make_run(make_version(owner), make_report([(2, 1, 1)]))
    assert machine_pace() != 1.0
    assert machine_pace(with_pictures=True) == 1.0


@pytest.mark.parametrize("task", PICTURE_TASKS)
def test_a_run_speaks_of_searches(task: str, owner: Person, client_of: ClientOf) -> None:
    run = make_run(version_of(task, owner), status="running", stage="fit")
    page = client_of(owner).get(reverse("run_detail", args=(run.project_id, run.number))).content.decode()
    assert "Score on searches that it has not learned from" in page
    assert 'data-questions="searches"' in page
