"""Attacks on the copies of sessions in Redis, and a Redis that is down, silent or damaged."""

import json
import os
import pickle
import socket
import time
from typing import Any
from unittest.mock import patch

import pytest
import redis
from django.conf import settings
from django.core.cache import caches
from django.test import override_settings

import store
from browser import COOKIE, browser, key_of, post, rows, signed_in
from django_session_store import SessionStore
from test_django_session import ada, tables  # noqa: F401

__all__ = ["ada"]


def copy_in_redis(key: str) -> Any:
    """What Redis knows about a session, under the name that its key leads to."""
    return caches["sessions"].get(SessionStore(key).cache_key)


def server() -> redis.Redis:
    return redis.Redis.from_url(os.environ.get("REDIS_URL", store.STORE_URL))


def test_a_logout_takes_the_copy_away() -> None:
    client = signed_in()
    assert copy_in_redis(key_of(client)) is not None
    key = key_of(client)
    post(client, "/logout")
    assert copy_in_redis(key) is None


def test_copies_have_the_names_of_hashes() -> None:
    client = signed_in()
    ((stored, _),) = rows()
    names = list(server().scan_iter("*"))
    assert [name for name in names if stored.encode() in name]
    assert not [name for name in names if key_of(client).encode() in name]


def test_redis_holds_json_which_runs_no_code() -> None:
    client = signed_in()
    ((stored, _),) = rows()
    (name,) = server().scan_iter(f"*{stored}")
    assert json.loads(server().get(name))["_auth_user_id"]  # type: ignore[arg-type]
    server().set(name, pickle.dumps({"count": 1}))
    assert client.get("/me").content == b"ada"  # unreadable, so the database was asked


def test_a_damaged_copy_in_redis_is_no_session() -> None:
    client = signed_in()
    ((stored, _),) = rows()
    (name,) = server().scan_iter(f"*{stored}")
    for damaged in (b"17", b"[]", b"null", b'"ada"', b"{", b"\xff", b""):
        server().set(name, damaged)
        assert client.get("/me").content == b"ada", "the database was asked"


def test_a_request_waits_only_once_for_a_redis_that_is_silent() -> None:
    client = signed_in()
    with socket.create_server(("127.0.0.1", 0)) as server:
        location = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        entry = settings.CACHES["sessions"] | {"LOCATION": location}
        with override_settings(CACHES=settings.CACHES | {"sessions": entry}):
            began = time.monotonic()
            client.get("/me")
    assert time.monotonic() - began < 3


def test_a_copy_in_redis_does_not_bring_a_session_back() -> None:
    """A request that read the row before the logout writes its copy to Redis after it."""
    client = signed_in()
    key = key_of(client)
    copy = copy_in_redis(key)
    post(client, "/logout")
    caches["sessions"].set(SessionStore(key).cache_key, copy)
    assert browser(key).get("/me").status_code == 401
    assert copy_in_redis(key) is None


@pytest.mark.parametrize("url", ["/me", "/logout"])
def test_with_redis_down_nobody_is_let_in(url: str) -> None:
    client = signed_in()
    csrf = client.get("/login").content.decode()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    entry = settings.CACHES["sessions"] | {"LOCATION": f"redis://127.0.0.1:{port}/0"}
    with override_settings(CACHES=settings.CACHES | {"sessions": entry}):
        response = client.post(url, {"csrfmiddlewaretoken": csrf})
    assert (response.status_code, response.content, COOKIE in response.cookies) == (503, b"", False)
    assert client.get("/me").content == b"ada"


def test_a_logout_that_redis_did_not_hear_of_is_503_and_can_be_repeated() -> None:
    client = signed_in()
    key = key_of(client)
    csrf = client.get("/login").content.decode()
    with patch.object(caches["sessions"], "delete", side_effect=redis.ConnectionError):
        response = client.post("/logout", {"csrfmiddlewaretoken": csrf})
    assert (response.status_code, COOKIE in response.cookies) == (503, False)
    assert browser(key).get("/me").content == b"ada"
    assert post(client, "/logout").status_code == 204
    assert browser(key).get("/me").status_code == 401
