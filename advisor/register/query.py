"""Read and write the addresses of the register."""

import re
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from advisor.register.listing import ANY_IN_FORCE, MAX_QUERY, Filters

NAMES = tuple(field.name for field in fields(Filters))
MAX_VALUE = 64
BEFORE, AFTER = "before", "after"
# Earlier releases had these among the statuses, for decisions in force. Now they are drift.
DRIFTS_BEFORE = frozenset({"current", "advice", "outcome", "barred", "unanswerable"})
# The database holds no larger numbers.
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class RegisterQuery:
    """A page of the register: filters, and the entry before or `after` which it starts."""

    filters: Filters
    number: int | None = None
    after: bool = False

    def at(self, view: str, number: int | None = None, *, after: bool = False) -> str:
        """Return the address of a page with the same filters, in the view of this name."""
        state = _state(RegisterQuery(self.filters, number, after))
        return f"{reverse(view)}?{urlencode(state)}" if state else reverse(view)

    def is_address_of(self, given: QueryDict) -> bool:
        """Return whether the parameters are exactly those of this query, in its order."""
        return list(given.lists()) == [(name, [value]) for name, value in _state(self).items()]


def parse(given: QueryDict) -> RegisterQuery:
    """Return the query of an address.

    Names and numbers that are not valid are dropped, texts are cut to their limits. A status of an
    earlier release becomes the filters that give the same decisions.
    """
    texts = {
        name: _one_line(given.get(name, ""))[: MAX_QUERY if name == "q" else MAX_VALUE].strip()
        for name in NAMES
    }
    filters = Filters(**texts)
    if filters.status in DRIFTS_BEFORE:
        filters = replace(filters, status=ANY_IN_FORCE, drift=filters.drift or filters.status)
    for name in (BEFORE, AFTER):
        if _NUMBER.fullmatch(text := given.get(name, "")):
            return RegisterQuery(filters, int(text), name == AFTER)
    return RegisterQuery(filters)


def _state(query: RegisterQuery) -> dict[str, str]:
    state = query.filters.given()
    if query.number is not None:
        state[AFTER if query.after else BEFORE] = str(query.number)
    return state


def _one_line(text: str) -> str:
    """Return the printable characters of a text on one line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
