"""Starting a run, watching it, and what its page says in each state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.reports.factory import make_report
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion
from webapp.projects.models import Project
from webapp.queue.models import WorkStatus
from webapp.runs.estimates import machine_pace, time_estimates
from webapp.runs.models import Run, RunEvent

ClientOf = Callable[[Person], Client]


@pytest.fixture
def version(owner: Person) -> DatasetVersion:
    """Ready data of the owner."""
    return make_version(owner)


def url(run: Run, name: str) -> str:
    return reverse(name, args=(run.project_id, run.number))


def start(client: Client, data_version: DatasetVersion, /, **changes: Any) -> Any:
    data = {"version": data_version.number, "base_model": "minilm-l6", "preset": "quick", "seed": "0", **changes}
    return client.post(reverse("run_create", args=(data_version.project_id,)), data)


def test_start_queues_a_run_with_the_chosen_settings(
    version: DatasetVersion, owner: Person, client_of: ClientOf
) -> None:
    changes = {
        "epochs": "4",
        "learning_rate": "0.0002",
        "freeze_embeddings": "no",
        "blends": "0, 0.5",
        "seed": "7",
        "loss": "triplet",
        "output_sizes": "128, 64",
        "int8": "no",
    }
    answer = start(client_of(owner), version, **changes)
    run = version.project.runs.get()
    assert answer.url == url(run, "run_detail")
    assert (run.status, run.preset, run.seed, run.launched_by) == (WorkStatus.QUEUED, "quick", 7, owner)
    assert run.settings == {
        "epochs": 4,
        "learning_rate": 0.0002,
        "freeze_embeddings": False,
        "blends": [0, 0.5],
        "loss": "triplet",
        "output_sizes": [128, 64],
        "int8": False,
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"epochs": "900"}, "This must be between 1 and 100."),
        ({"epochs": "many"}, "Write a whole number, without a point or comma."),
        ({"learning_rate": "0,0002"}, "Write a number, with a point for decimals"),
        ({"blends": "0, half"}, "Write numbers such as 0, 0.5, 1."),
        ({"blends": "0, 3"}, "This must each be between 0 and 1."),
        ({"output_sizes": "128, half"}, "Write whole numbers such as 128, 64."),
        ({"output_sizes": "128, 4"}, "This must each be a whole number between 8 and 4096."),
        ({"base_model": "other", "other_model": "/no/such/folder"}, "There is no base model"),
        ({"base_model": "other", "other_model": ""}, "No base model is chosen."),
        ({"base_model": "other", "other_model": "x" * 300}, "cannot be read as a folder"),
        ({"preset": "heroic"}, "Select a valid choice"),
        ({"version": "9"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    changes: dict[str, str], words: str, version: DatasetVersion, owner: Person, client_of: ClientOf
) -> None:
    answer = start(client_of(owner), version, **changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not version.project.runs.exists()


def test_the_form_shows_models_presets_and_times(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    page = client_of(owner).get(reverse("run_create", args=(version.project_id,))).content.decode()
    for words in ("MiniLM L6 (English)", "ready", "Apache-2.0", "How to make it ready", "Thorough", "hard negatives"):
        assert words in page
    assert "The queue does not answer" in page or "No training worker" in page
    assert "style=" not in page


def test_without_data_the_form_leads_to_the_data(owner: Person, client_of: ClientOf) -> None:
    project = Project.objects.create(owner=owner, name="Empty")
    answer = client_of(owner).get(reverse("run_create", args=(project.pk,)))
    assert answer["Location"] == reverse("data", args=(project.pk,))


def test_start_again_with_changes_is_prefilled(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    make_run(version, status="cancelled", preset="thorough", seed=5, settings={"epochs": 9, "blends": [0.0, 1.0]})
    page = client_of(owner).get(reverse("run_create", args=(version.project_id,)), {"from": "1"}).content.decode()
    assert 'name="preset" value="thorough" checked' in page
    assert 'name="epochs" value="9"' in page
    assert 'name="blends" value="0, 1"' in page
    assert 'name="seed" value="5"' in page


def test_an_old_data_version_that_was_asked_for_can_be_chosen(
    version: DatasetVersion, owner: Person, client_of: ClientOf
) -> None:
    for number in range(2, 12):
        version.pk, version.number = None, number
        version.save(force_insert=True)
    page = client_of(owner).get(reverse("run_create", args=(version.project_id,)), {"data": "1"}).content.decode()
    assert 'name="version" value="1" checked' in page
    assert 'name="version" value="11"' in page
    assert 'name="version" value="4"' not in page


def test_a_run_that_stops_promises_no_time(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    run = make_run(version, status="running", seconds_left=90, heartbeat_at=timezone.now())
    assert "left" in client_of(owner).get(url(run, "run_progress")).json()["time_left"]
    Run.objects.filter(pk=run.pk).update(cancel_requested=True)
    state = client_of(owner).get(url(run, "run_progress")).json()
    assert (state["headline"], state["time_left"]) == ("Stopping…", "")


@pytest.mark.parametrize("name", ["run_detail", "run_progress", "run_log"])
def test_only_the_owner_sees_a_run(
    name: str, version: DatasetVersion, owner: Person, teammate: Person, outsider: Person, client_of: ClientOf
) -> None:
    run = make_run(version)
    assert client_of(owner).get(url(run, name)).status_code == 200
    for person in (teammate, outsider):
        assert client_of(person).get(url(run, name)).status_code == 404


@pytest.mark.parametrize("name", ["run_cancel", "run_retry", "run_repeat"])
def test_only_the_owner_acts_on_a_run(
    name: str, version: DatasetVersion, owner: Person, outsider: Person, client_of: ClientOf
) -> None:
    run = make_run(version)
    assert client_of(outsider).post(url(run, name)).status_code == 404
    assert client_of(owner).get(url(run, name)).status_code == 405
    run.refresh_from_db()
    assert (run.status, version.project.runs.count()) == (WorkStatus.QUEUED, 1)


def test_an_outsider_cannot_start_a_run(version: DatasetVersion, outsider: Person, client_of: ClientOf) -> None:
    assert start(client_of(outsider), version).status_code == 404


def test_cancel_a_waiting_run(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    run = make_run(version)
    page = client_of(owner).post(url(run, "run_cancel"), follow=True).content.decode()
    run.refresh_from_db()
    assert run.status == WorkStatus.CANCELLED
    assert "Start again with changes" in page


def test_a_failed_run_says_why_and_can_be_tried_again(
    version: DatasetVersion, owner: Person, client_of: ClientOf
) -> None:
    error = {
        "title": "Out of memory",
        "cause": "It needed more.",
        "remedy": "Take a smaller batch.",
        "detail": "signal 9",
    }
    run = make_run(version, status="failed", stage="fit", error=error)
    page = client_of(owner).get(url(run, "run_detail")).content.decode()
    for words in error.values():
        assert words in page
    client_of(owner).post(url(run, "run_retry"))
    run.refresh_from_db()
    assert (run.status, run.attempt) == (WorkStatus.QUEUED, 2)


def test_repeat_makes_the_same_run_anew(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    run = make_run(version, status="cancelled", settings={"epochs": 9})
    answer = client_of(owner).post(url(run, "run_repeat"))
    again = version.project.runs.get(number=2)
    assert answer["Location"] == url(again, "run_detail")
    assert again.settings == {"epochs": 9}


def test_progress_of_a_waiting_run(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    make_run(version)
    state = client_of(owner).get(url(make_run(version), "run_progress")).json()
    assert (state["status"], state["headline"]) == ("queued", "2nd in line")
    assert state["waiting_for"]


def test_progress_gives_each_event_once(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    run = make_run(version, status="running", stage="fit", fraction=0.426, seconds_left=95)
    RunEvent.objects.create(run=run, attempt=1, kind="loss", data={"step": 1, "loss": 2.5})
    client = client_of(owner)
    first = client.get(url(run, "run_progress")).json()
    assert (first["percent"], first["time_left"]) == (43, "about 2 minutes left")
    assert first["events"] == [{"kind": "loss", "step": 1, "loss": 2.5}]
    assert [stage["state"] for stage in first["stages"]] == ["done", "done", "current", *["waiting"] * 3]
    RunEvent.objects.create(run=run, attempt=1, kind="validation", data={"epoch": 1, "score": 0.5})
    second = client.get(url(run, "run_progress"), {"after": first["after"]}).json()
    assert [event["kind"] for event in second["events"]] == ["validation"]


def test_a_finished_run_leads_to_its_report(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    run = make_run(version, make_report([(2, 1, 1)]))
    assert client_of(owner).get(url(run, "run_progress")).json()["next"] == url(run, "report")
    page = client_of(owner).get(url(run, "run_detail")).content.decode()
    assert "Done in 40 seconds" in page


def test_log_as_text(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    run = make_run(version)
    RunEvent.objects.create(run=run, attempt=1, kind="log", data={"message": "The base model was opened."})
    answer = client_of(owner).get(url(run, "run_log"))
    assert answer["Content-Type"].startswith("text/plain")
    assert "The base model was opened." in answer.content.decode()


def test_estimates_follow_how_long_runs_took_here(version: DatasetVersion, db: None) -> None:
    plain = time_estimates(version=version, base_models=["minilm-l6"])["minilm-l6"]["quick"]
    assert machine_pace() == 1.0
    now = timezone.now()
    for _ in range(3):
        make_run(version, status="done", started_at=now - timedelta(hours=1), finished_at=now)
    assert machine_pace() == 10.0
    assert time_estimates(version=version, base_models=["minilm-l6"])["minilm-l6"]["quick"] != plain


def test_a_run_that_failed_without_a_known_cause_still_says_what_to_do(
    version: DatasetVersion, owner: Person, client_of: ClientOf
) -> None:
    page = client_of(owner).get(url(make_run(version, status="failed"), "run_detail")).content.decode()
    assert "Tailor does not know why." in page
    assert "<strong>What to do:</strong> Try again." in page
