"""Whether everything that Tailor needs is alive."""

import logging

from django.conf import settings
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from webapp.queue.selectors import workers_alive

logger = logging.getLogger("tailor.health")


def what_is_not_alive() -> list[str]:
    """Names of the parts that do not answer: "database", "redis", "train worker", …; empty when all is well."""
    missing = [] if _database_answers() else ["database"]
    try:
        alive = workers_alive()
    except RedisError as error:
        logger.warning("Redis does not answer: %s", error)
        return [*missing, "redis", *(f"{name} worker" for name in settings.QUEUE_NAMES)]
    return missing + [f"{name} worker" for name, count in alive.items() if not count]


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("The database does not answer: %s", error)
        return False
    return True
