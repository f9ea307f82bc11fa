"""Save recommendations, and read what is saved."""

import re

from django.test import Client

from tests.support.html import form, get, page
from tests.support.site import SAVE

FORMATS = ("", "recommendation.md", "recommendation.json", "kit.zip")

HOSTILE = (
    '"><script>alert(1)</script>',
    "</title><img src=x onerror=alert(1)>",
    "{{ page.permalink }}{% debug %}",
    "&lt;b&gt; &amp; '\"",
    "\u202egnp.exe \u2066x",
    "-->]]>",
)


def save(client: Client, path: str = SAVE, **texts: str) -> str:
    """Save a decision; its address."""
    filled = form(client.get(path)).fill(
        **({"title": "Billing API", "author": "Team Blue"} | texts)
    )
    address = str(filled.post(client)["Location"])
    forget(client)
    return address


def forget(client: Client) -> None:
    """Let the client come back as another browser would, which has saved nothing."""
    for name in ("saved", "secret-link"):
        client.cookies.pop(name, None)


BAND = re.compile(rb'<aside class="status-banner.*?</aside>', re.DOTALL)
TREE_LINK = re.compile(rb'<a class="decided-with" href="[^"]*">(.*?)</a>')


def frozen(page: bytes) -> bytes:
    """The page without what today's tree gives: the banner, and the link to the tree."""
    rest, bands = BAND.subn(b"", page)
    assert bands == 1
    return TREE_LINK.sub(rb"\1", rest)


def save_titled(
    client: Client, title: str = "Billing API", path: str = SAVE, context: str = ""
) -> str:
    """Save a decision; its address."""
    return save(client, path, title=title, context=context)


def titles(client: Client, address: str = "/r/") -> list[str]:
    """The titles that the page lists, which must be a page in order."""
    response = get(client, address)
    assert response.status_code == 200
    return [line.one("h2").text for line in page(response).one("main").all("li", class_="line")]


AGAIN = "Replace this decision"


def again(client: Client, address: str) -> str:
    """Where the link of a record leads to that answers it again."""
    return page(client.get(address)).one("main").link(AGAIN)


def save_again(client: Client, address: str, title: str = "Billing API, again") -> str:
    """Answer a record again, with the same answers; the address of what was saved."""
    result = page(client.get(again(client, address)))
    return save_titled(client, title, result.link("Save as decision"))


def relations(client: Client, address: str) -> list[str]:
    shown = page(client.get(address)).one("main")
    aside = shown.all("aside", class_="relations")
    return [item.text for part in aside for item in part.all("li")]
