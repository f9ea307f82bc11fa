"""What each decision promises: its settings, and what a token of its kind looks like."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from confirm_checks import one_of, same_site

OneOf = tuple[str, ...]
ANY: OneOf = ()  # any text


@dataclass(frozen=True)
class Setting:
    """A constant. With a unit of time it may be shorter than decided; without, it must be the same.
    `also` are the names that Django and Flask have for it, with their units."""

    constant: str
    type: str = "text"
    unit: str = ""
    also: OneOf = ()
    zero: bool = False  # whether the time may be 0, which some libraries read as for ever
    deployed: bool = False  # differs from one environment to the next


@dataclass(frozen=True)
class Flag:
    """A flag of a session's cookie in the settings of Django and Flask; `default` says whether it
    will do to leave it out, and is None where the two differ."""

    compare: Callable[..., tuple[bool, str]]
    default: tuple[bool, str] | None


FLAGS = {
    "SESSION_COOKIE_SECURE": Flag(partial(one_of, (True,)), (False, "not set, so it is off")),
    "SESSION_COOKIE_HTTPONLY": Flag(partial(one_of, (True,)), (True, "not set, so it is on")),
    "SESSION_COOKIE_SAMESITE": Flag(same_site, None),
}

B64 = "[A-Za-z0-9_-]"
SIGNED, ENCRYPTED, PUBLIC, LOCAL = "signed JWT", "encrypted JWT", "v4.public.", "v4.local."
RANDOM, DJANGO, REFRESH = "random token", "session key of Django", "refresh token"
# The first that fits. A UUID or a hash, which may be guessed, has hexadecimal digits alone.
SHAPES = {
    RANDOM: rf"{B64}{{43}}",
    DJANGO: r"(?=.*[g-z])[a-z0-9]{32}",
    REFRESH: rf"{B64}{{43}}\.{B64}{{43}}",
    PUBLIC: rf"v4\.public\.{B64}+(\.{B64}*)?",
    LOCAL: rf"v4\.local\.{B64}+(\.{B64}*)?",
    "another version of Paseto": rf"[vk]\d+\.[a-z-]+\.{B64}+(\.{B64}*)?",
    SIGNED: rf"{B64}+\.{B64}+\.{B64}*",
    ENCRYPTED: rf"{B64}+(\.{B64}*){{4}}",
}


@dataclass(frozen=True)
class Promise:
    """`shapes` are those that a token may have, `fixed` the constants that are no settings, with
    what they may be, `header` all that may stand in a token's header. `cookie` and `age` are ids
    of settings: the cookie's name, and how long it may be kept. `session`: a framework may set it.
    `of_variants` are settings that a decision has for some choices only.
    """

    module: str
    shapes: OneOf
    settings: OneOf
    of_variants: OneOf = ()
    fixed: Mapping[str, OneOf] = field(default_factory=dict)
    header: Mapping[str, OneOf] = field(default_factory=dict)
    claims: OneOf = ()  # texts, beside exp and iat
    longest: int = 4096
    cookie: str = ""
    age: str = ""
    session: bool = False


def _read() -> tuple[dict[str, Setting], dict[str, Promise]]:
    """The settings and the promises of each kit, by the ids that a decision has for them."""
    found = json.loads(Path(__file__).with_name("promises.json").read_text(encoding="utf-8"))
    settings = {
        id: Setting(**{**setting, "also": tuple(setting["also"])})
        for id, setting in found["settings"].items()
    }
    promises = {
        outcome: Promise(
            module=promise["module"],
            shapes=tuple(promise["tokens"]),
            settings=tuple(promise["settings"]),
            of_variants=tuple(promise["of_variants"]),
            fixed=_tuples(promise["constants"]),
            header=_tuples(promise["header"]),
            claims=tuple(promise["claims"]),
            longest=promise["longest"],
            cookie=promise["cookie"] or "",
            age=promise["age"] or "",
            session=promise["session"],
        )
        for outcome, promise in found["kits"].items()
    }
    return settings, promises


def _tuples(lists: Mapping[str, list[str]]) -> dict[str, OneOf]:
    return {name: tuple(values) for name, values in lists.items()}


SETTINGS, PROMISES = _read()


@dataclass(frozen=True)
class Decision:
    """A saved decision: `settings` by their ids, and in sentences what policies require.

    `status` is empty in files of earlier releases, `review_by` where no day is set.
    `superseded_by` are links.
    """

    outcome: str
    promise: Promise
    settings: Mapping[str, Any]
    required: tuple[str, ...]
    permalink: str
    version: str
    status: str
    superseded_by: tuple[str, ...]
    review_by: str
