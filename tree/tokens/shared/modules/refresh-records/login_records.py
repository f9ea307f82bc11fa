"""What a database holds of a login, read with care: SQLite keeps any type in any column."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from refresh_tokens import next_token, token_hashes
from strict_json import is_text

SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Login:
    """What the row of a login says."""

    subject: str
    client: str
    generation: str
    current: str
    previous: str
    nonce: object
    used: int
    began: int


def read_login(
    subject: Any, client: Any, generation: Any, current: Any, previous: Any, nonce: Any, *times: Any
) -> Login:
    """Return what the row of a login says. Raise ValueError or TypeError where it is damaged."""
    names = json.loads(subject), json.loads(client)
    if not all(map(is_text, names)):
        raise ValueError("a login of nobody")
    used, began = map(read_number, times)
    hashes = read_hash(generation), read_hash(current), read_hash(previous)
    return Login(*names, *hashes, nonce, used, began)


def same_successor(token: str, login: Login) -> str:
    """Return the token that a retry gets again. Raise ValueError or TypeError for a damaged row."""
    if not isinstance(login.nonce, str):
        raise TypeError("a damaged nonce")
    successor = next_token(token, login.nonce)
    if token_hashes(successor)[1] != login.current:
        raise ValueError("a damaged nonce")
    return successor


def user_key(subject: str) -> str:
    """Return a short key for a name of any length, with any characters."""
    return hashlib.sha256(json.dumps(subject).encode()).hexdigest()


def read_hash(value: Any) -> str:
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise ValueError("no hash")
    return value


def read_number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 10**16:
        raise ValueError("no moment")
    return value
