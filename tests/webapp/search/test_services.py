"""Asking the search worker: what is refused at once, and what a real worker answers."""

import errno
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from django.core.files.base import ContentFile, File
from pytest_django.fixtures import Settings

from tests.flows.conftest import all_processes, own_server, tailor, tiny_model  # noqa: F401  fixtures
from tests.flows.processes import Server, Tailor, wait_for
from tests.webapp.runs.making import make_project, make_run, make_version, small_split
from trainer.encoders.base import Side
from trainer.encoders.text import TextEncoder
from trainer.index import write_index
from webapp.queue.doorbell import redis_connection
from webapp.queue.models import WorkStatus
from webapp.queue.selectors import workers_alive
from webapp.runs.models import Run
from webapp.search.jobs import search_pair
from webapp.search.models_cache import cache_root, cache_sweep
from webapp.search.services import SearchUnavailable, search_both, search_warm


def finished_run(model: Path, scratch: Path) -> Run:
    """A run that is done and whose model is its own base, with an index of the small data set."""
    split = small_split()
    encoder = TextEncoder.load(model)
    texts = split.data.documents
    vectors = encoder.encode(list(texts.values()), side=Side.DOCUMENT)
    write_index(scratch / "index", list(texts), list(texts.values()), vectors, np.ascontiguousarray(vectors[::-1]))
    encoder.save(scratch / "model" / "tuned")
    run = make_run(make_version(make_project()), base_model=str(model), status=WorkStatus.DONE)
    for name in ("model", "index"):
        archive = scratch / f"{name}.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for path in sorted((scratch / name).rglob("*")):
                file.write(path, path.relative_to(scratch / name))
        with archive.open("rb") as stream:
            getattr(run, name).save(f"{run.pk}-{name}.zip", File(stream), save=False)
    run.save()
    return run


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        (WorkStatus.DONE, "   ", "no question"),
        (WorkStatus.DONE, "x" * 2001, "too long: 2,001"),
        (WorkStatus.RUNNING, "hello", "no model yet"),
    ],
)
def test_what_cannot_be_asked_is_refused_without_a_worker(status: WorkStatus, text: str, words: str) -> None:
    run = make_run(make_version(make_project()), status=status)
    with pytest.raises(SearchUnavailable, match=words) as caught:
        search_both(run=run, text=text)
    assert caught.value.remedy


@pytest.mark.django_db
def test_without_redis_the_search_says_so_and_warming_is_silent(settings: Settings, tmp_path: Path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    redis_connection.cache_clear()
    run = make_run(make_version(make_project()), status=WorkStatus.DONE)
    search_warm(run=run)
    with pytest.raises(SearchUnavailable, match="not running"):
        search_both(run=run, text="hello")
    redis_connection.cache_clear()


@pytest.mark.worker
def test_a_real_worker_answers_with_both_lists(
    tailor: Tailor,  # noqa: F811
    own_server: Server,  # noqa: F811
    tiny_model: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    run = finished_run(tiny_model, tmp_path)
    with pytest.raises(SearchUnavailable, match="not running"):
        search_both(run=run, text="babo")  # no worker yet
    worker = tailor.worker("search")
    wait_for(lambda: workers_alive()["search"] == 1, "the worker does not start")
    search_warm(run=run)
    wait_for(lambda: _answers(run), "the models are never loaded")
    text = next(iter(small_split().data.documents.values()))
    found = search_both(run=run, text=text, k=3)
    assert [len(found[side]) for side in ("before", "after")] == [3, 3]
    assert found["before"][0][:2] == ["d0", text]
    assert found["before"][0][2] == pytest.approx(1.0, abs=1e-4)
    assert found["after"][0][0] == f"d{len(small_split().data.documents) - 1}", "the other model's own vectors"
    assert found["milliseconds"] > 0
    assert json.dumps(found)
    assert (cache_root() / f"{run.pk}-1" / "index" / "index.json").exists()
    (cache_root() / f"{run.pk}-1" / "index" / "index.json").unlink()
    _a_broken_run_is_explained(run)
    worker.kill()
    worker = tailor.worker("search")
    wait_for(lambda: _answers(run), "the damaged folder is not unpacked again")
    assert worker.terminate() < 10


def _answers(run: Run) -> bool:
    try:
        return bool(search_both(run=run, text="babo"))
    except SearchUnavailable as unavailable:
        assert unavailable.retry, unavailable.cause
        return False


def _a_broken_run_is_explained(run: Run) -> None:
    broken = make_run(run.dataset, status=WorkStatus.DONE, base_model=run.base_model)
    broken.model.save(f"{broken.pk}-broken.zip", ContentFile(b"no archive"), save=False)
    broken.index.save(f"{broken.pk}-index.zip", ContentFile(b"no archive"), save=True)
    with pytest.raises(SearchUnavailable, match="missing or damaged") as caught:
        search_both(run=broken, text="babo")
    assert caught.value.remedy == "Repeat the run."
    assert not (cache_root() / f"{broken.pk}-1").exists()


@pytest.mark.django_db
def test_a_base_model_that_was_deleted_since_is_named_and_nothing_is_unpacked(tmp_path: Path) -> None:
    gone = tmp_path / "our-model"
    run = make_run(make_version(make_project()), status=WorkStatus.DONE, base_model=str(gone))
    problem = search_pair(run.pk, "hello", 3)["problem"]
    assert "“our-model”, is no longer on this machine" in problem["cause"]
    assert problem["remedy"]
    assert str(tmp_path) not in problem["cause"] + problem["remedy"]
    assert not (cache_root() / f"{run.pk}-1").exists()


@pytest.mark.django_db
def test_a_full_disk_is_not_called_a_damaged_run(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(make_version(make_project()), status=WorkStatus.DONE)
    for file, name in ((run.model, "model"), (run.index, "index")):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a/part", "x")
        file.save(f"{run.pk}-{name}.zip", ContentFile(stream.getvalue()), save=True)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "extractall", full)
    assert search_pair(run.pk, "hello", 3)["problem"]["cause"] == "The disk is full."


@pytest.mark.django_db
def test_unpacked_models_of_deleted_runs_are_removed() -> None:
    run = make_run(make_version(make_project()), status=WorkStatus.DONE)
    kept, gone = cache_root() / f"{run.pk}-1", cache_root() / "999999-1"
    for folder in (kept, gone):
        folder.mkdir(parents=True, exist_ok=True)
    cache_sweep()
    assert (kept.exists(), gone.exists()) == (True, False)
    kept.rmdir()
