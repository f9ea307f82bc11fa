"""What stands in the database, read with care: SQLite keeps any type in any column."""

import json
import re
from dataclasses import dataclass
from typing import Any

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


def read_hash(value: Any) -> str:
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise ValueError("no hash")
    return value


def read_number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 10**16:
        raise ValueError("no moment")
    return value
