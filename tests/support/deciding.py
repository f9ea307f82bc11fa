"""Sign off saved decisions, as people do whom a proxy names, or with the secret link."""

from django.test import Client

from tests.support.html import Form, form, page
from tests.support.site import SAVE

PROXY = "10.0.0.5"


def person(
    name: str, address: str = PROXY, *, checks_tokens: bool = False, hides_errors: bool = False
) -> Client:
    """Somebody whom the proxy calls by that name."""
    return Client(
        enforce_csrf_checks=checks_tokens,
        raise_request_exception=not hides_errors,
        headers={"X-Forwarded-User": name} if name else {},
        REMOTE_ADDR=address,
    )


def save_with_secret(client: Client, path: str = SAVE, **texts: str) -> tuple[str, str]:
    """Save a decision where nobody signs in: its address, and the secret link that follows."""
    filled = form(client.get(path)).fill(
        **({"title": "Billing API", "author": "Team Blue"} | texts)
    )
    address = str(filled.post(client)["Location"])
    return address, page(client.get(address)).one(id="secret-link")["href"]


def sign_off(client: Client, address: str, kind: str = "accepted", **texts: str) -> Form:
    """The form that records an event, filled in."""
    return form(client.get(f"{address}manage")).fill(kind=kind, **texts)


def status(client: Client, address: str) -> str:
    """The status that the page of a decision begins with."""
    return page(client.get(address)).one("p", class_="decision-status").one("strong").text
