"""Rows that are damaged: each is an error, never a login."""

from dataclasses import replace
from typing import Any

import pytest

from login_records import read_login, read_number, same_successor, user_key
from refresh_tokens import first_token, next_token, token_hashes

HASH = "0" * 64
GOOD: dict[str, Any] = {
    "subject": '"alice"',
    "client": '"web"',
    "generation": HASH,
    "current": HASH,
    "previous": HASH,
    "nonce": None,
    "used": 1,
    "began": 1,
}
NO_NAMES = [None, "", "alice", "17", '""', "[]", 17, b"\xff", '"\\ud800"']
NO_HASHES = [None, "", "\u00e9", "0" * 63, "0" * 65, "g" * 64, 17, b"\xff"]
NO_NUMBERS = [None, "", "7", "soon", "1e9", -1, 1.5, True, 10**16, b"\xff"]
DAMAGE = [
    *((name, value) for name in ("subject", "client") for value in NO_NAMES),
    *((name, value) for name in ("generation", "current", "previous") for value in NO_HASHES),
    *((name, value) for name in ("used", "began") for value in NO_NUMBERS),
]


def test_a_good_row_is_a_login() -> None:
    assert read_login(*GOOD.values()).subject == "alice"


@pytest.mark.parametrize(("column", "value"), DAMAGE)
def test_a_damaged_row_is_no_login(column: str, value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        read_login(*(GOOD | {column: value}).values())


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_a_damaged_moment_is_none(value: Any) -> None:
    with pytest.raises(ValueError, match="moment"):
        read_number(value)


@pytest.mark.parametrize("nonce", [None, "", "x", "\u00e9", 17, b"\xff"])
def test_a_damaged_nonce_gives_no_token(nonce: Any) -> None:
    token = first_token()
    _, current = token_hashes(next_token(token, "nonce"))
    login = replace(read_login(*GOOD.values()), current=current, nonce="nonce")
    assert same_successor(token, login) == next_token(token, "nonce")
    with pytest.raises((ValueError, TypeError)):
        same_successor(token, replace(login, nonce=nonce))


@pytest.mark.parametrize("subject", ["alice", "a\0b", "\u00e9" * 9999])
def test_the_key_of_a_user_is_short_and_does_not_name_the_user(subject: str) -> None:
    assert len(user_key(subject)) == 64
    assert subject not in user_key(subject)


def test_each_user_has_a_key_of_its_own() -> None:
    assert len({user_key(name) for name in ("alice", "Alice", "alice ", "bob", '"bob"')}) == 5
