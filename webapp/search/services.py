"""Ask the search worker."""

import logging
import re
from math import ceil
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from redis.exceptions import RedisError
from rq.results import Result

from webapp.queue.doorbell import queue_named
from webapp.queue.models import WorkStatus
from webapp.queue.selectors import workers_alive
from webapp.runs.models import Run
from webapp.search.models import Catalogue
from webapp.search.query_pictures import query_picture_drop, query_picture_put
from webapp.search.selectors import is_searchable

logger = logging.getLogger("tailor.search")

Found = dict[str, Any]
LONGEST_QUESTION = 2_000  # characters
MOST_PICTURE_BYTES = 20 * 1024 * 1024
MOST_RESULTS = 100
WAIT_SECONDS = 4  # below redis-py's own limit of 5 s for a blocking read
LOAD_SECONDS = 120


class SearchUnavailable(Exception):  # noqa: N818  the name says what it means to whoever searches
    """No answer now: the cause and a remedy in words. `retry`: the same question will work in a few seconds."""

    def __init__(self, cause: str, remedy: str, *, retry: bool = False) -> None:
        super().__init__(f"{cause} {remedy}")
        self.cause = cause
        self.remedy = remedy
        self.retry = retry


def always() -> None:
    """Who may search as often as they like; others are asked about by a function that raises SearchUnavailable."""


def search_both(*, run: Run, text: str, k: int = 10, catalogue: Catalogue | None = None) -> Found:
    """The k best items for a question by both models: {"before": [[id, text, score]…], "after": […], "milliseconds"}.

    Where items are pictures, their keys stand for texts, and there are "captions" {key: file name} and "labels" {id:
    label} of those found. catalogue: one that somebody brought; None is the run's own. Waits 4 s at most. Raises
    SearchUnavailable with a cause and a remedy in words.
    """
    text = text.strip()
    _check(run, catalogue)
    _check_text(text)
    return _ask("search_pair", run, text, k, catalogue)


def search_by_picture(*, run: Run, key: str, k: int = 10, catalogue: Catalogue | None = None) -> Found:
    """The same for a picture of the run's data or of the catalogue; also "query": {"key", "label", "caption"}."""
    _check(run, catalogue)
    return _ask("search_by_picture", run, key, k, catalogue)


def search_by_upload(*, run: Run, file: UploadedFile, k: int = 10, catalogue: Catalogue | None = None) -> Found:
    """The same for a picture that someone chose, which is not kept; also "query": {"key", "label", "thumbnail"}."""
    _check(run, catalogue)
    name = ""
    try:
        _check_file(file)
        name = query_picture_put(file=file)
        return _ask("search_by_upload", run, name, k, catalogue)
    except SearchUnavailable as problem:
        raise _naming(file, problem) from problem
    finally:
        if name:
            query_picture_drop(name=name)


def _naming(file: UploadedFile, problem: SearchUnavailable) -> SearchUnavailable:
    """The same, which says which file it is about: of several that were tried, a person looks for that one."""
    cause = re.sub("^(This|The) file", lambda _: f"“{file.name}”", problem.cause)
    return SearchUnavailable(cause, problem.remedy, retry=problem.retry)


def _ask(function: str, run: Run, what: str, k: int, catalogue: Catalogue | None) -> Found:
    try:
        job = queue_named("search").enqueue_call(
            f"webapp.search.jobs.{function}",
            args=(run.pk, what, min(max(k, 1), MOST_RESULTS), catalogue.pk if catalogue else 0),
            timeout=LOAD_SECONDS,
            ttl=10,
            result_ttl=10,
            failure_ttl=10,
        )
        result = job.latest_result(timeout=WAIT_SECONDS)
        if result is None:
            raise _late()
    except RedisError as error:
        logger.warning("Redis cannot be reached: %s", error)
        raise _not_running() from error
    return _answer(result)


def search_warm(*, run: Run) -> None:
    """Have the run's models loaded, because someone opened the search page. Never raises."""
    if run.status != WorkStatus.DONE:
        return
    try:
        queue_named("search").enqueue_call(
            "webapp.search.jobs.search_warm",
            args=(run.pk,),
            job_id=f"search-warm-{run.pk}",
            timeout=LOAD_SECONDS,
            ttl=30,
            result_ttl=0,
            failure_ttl=10,
        )
    except RedisError as error:
        logger.warning("Redis cannot be reached: %s", error)


def _check(run: Run, catalogue: Catalogue | None) -> None:
    if run.status != WorkStatus.DONE:
        raise SearchUnavailable("This run has no model yet.", "Come back when it is done.")
    if catalogue is not None and not is_searchable(catalogue):
        raise SearchUnavailable(f"“{catalogue.name}” cannot be searched yet.", "Its progress stands above.")


def _check_text(text: str) -> None:
    if not text:
        raise SearchUnavailable("There is no question.", "Type what you are looking for.")
    if len(text) > LONGEST_QUESTION:
        raise SearchUnavailable(
            f"The question is too long: {len(text):,} characters.", f"Use at most {LONGEST_QUESTION:,}."
        )


def _check_file(file: UploadedFile) -> None:
    """Its size; the search worker looks inside."""
    size = file.size or 0
    if not size:
        raise SearchUnavailable("The file is empty (0 bytes).", "Choose another one.")
    if size > MOST_PICTURE_BYTES:
        most = MOST_PICTURE_BYTES // 2**20
        raise SearchUnavailable(f"The picture has {ceil(size / 2**20):,} MB.", f"Choose one of at most {most} MB.")


def _answer(result: Result) -> Found:
    value = result.return_value
    if result.type != Result.Type.SUCCESSFUL or not isinstance(value, dict):
        logger.error("A search failed: %s", result.exc_string)
        raise SearchUnavailable(
            "The search met an unexpected problem.", "Try again; if it stays, tell your administrator."
        )
    if "problem" in value:
        raise SearchUnavailable(value["problem"]["cause"], value["problem"]["remedy"])
    return value


def _late() -> SearchUnavailable:
    if not workers_alive()["search"]:
        return _not_running()
    return SearchUnavailable("The models are being loaded.", "Try again in a few seconds.", retry=True)


def _not_running() -> SearchUnavailable:
    return SearchUnavailable(
        "The search is not running at the moment.",
        "Try again in a minute; if it stays, tell your administrator.",
        retry=True,
    )
