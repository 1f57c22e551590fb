"""/healthz."""

import time
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.test import Client

from webapp.queue.doorbell import redis_connection
from webapp.queue.selectors import sign_of_life_key


def show_life(server: redis.Redis, *names: str, ago: float = 0) -> None:
    for name in names:
        server.zadd(sign_of_life_key(name), {"a worker": time.time() - ago})


def test_all_alive(db: None, client: Client, redis_server: redis.Redis) -> None:
    show_life(redis_server, "train", "prepare", "search")

    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


def test_a_silent_worker_is_named(db: None, client: Client, redis_server: redis.Redis) -> None:
    show_life(redis_server, "train", "prepare")
    show_life(redis_server, "search", ago=60)

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "not_alive": ["search worker"]}


def test_redis_is_named_and_nothing_is_told_about_it(db: None, client: Client) -> None:
    socket = Path(settings.REDIS_SOCKET)
    hidden = socket.with_name("hidden.sock")
    was_there = socket.exists()
    redis_connection().connection_pool.disconnect()
    if was_there:
        socket.rename(hidden)
    try:
        response = client.get("/healthz")
    finally:
        if was_there:
            hidden.rename(socket)

    assert response.status_code == 503
    assert response.json()["not_alive"][0] == "redis"
    assert str(settings.DATA_DIR) not in response.content.decode()


def test_the_database_is_named(db: None, client: Client, redis_server: redis.Redis) -> None:
    show_life(redis_server, "train", "prepare", "search")

    def refuse(*args: object) -> None:
        raise DatabaseError("the disk is gone")

    with connection.execute_wrapper(refuse):
        response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["not_alive"] == ["database"]
    assert "disk" not in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_only_asks(client: Client, method: str) -> None:
    assert getattr(client, method)("/healthz").status_code == 405
