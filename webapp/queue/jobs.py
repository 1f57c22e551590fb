"""The jobs that a worker may run, and the refusal of all others.

RQ imports whatever dotted name stands in Redis. Whoever can write to Redis could thus run any importable function, so
our job class runs the functions below and nothing else.
"""

import logging
from collections.abc import Callable
from typing import Any

from rq.exceptions import DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer

logger = logging.getLogger("tailor.queue")

ALLOWED_JOBS = frozenset(
    {
        "webapp.datasets.jobs.read_upload",
        "webapp.datasets.jobs.freeze_version",
        "webapp.runs.jobs.train",
        "webapp.search.jobs.embed_catalogue",
        "webapp.search.jobs.search_pair",
        "webapp.search.jobs.search_by_picture",
        "webapp.search.jobs.search_by_upload",
        "webapp.search.jobs.search_warm",
    }
)
"""Dotted paths of every function that may stand in Redis."""


class JobRefusedError(Exception):
    """A job in Redis that Tailor did not put there."""


class TailorJob(Job):
    """A job that resolves allow-listed functions only, takes JSON only, and has no callbacks and no webhooks."""

    def __init__(self, id: str | None = None, connection: Any = None, serializer: Any = None) -> None:
        super().__init__(id=id, connection=connection, serializer=serializer or JSONSerializer)

    @property
    def func(self) -> Callable[..., Any]:
        """The function to call. Raises JobRefusedError before anything is imported."""
        reason = self.refusal()
        if reason:
            raise JobRefusedError(reason)
        return super().func

    def refusal(self) -> str:
        """Why this job must not run, or an empty string."""
        try:
            name = self.func_name
        except DeserializationError:
            return "its data is not JSON"
        if name not in ALLOWED_JOBS:
            return f"{name!r} is not on the list of jobs"
        if self.instance is not None:
            return "it names an object to call a method of"
        callbacks = (self._success_callback_name, self._failure_callback_name, self._stopped_callback_name)
        if any(callbacks) or self.webhooks:
            return "it asks for a callback"
        return ""

    @property
    def success_callback(self) -> None:
        """Never anything: a callback would be one more name to import from Redis."""

    @property
    def failure_callback(self) -> None:
        """Never anything."""

    @property
    def stopped_callback(self) -> None:
        """Never anything."""
