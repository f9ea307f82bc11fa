"""What an address asks of the register."""

import re
from dataclasses import dataclass, fields
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from advisor.register.listing import (
    MAX_QUERY,
    Filters,
)

NAMES = tuple(field.name for field in fields(Filters))


MAX_VALUE = 64


BEFORE, AFTER = "before", "after"


# A number that the database can hold.
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class RegisterQuery:
    """Which page of the register: filters, and the number before or `after` which it begins."""

    filters: Filters
    number: int | None = None
    after: bool = False

    def at(self, view: str, number: int | None, *, after: bool = False) -> str:
        """The address of a page with the same filters."""
        state = _state(RegisterQuery(self.filters, number, after))
        return f"{reverse(view)}?{urlencode(state)}" if state else reverse(view)

    def is_address_of(self, given: QueryDict) -> bool:
        """Whether an address says this, in this order, and no more."""
        return list(given.lists()) == [(name, [value]) for name, value in _state(self).items()]


def parse(given: QueryDict) -> RegisterQuery:
    """What an address asks for; what it cannot mean is left out."""
    texts = {
        name: _one_line(given.get(name, ""))[: MAX_QUERY if name == "q" else MAX_VALUE].strip()
        for name in NAMES
    }
    for name in (BEFORE, AFTER):
        if _NUMBER.fullmatch(text := given.get(name, "")):
            return RegisterQuery(Filters(**texts), int(text), name == AFTER)
    return RegisterQuery(Filters(**texts))


def _state(asked: RegisterQuery) -> dict[str, str]:
    state = asked.filters.given()
    if asked.number is not None:
        state[AFTER if asked.after else BEFORE] = str(asked.number)
    return state


def _one_line(text: str) -> str:
    """One line of what can be seen."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
