"""Launching, cancelling and repeating runs, and who may see them."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import Http404

from tests.webapp.runs.making import make_person, make_project, make_run, make_version
from webapp.queue.models import WorkStatus
from webapp.queue.services import work_claim, work_fail
from webapp.runs.models import Run, RunEvent
from webapp.runs.selectors import run_events, run_for_user, runs_of_project
from webapp.runs.services import LaunchError, run_cancel, run_launch, run_repeat, run_retry

MODEL: dict[str, Any] = {"base_model": "minilm-l6", "preset": "quick"}


@pytest.mark.django_db
def test_runs_are_numbered_within_their_project() -> None:
    owner = make_person()
    versions = [make_version(make_project(owner)) for _ in range(2)]
    for version, number in ((versions[0], 1), (versions[0], 2), (versions[1], 1)):
        run = run_launch(project=version.project, dataset=version, user=owner, **MODEL)
        assert (run.number, run.status, run.attempt) == (number, WorkStatus.QUEUED, 1)
        assert run.job_id == f"runs_run-{run.pk}-1"


@pytest.mark.django_db(transaction=True)
def test_launches_at_the_same_moment_get_numbers_of_their_own() -> None:
    version = make_version(make_project())
    ready = threading.Barrier(8)
    numbers: list[int] = []

    def launch() -> None:
        ready.wait()
        numbers.append(run_launch(project=version.project, dataset=version, user=None, **MODEL).number)
        connection.close()

    threads = [threading.Thread(target=launch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 9))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"settings": {"epochs": 1000}}, "epochs", "between 1 and 100"),
        ({"settings": {"epochs": "many"}}, "", "out of range"),
        ({"settings": {"epocs": 3}}, "epocs", "unknown setting"),
        ({"preset": "eternal"}, "", "eternal"),
        ({"base_model": "no-such-model"}, "base_model", "no-such-model"),
        ({"base_model": "intfloat/multilingual-e5-small"}, "base_model", "not on this machine"),
    ],
)
def test_what_cannot_run_is_refused_with_a_remedy(changes: dict, field: str, words: str) -> None:
    version = make_version(make_project())
    with pytest.raises(LaunchError, match=words) as caught:
        run_launch(**{"project": version.project, "dataset": version, "user": None, **MODEL, **changes})
    assert caught.value.field == field
    assert caught.value.remedy
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_data_of_another_project_or_not_yet_ready_are_refused() -> None:
    owner = make_person()
    version, other = (make_version(make_project(owner)) for _ in range(2))
    with pytest.raises(LaunchError, match="not ready"):
        run_launch(project=other.project, dataset=version, user=owner, **MODEL)
    version.status = WorkStatus.FAILED
    with pytest.raises(LaunchError, match="not ready"):
        run_launch(project=version.project, dataset=version, user=owner, **MODEL)


@pytest.mark.django_db
def test_a_folder_on_disk_is_checked_before_the_run_is_queued(tmp_path: Path) -> None:
    version = make_version(make_project())
    with pytest.raises(LaunchError, match=r"no config\.json"):
        run_launch(project=version.project, dataset=version, user=None, base_model=str(tmp_path), preset="quick")


@pytest.mark.django_db
def test_repeating_takes_everything_over_but_the_changes() -> None:
    version = make_version(make_project())
    settings = {"epochs": 2, "blends": [0.5, 1.0]}
    first = run_launch(project=version.project, dataset=version, user=None, seed=7, settings=settings, **MODEL)
    again = run_repeat(run=first, user=None, preset="balanced")
    assert (again.number, again.seed, again.settings, again.preset) == (2, 7, settings, "balanced")


@pytest.mark.django_db(transaction=True)
def test_retry_starts_the_progress_anew() -> None:
    run = make_run(make_version(make_project()), stage="fit", fraction=0.5)
    claimed = work_claim(model=Run, pk=run.pk, attempt=1)
    assert claimed is not None
    assert not run_retry(run=run), "it still runs"
    work_fail(work=claimed, error={"cause": "x"})
    assert run_retry(run=run)
    assert (run.status, run.attempt, run.stage, run.fraction) == (WorkStatus.QUEUED, 2, "", 0.0)
    run_cancel(run=run)
    assert run.status == WorkStatus.CANCELLED


@pytest.mark.django_db
def test_only_its_owner_sees_a_run() -> None:
    owner, outsider = make_person("a@example.com"), make_person("b@example.com")
    run = make_run(make_version(make_project(owner)))
    where = {"project_id": run.project_id, "number": run.number}
    assert run_for_user(user=owner, **where) == run
    for user, asked in ((outsider, where), (owner, where | {"number": 9}), (owner, where | {"project_id": 99_999})):
        with pytest.raises(Http404):
            run_for_user(user=user, **asked)
    assert list(runs_of_project(run.project)) == [run]


@pytest.mark.django_db
def test_events_are_given_in_order_from_where_the_page_stopped() -> None:
    run = make_run(make_version(make_project()))
    events = [RunEvent.objects.create(run=run, attempt=1, kind="log", data={"message": str(i)}) for i in range(3)]
    assert list(run_events(run)) == events
    assert list(run_events(run, after_pk=events[0].pk)) == events[1:]
