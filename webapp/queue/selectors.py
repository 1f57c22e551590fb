"""What can be asked about waiting work and its workers."""

import time
from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db.models import Q
from redis.exceptions import RedisError

from webapp.queue.doorbell import redis_connection
from webapp.queue.models import QueuedWork, WorkStatus

ALIVE_SECONDS = 20
"""A worker that was silent for longer counts as dead."""


def work_models() -> Iterator[type[QueuedWork]]:
    """Every kind of row that a worker works on."""
    return (model for model in apps.get_models() if issubclass(model, QueuedWork))


def job_parts(job_id: str) -> tuple[type[QueuedWork], int, int] | None:
    """(model, pk, attempt) of a job id such as `runs_run-12-1`; None when it is not one of ours."""
    label, _, rest = job_id.partition("-")
    pk, _, attempt = rest.partition("-")
    model = next(
        (model for model in work_models() if label == f"{model._meta.app_label}_{model._meta.model_name}"), None
    )
    if model is None or not (pk.isdecimal() and attempt.isdecimal()):
        return None
    return model, int(pk), int(attempt)


def work_of_job(job_id: str) -> QueuedWork | None:
    """The row that a job is about, if that is still at the job's attempt."""
    parts = job_parts(job_id)
    if parts is None:
        return None
    model, pk, attempt = parts
    return model._default_manager.filter(pk=pk, attempt=attempt).first()


def queue_position(*, work: QueuedWork) -> int:
    """1-based place in line among all waiting work of the same queue; 0 when it does not wait any more."""
    if work.status != WorkStatus.QUEUED:
        return 0
    ahead = 0
    for model in work_models():
        if model.queue_name == work.queue_name:
            earlier = Q(queued_at__lt=work.queued_at)
            if isinstance(work, model):
                earlier |= Q(queued_at=work.queued_at, pk__lt=work.pk)
            ahead += model._default_manager.filter(earlier, status=WorkStatus.QUEUED).count()
    return ahead + 1


def workers_alive() -> dict[str, int]:
    """{"train": 1, "prepare": 1, "search": 0}: how many workers of each kind gave a sign of life lately. Raises
    RedisError when Redis cannot be reached."""
    connection = redis_connection()
    since = time.time() - ALIVE_SECONDS
    return {name: int(connection.zcount(sign_of_life_key(name), since, "+inf")) for name in settings.QUEUE_NAMES}


def sign_of_life_key(queue_name: str) -> str:
    """Redis key of the sorted set {worker's name: time of its last sign of life}."""
    return f"tailor:workers:{queue_name}"


def redis_is_up() -> bool:
    """Whether Redis answers."""
    try:
        return bool(redis_connection().ping())
    except RedisError:
        return False
