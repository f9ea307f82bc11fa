"""What is peculiar to sessions in the database alone."""

from unittest.mock import patch

import django.db
import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client

from browser import COOKIE, browser, key_of, post, rows, signed_in
from test_django_session import ada, tables  # noqa: F401

__all__ = ["ada"]


def test_no_cache_knows_a_session() -> None:
    client = signed_in()
    with patch.object(type(caches["default"]), "get", side_effect=AssertionError):
        assert client.get("/me").content == b"ada"


def test_a_session_whose_row_is_gone_is_over() -> None:
    client = signed_in()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_session")
    assert browser(key_of(client)).get("/me").status_code == 401
    assert rows() == []


@pytest.mark.parametrize("url", ["/login", "/logout"])
def test_a_login_or_logout_that_the_database_did_not_hear_of_is_503(url: str) -> None:
    """And can be repeated."""
    client = signed_in()
    csrf = client.get("/login").content.decode()
    data = {"csrfmiddlewaretoken": csrf, "name": "ada", "password": "correct horse"}
    failure = django.db.OperationalError("gone")
    with patch.object(connection, "cursor", side_effect=failure):
        response = client.post(url, data)
    assert (response.status_code, COOKIE in response.cookies) == (503, False)
    assert client.get("/me").content == b"ada"
    assert post(client, "/logout").status_code == 204


def test_a_generation_in_the_row_of_the_user_ends_all_sessions_without_a_list() -> None:
    clients: list[Client] = [signed_in() for _ in range(3)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE session_accounts_user SET session_version = session_version + 1")
    assert [client.get("/me").status_code for client in clients] == [401] * 3
    assert signed_in().get("/me").content == b"ada"
