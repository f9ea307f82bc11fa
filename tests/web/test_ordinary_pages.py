"""A sentence that denies something stands on no page where it is false."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.support.html import get, page
from tests.support.negative_sentences import denied_on_pages
from tests.support.saving import save
from tests.support.site import HTML, SAVE

pytestmark = pytest.mark.django_db

SENTENCES = denied_on_pages()
# What ordinary pages deny, and truly. They deny nothing else.
RESULT = {", no longer reachable", "No combination of answers leads to it."}
# A filter of the register offers them.
STATUSES = {"Cannot be evaluated today", "No longer allowed"}
REGISTER = STATUSES | {"any or none"}
TRUE: dict[str, set[str]] = {
    "start": {"What it is not for"},
    "tree": {"What it is not for"},
    "first question": set(),
    "last question": {", no longer reachable"},
    "no answer chosen": {"Choose an answer."},
    "unknown answer": {
        "Unknown answer in the address",
        "” is not a valid answer to “",
        "Not sure (",
    },
    "result": RESULT,
    "result with values": RESULT,
    "result with a wrong value": RESULT,
    "comparison": set(),
    "form": {"What you save never changes.", "Without a name here, it is the author."},
    "saved decision": {
        "A saved decision never changes.",
        "Nobody has accepted it yet.",
        "No combination of answers leads to it.",
        "The tree has not changed since.",
    },
    "register": REGISTER,
    "search": REGISTER,
    "search without results": {"No saved decision matches."} | REGISTER,
    "studio": {
        "No advice changes:",
        "Nothing is saved.",
        "Nothing that you type here is saved.",
    },
    "nowhere": {"Page not found"},
}
OTHERS: dict[str, Callable[[str], str]] = {
    "form": lambda _: SAVE,
    "saved decision": lambda saved: saved,
    "register": lambda _: "/r/",
    "search": lambda _: "/r/?q=billing",
    "search without results": lambda _: "/r/?q=shipping",
    "studio": lambda _: "/tokens/studio",
    "nowhere": lambda _: "/nothing/",
}


@pytest.mark.parametrize("kind", [*HTML, *OTHERS])
def test_a_page_denies_only_what_is_so(client: Client, kind: str) -> None:
    saved = save(client) if kind in OTHERS else ""
    path = HTML[kind] if kind in HTML else OTHERS[kind](saved)
    told = page(get(client, path)).one("html").text
    assert {sentence for sentence in SENTENCES if sentence in told} == TRUE[kind]
