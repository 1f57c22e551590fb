"""A project's state in words, and the one next action."""

from typing import Any

import pytest
from django.urls import reverse

from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion, Upload
from webapp.projects.models import Project
from webapp.projects.selectors import ProjectState, project_state, run_change
from webapp.projects.services import project_create
from webapp.runs.models import Run


@pytest.fixture
def project(owner: Person) -> Project:
    """An empty project."""
    return project_create(owner=owner, name="Help desk")


def upload(project: Project, **fields: Any) -> Upload:
    """A file of examples."""
    return Upload.objects.create(**{"project": project, "name": "t.csv", "file": "t.csv", "size": 1, **fields})


def version(project: Project, **fields: Any) -> DatasetVersion:
    """The next data version."""
    number = project.versions.count() + 1
    return DatasetVersion.objects.create(project=project, number=number, examples=upload(project), **fields)


def run(project: Project, **fields: Any) -> Run:
    """A run on a ready data version."""
    dataset = version(project, status="done")
    return Run.objects.create(project=project, number=project.runs.count() + 1, dataset=dataset, **fields)


def state_of(project: Project) -> ProjectState:
    """Read afresh, as a page does."""
    return project_state(project=Project.objects.get(pk=project.pk))


def test_without_data(project: Project) -> None:
    state = state_of(project)
    assert state.words == "No data yet"
    assert state.next_url == reverse("data", args=(project.pk,))


def test_with_a_file(project: Project) -> None:
    read = upload(project, status="done")
    assert state_of(project).words == "Data to confirm"
    assert state_of(project).next_url == reverse("upload_detail", args=(project.pk, read.pk))
    upload(project, status="failed")
    assert state_of(project).words == "File not read"


@pytest.mark.parametrize(
    ("status", "words"),
    [("queued", "Checking the data"), ("done", "Ready to train"), ("failed", "Data needs a look")],
)
def test_with_a_data_version(status: str, words: str, project: Project) -> None:
    version(project, status=status)
    assert state_of(project).words == words


def test_ready_leads_to_the_start_page(project: Project) -> None:
    version(project, status="done")
    assert state_of(project).next_url == reverse("run_create", args=(project.pk,)) + "?data=1"


@pytest.mark.parametrize(
    ("fields", "words", "page"),
    [
        ({"status": "queued"}, "Waiting to train", "run_detail"),
        ({"status": "running", "fraction": 0.42}, "Training, 42% done", "run_detail"),
        ({"status": "failed", "error": {"title": "Out of memory"}}, "Run failed", "run_detail"),
        (
            {"status": "done", "summary": {"verdict": "better", "before": {"hit@3": 0.466}, "after": {"hit@3": 0.602}}},
            "Better: 47% → 60%",
            "report",
        ),
        ({"status": "done", "summary": {"verdict": "same"}}, "About the same", "report"),
        (
            {"status": "done", "summary": {"verdict": "worse", "before": {"hit@3": 0.5}, "after": {"hit@3": 0.25}}},
            "Worse: 50% → 25%",
            "report",
        ),
    ],
)
def test_with_a_run(fields: dict[str, Any], words: str, page: str, project: Project) -> None:
    run(project, **fields)
    assert state_of(project).words == words
    assert state_of(project).next_url == reverse(page, args=(project.pk, 1))


def test_a_running_project_tells_how_far_it_is(project: Project) -> None:
    run(project, status="running", fraction=0.42)
    assert state_of(project).fraction == 0.42


def test_newer_data_than_the_last_result_comes_first(project: Project) -> None:
    run(project, status="done")
    version(project, status="done")
    assert state_of(project).words == "Ready to train"


def test_a_change_too_small_for_its_digits_is_not_told() -> None:
    assert run_change(summary={"before": {"hit@3": 0.501}, "after": {"hit@3": 0.502}}) == ""
    assert run_change(summary={}) == ""
