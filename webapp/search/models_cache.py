"""The models that the search worker holds: unpacked on this machine's disk, and the latest few in memory."""

import logging
import shutil
import tempfile
import time
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models.fields.files import FieldFile

from webapp.bridge import ModelError, ResourceError, base_model_title, check_base_model, load_over, load_searcher
from webapp.queue.failures import DISK_FULL, is_disk_full
from webapp.queue.models import WorkStatus
from webapp.runs.models import Run
from webapp.search.models import Catalogue

if TYPE_CHECKING:
    from trainer.searcher import Searcher

logger = logging.getLogger("tailor.search")

MOST_WARM = 3
MOST_WARM_CATALOGUES = 2
MOST_UNPACKED = 20
UNPACKING_SECONDS = 3600  # longer than any worker unpacks
_warm: "OrderedDict[int, tuple[str, Searcher]]" = OrderedDict()
_warm_catalogues: "OrderedDict[int, tuple[int, Searcher]]" = OrderedDict()


def searcher_of(run_pk: int, catalogue_pk: int = 0) -> "Searcher":
    """The run's searcher, loaded when it is not warm; over another catalogue where one is given.

    Raises ModelError when the run is gone or not done, or the catalogue is. A warm run is not looked up again: a
    finished one never changes, and whoever asks has just been allowed to see it. A catalogue can be read another way.
    """
    if run_pk not in _warm:
        run = Run.objects.select_related("project").filter(pk=run_pk, status=WorkStatus.DONE).first()
        if run is None:
            raise ModelError("This run has no model to search with.", "Open a finished run.")
        _warm[run_pk] = (_key(run), _load(run))
        _keep_latest(_warm, MOST_WARM)
    _warm.move_to_end(run_pk)
    return _over(_warm[run_pk][1], run_pk, catalogue_pk) if catalogue_pk else _warm[run_pk][1]


def _over(searcher: "Searcher", run_pk: int, catalogue_pk: int) -> "Searcher":
    done = Catalogue.objects.filter(pk=catalogue_pk, run_id=run_pk, status=WorkStatus.DONE)
    catalogue = done.only("attempt", "index").first()
    if catalogue is None:
        raise ModelError("This catalogue is no longer kept.", "Bring the file once more.")
    if _warm_catalogues.get(catalogue_pk, (0,))[0] != catalogue.attempt:
        with tempfile.TemporaryDirectory(prefix="tailor-index-") as folder:
            _unpack(catalogue.index, Path(folder))
            found = load_over(searcher, index_folder=Path(folder))
        _warm_catalogues[catalogue_pk] = (catalogue.attempt, found)
        _keep_latest(_warm_catalogues, MOST_WARM_CATALOGUES)
    _warm_catalogues.move_to_end(catalogue_pk)
    return _warm_catalogues[catalogue_pk][1]


def _keep_latest(warm: "OrderedDict[int, Any]", most: int) -> None:
    while len(warm) > most:
        warm.popitem(last=False)


def cache_sweep() -> None:
    """Remove the unpacked models of deleted runs, and the longest unused beyond the latest few."""
    root = cache_root()
    alive = {_key(run) for run in Run.objects.filter(status=WorkStatus.DONE).only("pk", "attempt")}
    for run_pk in [run_pk for run_pk, (key, _) in _warm.items() if key not in alive]:
        del _warm[run_pk]
    known = set(Catalogue.objects.filter(pk__in=list(_warm_catalogues)).values_list("pk", flat=True))
    for catalogue_pk in set(_warm_catalogues) - known:
        del _warm_catalogues[catalogue_pk]
    folders = sorted(root.glob("*"), key=lambda path: path.stat().st_mtime, reverse=True)
    kept = [path for path in folders if path.name in alive][:MOST_UNPACKED]
    just_now = time.time() - UNPACKING_SECONDS
    for path in folders:
        under_way = path.name.startswith(".") and path.stat().st_mtime > just_now
        if path not in kept and not under_way:
            shutil.rmtree(path, ignore_errors=True)


def cache_root() -> Path:
    """The folder of the unpacked models on this machine."""
    return Path(settings.DATA_DIR) / "cache" / "models"


def _load(run: Run) -> "Searcher":
    """From the unpacked folder; where that is damaged, it is unpacked once more."""
    _check_base_model(run)
    folder = cache_root() / _key(run)
    if folder.exists():
        try:
            return _open(run, folder)
        except (OSError, ModelError) as error:
            logger.warning("The unpacked model of run %s is damaged: %s", run.pk, error)
            shutil.rmtree(folder)
    _unpack_all(run, folder)
    return _open(run, folder)


def _check_base_model(run: Run) -> None:
    """Before anything is unpacked: no unpacking brings back a base model that was deleted since."""
    try:
        check_base_model(run.base_model, task=run.project.task, allow_hub=settings.ALLOW_HUB)
    except ModelError as error:
        logger.warning("The base model of run %s cannot be used any more: %s", run.pk, error)
        raise ModelError(
            f"The base model of this run, “{base_model_title(run.base_model)}”, is no longer on this machine, "
            "so before and after cannot be compared.",
            "Ask your administrator to put it back where it was. The trained model can still be downloaded.",
        ) from error


def _open(run: Run, folder: Path) -> "Searcher":
    folder.touch()  # the sweep keeps what was used last
    return load_searcher(
        model_folder=_model_folder(folder / "model"),
        base_model=run.base_model,
        index_folder=folder / "index",
        allow_hub=settings.ALLOW_HUB,
        task=run.project.task,
    )


def _key(run: Run) -> str:
    return f"{run.pk}-{run.attempt}"


def _unpack_all(run: Run, folder: Path) -> None:
    """The run's model and index as folders: unpacked under a temporary name, then renamed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=folder.parent) as temporary:
        fresh = Path(temporary) / "fresh"
        for file, name in ((run.model, "model"), (run.index, "index")):
            _unpack(file, fresh / name)
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.exists():  # else another search worker was quicker
                raise
    logger.info("Unpacked the model of run %s", run.pk)


def unpack_model(run: Run, folder: Path) -> Path:
    """The run's model in a folder of its own under `folder`. Raises ModelError, or ResourceError on a full disk."""
    _check_base_model(run)
    _unpack(run.model, folder)
    return _model_folder(folder)


def _unpack(file: FieldFile, folder: Path) -> None:
    """The archives are our own work; `extractall` keeps odd names inside the folder all the same."""
    try:
        with file.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            archive.extractall(folder)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        if is_disk_full(error):
            raise ResourceError(DISK_FULL["cause"], DISK_FULL["remedy"]) from error
        raise ModelError("The files of this run are missing or damaged.", "Repeat the run.") from error


def _model_folder(folder: Path) -> Path:
    """The one folder that model.zip opens to."""
    inner = [path for path in folder.iterdir() if path.is_dir()]
    return inner[0] if len(inner) == 1 and not (folder / "README.md").exists() else folder
