"""How much guests of one link may ask in a minute: more than anybody types or votes, less than a script could.

Counted in Redis, by the minutes of the clock, for each address and for the link as a whole. Without Redis nothing is
counted: nobody can search then, and votes are few.
"""

import logging
import time

from django.conf import settings
from redis.exceptions import RedisError

from webapp.accounts.selectors import network_of
from webapp.queue.doorbell import redis_connection
from webapp.sharing.models import ShareLink

logger = logging.getLogger("tailor.sharing")

WINDOW_SECONDS = 60
ADDRESSES = 3
"""A link as a whole may ask so many times what one address may: a company's people often share an address, and a script
with several addresses is to leave something to the people inside."""


def seconds_to_wait(*, link: ShareLink, address: str, kind: str) -> int:
    """Count a request of a guest; 0 where it may go on, else the seconds until the next one may.

    address: where it comes from; of IPv6 the network counts. kind: `search` or `vote`, which are counted apart. What is
    refused to an address does not count for its link, so that one script alone cannot use up what others have.
    """
    most, now = settings.GUEST_REQUESTS, time.time()
    if not most:
        return 0
    stem = f"tailor:guest:{link.pk}:{kind}:{int(now // WINDOW_SECONDS)}"
    try:
        within = _count(f"{stem}:{network_of(address)}") <= most and _count(stem) <= most * ADDRESSES
    except RedisError as error:
        logger.warning("Redis cannot be reached, so requests of guests are not counted: %s", error)
        return 0
    return 0 if within else max(1, round(WINDOW_SECONDS - now % WINDOW_SECONDS))


def _count(key: str) -> int:
    """How many have come in this minute, this one included."""
    with redis_connection().pipeline(transaction=False) as pipe:
        pipe.incr(key)
        pipe.expire(key, 2 * WINDOW_SECONDS)
        return int(pipe.execute()[0])
