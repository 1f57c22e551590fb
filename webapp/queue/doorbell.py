"""The Redis side of the queue: a doorbell that tells a worker to look at a row. Losing it loses nothing."""

import logging
from functools import lru_cache
from typing import cast

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from webapp.queue.jobs import TailorJob
from webapp.queue.models import QueuedWork

logger = logging.getLogger("tailor.queue")


@lru_cache(maxsize=1)
def redis_connection() -> Redis:
    """The connection of this process (redis-py reconnects after a fork). It fails at once where Redis is down, so that
    no page waits; a read may block for 5 s at most."""
    retry = Retry(NoBackoff(), 1)
    url = settings.REDIS_URL or f"unix://{settings.REDIS_SOCKET}"
    return Redis.from_url(url, socket_connect_timeout=1, socket_timeout=5, retry=retry)


def queue_named(name: str) -> Queue:
    """The RQ queue of one kind of worker."""
    return _queue(name, redis_connection())


@lru_cache(maxsize=8)
def _queue(name: str, connection: Redis) -> Queue:
    """Kept, for each new one asks the server for its version before the first job."""
    return Queue(name, connection=connection, job_class=TailorJob, serializer=JSONSerializer)


def doorbell_id(work: QueuedWork) -> str:
    """The job id of this attempt at this row, such as `runs_run-12-1`. Equal calls give equal ids, so ringing twice is
    harmless."""
    return f"{work._meta.app_label}_{work._meta.model_name}-{work.pk}-{work.attempt}"


def ring(work: QueuedWork, *, first: bool = False) -> bool:
    """Put the row's job in its queue, in front when `first`. False when Redis cannot be reached: the reconciler rings
    later."""
    try:
        queue_named(work.queue_name).enqueue_call(
            work.job_function,
            args=(work.pk, work.attempt),
            job_id=doorbell_id(work),
            description=f"{work._meta.verbose_name} {work.pk}, attempt {work.attempt}",
            timeout=-1,
            result_ttl=0,
            failure_ttl=60,
            at_front=first,
        )
    except RedisError as error:
        logger.warning("Redis cannot be reached (%s); %s waits in the database.", error, doorbell_id(work))
        return False
    return True


def unring(work: QueuedWork) -> None:
    """Take the row's job out of Redis, if it is there and Redis is up."""
    try:
        drop(work.queue_name, doorbell_id(work))
    except RedisError as error:
        logger.warning("Redis cannot be reached (%s); the job of %s is dropped later.", error, doorbell_id(work))


def drop(queue_name: str, job_id: str) -> None:
    """Remove every trace of a job. Raises RedisError."""
    queue = queue_named(queue_name)
    job = queue.fetch_job(job_id)
    if job is not None:
        job.delete()
    queue.connection.lrem(queue.key, 0, job_id)
    queue.connection.lrem(queue.intermediate_queue_key, 0, job_id)


def waiting_ids(queue_name: str) -> list[str]:
    """Ids of the jobs in line. Plain LRANGE: RQ's own getters run clean-up code in the calling process."""
    return _listed(queue_named(queue_name).key)


def known_ids(queue_name: str) -> set[str]:
    """Ids of all jobs of a queue: in line, half-way to a worker, or started."""
    queue = queue_named(queue_name)
    started = queue.started_job_registry.get_job_ids(cleanup=False)
    return {*_listed(queue.key), *_listed(queue.intermediate_queue_key), *started}


def _listed(key: str) -> list[str]:
    entries = cast("list[bytes]", redis_connection().lrange(key, 0, -1))
    return [entry.decode(errors="replace") for entry in entries]
