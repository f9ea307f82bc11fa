"""What a visitor of the studio does in a browser without script."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.test import Client

from advisor.studio.workbench import TooMuch, Workbench
from tests.support.html import Element, Form, form, page

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

STUDIO = "/tokens/studio"
TREE, OUTCOMES = "file:tree.yaml", "file:outcomes.yaml"


def opened(client: Client) -> Form:
    return form(client.get(STUDIO))


def edited(client: Client, old: str, new: str, field: str = TREE) -> Form:
    """The studio's form with one edit in one file."""
    filled = opened(client)
    text = dict(filled.fields)[field]
    assert old in text
    return filled.set(field, text.replace(old, new, 1))


def press(filled: Form, client: Client, name: str, value: str, action: str = STUDIO) -> "Response":
    """Send the form by one of its buttons."""
    buttons = [
        button for button in filled.element.all("button") if button.attributes.get("name") == name
    ]
    assert value in [button["value"] for button in buttons], f"no button {name}={value}"
    return send(client, [*filled.fields, (name, value)], action)


def send(
    client: Client, fields: list[tuple[str, str]], action: str = STUDIO, **headers: str
) -> "Response":
    return client.post(
        action,
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers=dict(headers),
    )


@contextmanager
def occupied(bench: Workbench) -> Iterator[None]:
    """Give a workbench, whose job waits for ever, such a job; it is free again afterwards."""
    bench.run({})

    def occupy() -> None:
        with suppress(TooMuch):
            bench.run({"for": "ever"})

    occupant = Thread(target=occupy)
    occupant.start()
    while not bench.busy:
        time.sleep(0.01)
    try:
        yield
    finally:
        bench.close()
        occupant.join()


def problems(response: "Response") -> Element:
    return page(response).one(id="problems")
