"""Bodies that are no login: refused unread, and no message repeats a password."""

import json
from typing import Any

import pytest

from credentials import UnreadableCredentials, WrongCredentials, read_credentials, read_texts

JSON = "application/json"
ADA = {"name": "ada", "password": "correct horse"}
GOOD = json.dumps(ADA).encode()
LIMIT = {"name": "x" * 254, "password": "x" * 1024}
SECRET = "hunter-two-of-ada"


def refuse(kind: str | None, body: bytes, error: type[Exception] = UnreadableCredentials) -> None:
    with pytest.raises(error) as refusal:
        read_credentials(kind, body)
    assert SECRET not in f"{refusal.value!r} {refusal.value.__cause__!r}"


def test_a_name_and_a_password_are_read() -> None:
    assert read_credentials(JSON, GOOD) == ("ada", "correct horse")
    assert read_credentials("Application/JSON; charset=utf-8", GOOD) == ("ada", "correct horse")
    assert read_credentials(JSON, json.dumps(LIMIT).encode()) == tuple(LIMIT.values())


def test_other_texts_are_read_by_their_names() -> None:
    assert read_texts(JSON, b'{"b": "2", "c": 3, "a": "1"}', ["a", "b"]) == ["1", "2"]


@pytest.mark.parametrize(
    "content",
    [
        *({}, [], None, "ada", 7, {"name": "ada"}, {"password": SECRET}, [SECRET], SECRET),
        *(ADA | {"name": 7}, ADA | {"password": None}, ADA | {"password": [SECRET]}),
        *(ADA | {"name": "x" * 255}, ADA | {"password": SECRET * 100}),
    ],
)
def test_odd_credentials_are_not_even_looked_at(content: Any) -> None:
    refuse(JSON, json.dumps(content).encode())


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b"\xff", b"[" * 100_000, b"name=ada", b"\xef\xbb\xbf" + GOOD),
        *(GOOD.decode().encode("utf-16"), GOOD.decode().encode("utf-32")),
        *(GOOD[:-1] + b', "x": NaN}', GOOD[:-1] + b', "x": -Infinity}'),
        b'{"name": "eve", "name": "ada", "password": "correct horse"}',
        f'{{"password": "{SECRET}", "name": "ada", "x": {{"y": 1, "y": 2}}}}'.encode(),
    ],
)
def test_a_body_that_is_no_json_is_refused(raw: bytes) -> None:
    refuse(JSON, raw)


@pytest.mark.parametrize(
    "kind", [None, "", "text/plain", "application/x-www-form-urlencoded", "x/json", "text/json;a"]
)
def test_a_body_that_another_site_could_send_is_refused(kind: str | None) -> None:
    refuse(kind, GOOD)


@pytest.mark.parametrize("odd", ["\ud800", "ada\udfff", "ada\0", f"{SECRET}\ud800"])
@pytest.mark.parametrize("field", ["name", "password"])
def test_half_a_character_is_a_wrong_name_or_password(field: str, odd: str) -> None:
    """A database or a hash would stumble over it."""
    refuse(JSON, json.dumps(ADA | {field: odd}).encode(), WrongCredentials)
