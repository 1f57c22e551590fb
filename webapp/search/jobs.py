"""Jobs of the search worker. They answer with plain values, problems included, for only such pass through Redis."""

import base64
import contextlib
import time
from collections.abc import Callable
from typing import Any

from django.http import Http404

from webapp.bridge import ModelError, TailorError, open_picture, picture_identity
from webapp.datasets.pictures import picture_bytes, stored_picture
from webapp.queue.services import work_claim
from webapp.runs.models import Run
from webapp.search.models import Catalogue
from webapp.search.models_cache import searcher_of
from webapp.search.query_pictures import query_picture_take

Found = dict[str, Any]


def embed_catalogue(pk: int, attempt: int) -> None:
    """Embed a catalogue that somebody brought, unless it is another's, cancelled or gone. The prepare worker's."""
    catalogue = work_claim(model=Catalogue, pk=pk, attempt=attempt)
    if catalogue is None:
        return
    # Imported here because the search worker does without.
    from webapp.search.embedding import execute_catalogue

    execute_catalogue(catalogue)


def search_pair(run_pk: int, text: str, k: int, catalogue_pk: int = 0) -> Found:
    """{"before": [[id, text, score]…], "after": […], "milliseconds": float}, or {"problem": {"cause", "remedy"}}.

    Where documents are pictures, their keys stand for texts, and there are "captions" and "labels" of those found.
    catalogue_pk: of a catalogue that somebody brought; 0 is the run's own.
    """
    return _answered(lambda: _timed(lambda: searcher_of(run_pk, catalogue_pk).search(text, k)))


def search_by_picture(run_pk: int, key: str, k: int, catalogue_pk: int = 0) -> Found:
    """The same for a picture of the data, which does not find itself; also "query": {"key", "label", "caption"}."""

    def search() -> Found:
        searcher = searcher_of(run_pk, catalogue_pk)
        picture = open_picture(_stored(run_pk, key, catalogue_pk))
        found = _timed(lambda: searcher.search_picture(picture, k, without=key))
        named = {"label": searcher.label_of(key), "caption": searcher.caption_of(key)}
        return {**found, "query": {"key": key, **named}}

    return _answered(search)


def search_by_upload(run_pk: int, name: str, k: int, catalogue_pk: int = 0) -> Found:
    """The same for a picture that someone chose, which lies in storage under `name` and is removed here; also "query":
    {"key", "label", "thumbnail"}, the last in base64."""

    def search() -> Found:
        picture, searcher = open_picture(query_picture_take(name=name)), searcher_of(run_pk, catalogue_pk)
        key, thumbnail = picture_identity(picture)
        found = _timed(lambda: searcher.search_picture(picture, k))
        query = {"key": key, "label": searcher.label_of(key), "thumbnail": base64.b64encode(thumbnail).decode()}
        return {**found, "query": query}

    return _answered(search)


def search_warm(run_pk: int) -> None:
    """Load the run's models, so that the first question is answered at once."""
    searcher_of(run_pk)


def _answered(search: Callable[[], Found]) -> Found:
    try:
        return search()
    except TailorError as error:
        return {"problem": {"cause": error.cause, "remedy": error.remedy}}
    except MemoryError:
        remedy = "Choose a smaller picture, of some 1,000 pixels on the longer side."
        return {"problem": {"cause": "The picture takes more memory than this machine has.", "remedy": remedy}}


def _timed(search: Callable[[], Found]) -> Found:
    started = time.perf_counter()
    found = search()
    return {**found, "milliseconds": round((time.perf_counter() - started) * 1000, 1)}


def _stored(run_pk: int, key: str, catalogue_pk: int) -> bytes:
    """A picture of the catalogue that is searched, else of the run's data."""
    catalogue = Catalogue.objects.filter(pk=catalogue_pk).first() if catalogue_pk else None
    with contextlib.suppress(Http404):
        if catalogue is not None:
            return stored_picture(name=str(catalogue.pictures.name or ""), key=key)
    run = Run.objects.select_related("dataset").get(pk=run_pk)
    try:
        return picture_bytes(version=run.dataset, key=key)
    except Http404 as error:
        raise ModelError(
            "This picture is not among the data of this run.", "Choose one of the pictures shown, or a file."
        ) from error
