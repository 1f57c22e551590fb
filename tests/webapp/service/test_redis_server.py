"""The embedded server."""

import stat
from pathlib import Path

import redis
from django.conf import settings


def test_serves_only_its_owner_on_a_unix_socket_and_keeps_what_it_knows(redis_server: redis.Redis) -> None:
    redis_server.set("key", "value")

    assert redis_server.get("key") == b"value"
    assert stat.S_IMODE(Path(settings.REDIS_SOCKET).stat().st_mode) == 0o700
    assert redis_server.config_get("port") == {"port": "0"}
    assert redis_server.config_get("appendonly") == {"appendonly": "yes"}
    assert redis_server.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
