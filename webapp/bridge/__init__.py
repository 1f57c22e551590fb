"""The only importer of `trainer`. What needs torch is imported when called, for the web process never loads it."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from django.conf import settings

from trainer.config import PRIMARY_METRIC, FinetuneConfig
from trainer.data.encodings import EncodingQuestion
from trainer.data.table_question import TableQuestion
from trainer.errors import Cancelled, DataError, ModelError, ResourceError, TailorError, TrainingError
from trainer.progress import Event, LogEvent, OnEvent, ShouldStop, StageEvent, StepEvent, ValidationEvent, never
from trainer.report import ENOUGH_TO_JUDGE, Report

if TYPE_CHECKING:
    from PIL.Image import Image

    from trainer.data.picture_store import PictureStore
    from trainer.data.prepare import Prepared
    from trainer.data.sources import Source
    from trainer.searcher import Searcher

__all__ = [
    "ENOUGH_TO_JUDGE",
    "PRIMARY_METRIC",
    "Cancelled",
    "DataError",
    "EncodingQuestion",
    "Event",
    "FinetuneConfig",
    "LogEvent",
    "ModelError",
    "Report",
    "ResourceError",
    "ShouldStop",
    "StageEvent",
    "StepEvent",
    "TableQuestion",
    "TailorError",
    "TrainingError",
    "ValidationEvent",
]


PICTURE_SECONDS = 3600
"""Of computing, that reading a file with pictures may take."""


def check_settings(*, preset: str, seed: int, settings: dict[str, Any]) -> FinetuneConfig:
    """The configuration of a run. Raises ValueError, naming the field, when a setting is unknown or out of range."""
    try:
        return FinetuneConfig.for_preset(preset, **{"seed": seed, **_tuples(settings)})
    except TypeError as error:  # a word where a number belongs
        raise ValueError(str(error)) from error


def _tuples(settings: dict[str, Any]) -> dict[str, Any]:
    """JSON has lists where the configuration has tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}


def check_base_model(name: str, *, task: str = "text-text", allow_hub: bool = False) -> None:
    """Raises ModelError, with what to install or copy where, when a run could not load this base model."""
    # Imported here because this module must stay importable in milliseconds.
    from trainer.config import Task
    from trainer.encoders.catalogue import find_base_model, is_ready, resolve_base_model

    info = find_base_model(name)
    if info is not None and Task(task) in info.tasks and is_ready(info, allow_hub):
        return
    if allow_hub and info is None and "/" in name and not Path(name).is_dir():
        return  # a name on the hub; fetched by the run
    resolve_base_model(name, task=Task(task), allow_hub=False)


def is_folder_name(name: str) -> bool:
    """Whether a base model's name would be taken for a folder on this machine, be it there or not."""
    from trainer.encoders.catalogue import find_base_model

    if not name.strip() or find_base_model(name) is not None:
        return False
    return name.count("/") != 1 or name.startswith(("/", ".", "~")) or Path(name).is_dir()


def finetune(
    frozen: bytes,
    *,
    base_model: str,
    config: FinetuneConfig,
    output: Path,
    work_folder: Path,
    on_event: OnEvent,
    should_stop: ShouldStop,
    allow_hub: bool,
    pictures: Path | None = None,
) -> Report:
    """Train on a frozen data set; writes report.json, model.zip and index/ into `output`. Raises TailorError, or
    Cancelled once `should_stop()`. A `work_folder` of an earlier, interrupted call is gone on from. pictures: the file
    of the data set's pictures, where it has any."""
    # Imported here because it loads torch.
    from trainer import pipeline
    from trainer.data.frozen import thaw
    from trainer.data.picture_store import PictureStore

    split, rejected = thaw(frozen)
    with contextlib.ExitStack() as opened:
        store: dict[str, Any] = {"pictures": opened.enter_context(PictureStore(pictures))} if pictures else {}
        return pipeline.finetune(
            split,
            base_model=base_model,
            config=config,
            output=output,
            work_folder=work_folder,
            rejected=[row.as_dict() for row in rejected],
            on_event=on_event,
            should_stop=should_stop,
            allow_hub=allow_hub,
            **store,
        )


def load_searcher(*, model_folder: Path, base_model: str, index_folder: Path, allow_hub: bool, task: str) -> "Searcher":
    """Both models of a run and its embedded catalogue, ready to answer. Raises ModelError."""
    # Imported here because it loads torch.
    from trainer.searcher import Searcher

    return Searcher.load(model_folder, base_model, index_folder, allow_hub=allow_hub, task=task)


def load_over(searcher: "Searcher", *, index_folder: Path) -> "Searcher":
    """The same models over another embedded catalogue. Raises ModelError."""
    from trainer.index import read_index

    return searcher.over(read_index(index_folder))


def open_pictures(file: IO[bytes]) -> "PictureStore":
    """The stored pictures of a data version. Raises DataError when they are damaged."""
    from trainer.data.picture_store import PictureStore

    return PictureStore(file)


def open_picture(content: bytes) -> "Image":
    """A picture file from outside as the data's are: upright, RGB, of bounded size. Raises DataError when it cannot be
    one."""
    from trainer.data.picture_files import PictureFault
    from trainer.data.picture_files import open_picture as opened
    from trainer.data.picture_store import fit

    try:
        return fit(opened(content))
    except PictureFault as fault:
        cause, _, remedy = fault.reason.partition(". ")
        raise DataError(f"This file {cause}.", remedy) from fault


def picture_identity(picture: "Image") -> tuple[str, bytes]:
    """The key that a picture has among the data, where it is one of them, and its thumbnail, a WebP."""
    from trainer.data.picture_store import identify

    return identify(picture)


# --- Reading people's files (webapp/datasets) ------------------------------------------------------------------------


def read_preview(
    *,
    path: Path,
    name: str,
    purpose: str,
    encoding: str | None,
    sheet: str | None,
    has_header: bool | None,
    should_stop: ShouldStop = never,
    task: str | None = "text-text",
    beside: bool = False,
) -> dict[str, Any]:
    """First rows and guessed columns of a file, read in a limited child process: `Preview.as_dict()`.

    task: None tells it from the data. beside: pictures may be read from the folder of the file.
    Raises DataError, EncodingQuestion or TableQuestion where only a person can tell, Cancelled once `should_stop()`.
    """
    from trainer.config import Task
    from trainer.data.child import preview_in_child
    from trainer.data.roles import Purpose

    known = Task(task) if task else None
    return preview_in_child(
        path,
        name,
        Purpose(purpose),
        read_limits(task),
        encoding,
        sheet,
        has_header,
        should_stop,
        known,
        beside,
    ).as_dict()


def check_columns(*, columns: Sequence[str], roles: dict[str, str], purpose: str, task: str = "text-text") -> None:
    """Raise DataError unless these roles suffice for a file of this purpose."""
    from trainer.config import Task
    from trainer.data.roles import Purpose, Role, check_roles

    check_roles(tuple(columns), {column: Role(role) for column, role in roles.items()}, Purpose(purpose), Task(task))


def picture_columns(*, roles: dict[str, str], purpose: str, task: str) -> set[str]:
    """The columns that, with these roles, name pictures."""
    from trainer.config import Task
    from trainer.data.roles import Purpose, picture_roles

    wanted = picture_roles(Task(task), Purpose(purpose))
    return {column for column, role in roles.items() if role in wanted}


def is_picture_name(name: str) -> bool:
    """Whether a file's name says that it is a picture."""
    from trainer.data.picture_files import is_picture_name as known

    return known(name)


def data_source(
    *,
    path: Path,
    name: str,
    roles: dict[str, str],
    encoding: str | None,
    sheet: str | None,
    has_header: bool | None,
    beside: bool = False,
) -> "Source":
    """A stored file and how it is to be read, for `prepare_data`."""
    from trainer.data.roles import Role
    from trainer.data.sources import Source

    known = {column: Role(role) for column, role in roles.items()}
    return Source(path, name, known, encoding, sheet, has_header, beside)


def prepare_data(
    *,
    examples: "Source",
    questions: "Source | None",
    catalogue: "Source | None",
    kind: str,
    seed: int,
    should_stop: ShouldStop = never,
    task: str = "text-text",
    pictures: Path | None = None,
) -> "Prepared":
    """Read, check, split and freeze in a limited child process; an empty `kind` lets the data decide. Pictures are
    written to the file `pictures`. Raises DataError, and Cancelled once `should_stop()`."""
    from trainer.config import Task
    from trainer.data.child import prepare_in_child

    limits = read_limits(task)
    return prepare_in_child(
        examples, questions, catalogue, kind or None, seed, limits, should_stop, Task(task), pictures
    )


def role_words(task: str = "text-text") -> dict[str, str]:
    """{role: its name in menus}."""
    from trainer.config import Task
    from trainer.data.roles import role_words as words

    return {role.value: name for role, name in words(Task(task)).items()}


def encoding_words() -> dict[str, str]:
    """{codec: its name in plain words} of every encoding that a person can choose."""
    from trainer.data.encodings import CHOICES

    return dict(CHOICES)


def read_limits(task: str | None) -> Any:
    """The limits of reading a file. Pictures take a hundredth of a second each, and there may be a hundred thousand."""
    from trainer.data.limits import ReadLimits

    if task == "text-text":
        return ReadLimits(max_bytes=settings.MAX_UPLOAD_BYTES)
    return ReadLimits(max_bytes=settings.MAX_UPLOAD_BYTES, max_seconds=PICTURE_SECONDS)


# --- Base models, settings and reports, as pages show them (webapp/runs, webapp/reports) ------------------------------


def base_model_cards(*, task: str) -> list[dict[str, Any]]:
    """The base models on offer, those that need no network first.

    Each has the fields of BaseModelInfo, `ready`, and `remedy`: what to do where it is not ready.
    """
    from trainer.config import Task
    from trainer.encoders.catalogue import base_models

    return [{**vars(info), **_readiness(info)} for info in base_models(Task(task))]


def _readiness(info: Any) -> dict[str, Any]:
    from trainer.encoders.catalogue import is_ready, resolve_base_model

    if is_ready(info, settings.ALLOW_HUB):
        return {"ready": True, "remedy": ""}
    try:
        resolve_base_model(info.name, task=info.tasks[0])
    except ModelError as error:
        return {"ready": False, "remedy": error.remedy}
    return {"ready": True, "remedy": ""}


def base_model_title(name: str) -> str:
    """The name for people; of a folder its last part."""
    from trainer.encoders.catalogue import find_base_model

    info = find_base_model(name)
    return info.title if info else name.rstrip("/").rpartition("/")[2]


def preset_settings() -> dict[str, dict[str, Any]]:
    """{preset: {setting: its value}}."""
    from trainer.config import Preset

    return {preset.value: FinetuneConfig.for_preset(preset).as_dict() for preset in Preset}


def estimate_seconds(*, task: str, mean_characters: float, **facts: Any) -> tuple[float, float]:
    """Low and high guess of a run's seconds on this machine; `facts` as in trainer.estimate.estimate_seconds."""
    from trainer.config import Task
    from trainer.estimate import estimate_seconds as estimate
    from trainer.estimate_pictures import estimate_picture_seconds

    if Task(task).has_picture_documents:
        return estimate_picture_seconds(task=task, **facts)
    return estimate(mean_characters=mean_characters, **facts)


def read_report(data: bytes) -> dict[str, Any]:
    """A report.json. Raises DataError when it is none, or of a format that this version does not know."""
    from trainer.report import read_report as read

    return cast("dict[str, Any]", read(data))


def verdict_words(report: dict[str, Any]) -> Any:
    """`headline`, `detail` and `advice` of a report."""
    from trainer.evaluation.verdict import verdict_sentence

    return verdict_sentence(cast("Any", report))


def cutoff_words(report: dict[str, Any]) -> Any:
    """`headline` and `detail` of which scores can be relied on; None for reports that did not look."""
    from trainer.evaluation.cutoff_words import cutoff_words as words

    return words(cast("Any", report))


def chance_words(report: dict[str, Any]) -> str:
    """The p-value of a report's verdict in plain words."""
    from trainer.evaluation.verdict import chance_words as in_words

    return in_words(report["difference"])


def group_verdict(report: dict[str, Any], group: str) -> tuple[str, str]:
    """`better`, `same`, `worse` or "" for one group of a report's questions, and a short sentence."""
    from trainer.evaluation.verdict import group_verdict as judged

    return judged(cast("Any", report), group)


def report_words(report: dict[str, Any]) -> Any:
    """The words for what a report is about (trainer.evaluation.task_words.TaskWords)."""
    from trainer.evaluation.task_words import words_of

    return words_of(report)


def task_words(task: str) -> Any:
    """The words for what a project is about (trainer.evaluation.task_words.TaskWords)."""
    from trainer.evaluation.task_words import task_words as words

    return words(task)


def choosing_facts(report: dict[str, Any]) -> dict[str, Any]:
    """How a report's model was chosen.

    `how`: turns, aside or none; `models`: that it is the mean of; `names`: the way of learning of each of `choices`;
    `chosen`: the one of `choices` that was published, or None.
    """
    from trainer.evaluation.choosing_words import chosen_choice, how_chosen, n_models, recipe_name

    known = cast("Any", report)
    names = [recipe_name(choice) for choice in known["choices"]]
    return {"how": how_chosen(known), "models": n_models(known), "names": names, "chosen": chosen_choice(known)}


def variant_words(variant: dict[str, Any]) -> dict[str, str]:
    """`name` of a smaller or faster form, `worth` (gain, equal, small_loss, unsure, loss) and a sentence on it."""
    from trainer.evaluation.variant_words import variant_name, worth, worth_words

    known = cast("Any", variant)
    return {"name": variant_name(known), "worth": worth(known), "sentence": worth_words(known)}


def blind_preference(votes: Sequence[tuple[Any, Any, str]]) -> Any:
    """The tally of (voter, question, preferred) with its interval (trainer.evaluation.preference.Preference)."""
    # Imported here because only a tally needs scipy.
    from trainer.evaluation.preference import Vote, preference

    return preference([Vote(voter, question, cast("Any", preferred)) for voter, question, preferred in votes])


def comparable_metrics() -> tuple[str, ...]:
    """The metrics by which runs can be compared."""
    from trainer.evaluation.between_runs import COMPARABLE

    return COMPARABLE


def question_value(query: dict[str, Any], *, system: str, metric: str) -> float:
    """One of `comparable_metrics` for one of a report's `queries` in `before`, `after` or `keyword`."""
    from trainer.evaluation.between_runs import query_value

    return query_value(query, system, metric)


def shared_queries(reports: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """For each report its entries of the test queries that all of them were judged by, in one order for all."""
    from trainer.evaluation.between_runs import shared_queries as shared

    return shared(reports)


def compare_systems(
    queries: Sequence[Sequence[dict[str, Any]]],
    *,
    systems: Sequence[tuple[int, str]],
    metrics: Sequence[str],
    pairs: Sequence[tuple[int, int]],
    level: float,
) -> tuple[list[list[Any]], list[Any]]:
    """Means and paired differences on `shared_queries`, as trainer.evaluation.between_runs.Estimate.

    systems: (number of the report, `before`, `after` or `keyword`). First: for each of `metrics` the mean of each
    system with its 95% interval. Second: for each of `pairs` of systems the difference in the first of `metrics`, with
    the interval of `level`.
    """
    import numpy as np

    from trainer.evaluation.between_runs import clusters_of, estimate_differences, estimate_means, system_values

    columns = [system_values(queries, systems, metric) for metric in metrics]
    clusters = clusters_of(queries)
    means = estimate_means(np.concatenate(columns, axis=1), clusters=clusters)
    by_metric = [means[at : at + len(systems)] for at in range(0, len(means), len(systems))]
    return by_metric, estimate_differences(columns[0], pairs, clusters=clusters, level=level)


# --- The finetune command (webapp/service) ---------------------------------------------------------------------------


def role_names() -> tuple[str, ...]:
    """What a column can be: "query", "document", …"""
    from trainer.data.roles import Role

    return tuple(role.value for role in Role)
