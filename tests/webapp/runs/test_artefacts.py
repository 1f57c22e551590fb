"""What runs leave in storage, and its removal."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.webapp.runs.making import make_project, make_run, make_version
from webapp.queue.models import WorkStatus
from webapp.runs.artefacts import artefacts_delete, artefacts_store, artefacts_sweep, scratch_root
from webapp.runs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What other tests left in storage is not swept with ours."""
    settings.DATA_DIR = tmp_path_factory.mktemp("data")
    settings.MEDIA_ROOT = settings.DATA_DIR / "media"


@pytest.fixture
def run() -> Run:
    return make_run(make_version(make_project()))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "index.json").write_text("{}")
    (tmp_path / "report.json").write_text('{"format": 1}')
    (tmp_path / "model.zip").write_bytes(b"PK")
    return tmp_path


def test_files_of_an_attempt_have_names_of_their_own(run: Run, output: Path) -> None:
    names = artefacts_store(run, output)
    assert names["report"] == f"runs/{run.pk}/1/report.json"
    with default_storage.open(names["index"]) as file:
        assert zipfile.ZipFile(io.BytesIO(file.read())).namelist() == ["index.json"]
    run.attempt = 2
    assert artefacts_store(run, output)["report"] == f"runs/{run.pk}/2/report.json"
    artefacts_delete(names)
    assert not default_storage.exists(names["model"])


def test_the_sweep_keeps_what_a_run_shows_and_removes_lost_attempts(run: Run, output: Path) -> None:
    lost = artefacts_store(run, output)
    run.attempt = 2
    kept = artefacts_store(run, output)
    Run.objects.filter(pk=run.pk).update(status=WorkStatus.DONE, attempt=2, **kept)
    artefacts_sweep()
    assert all(default_storage.exists(name) for name in kept.values())
    assert not any(default_storage.exists(name) for name in lost.values())


def test_the_sweep_leaves_files_that_are_being_written(run: Run, output: Path) -> None:
    names = artefacts_store(run, output)
    Run.objects.filter(pk=run.pk).update(status=WorkStatus.RUNNING)
    artefacts_sweep()
    assert all(default_storage.exists(name) for name in names.values())


def test_the_sweep_removes_what_a_deleted_run_left(run: Run, output: Path) -> None:
    artefacts_store(run, output)
    folder = scratch_root() / str(run.pk)
    folder.mkdir(parents=True)
    pk = run.pk
    run.delete()
    artefacts_sweep()
    assert not default_storage.exists(f"runs/{pk}")
    assert not folder.exists()


def test_a_failed_run_can_go_on_for_a_week(run: Run) -> None:
    folder = scratch_root() / str(run.pk)
    folder.mkdir(parents=True)
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(status=WorkStatus.FAILED, finished_at=now - timedelta(days=6))
    artefacts_sweep()
    assert folder.exists()
    Run.objects.filter(pk=run.pk).update(finished_at=now - timedelta(days=8))
    artefacts_sweep()
    assert not folder.exists()


def test_the_sweep_touches_no_other_files() -> None:
    name = default_storage.save("uploads/keep.csv", ContentFile(b"a,b"))
    artefacts_sweep()
    assert default_storage.exists(name)
