"""What every answer tells a browser not to do, and pages that need none of it."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.support.html import Element, form, get, page
from tests.support.site import ANSWERS, BEFORE_SAVING, HTML, SAVE

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def saved(client: Client) -> str:
    filled = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue", context="Why")
    return str(filled.post(client)["Location"])


# The other kinds of page, by how to come to their address.
AFTER: dict[str, Callable[[Client], str]] = {
    "save": lambda _: SAVE,
    "saved": saved,
    "studio": lambda _: "/tokens/studio",
    "404": lambda _: "/nothing/",
    "414": lambda _: "/tokens/ask?x=" + 5000 * "y",
}
PAGES: dict[str, Callable[[Client], str]] = {
    **{kind: (lambda _, path=path: path) for kind, path in HTML.items()},  # type: ignore[misc]
    **AFTER,
}
OTHERS = {kind: path for kind, path in BEFORE_SAVING.items() if kind not in HTML} | {
    "redirect": f"/tokens/ask?{ANSWERS}",
    "live": "/healthz/live",
    "ready": "/healthz/ready",
}
each_page = pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
pytestmark = pytest.mark.django_db


def check_headers(client: Client, path: str) -> None:
    response = client.get(path)
    assert set(response["Content-Security-Policy"].split("; ")) == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"


@each_page
def test_every_page_has_the_headers(client: Client, address: Callable[[Client], str]) -> None:
    check_headers(client, address(client))


@pytest.mark.parametrize("path", OTHERS.values(), ids=OTHERS)
def test_every_other_answer_has_the_headers(client: Client, path: str) -> None:
    check_headers(client, path)


def test_a_failure_has_the_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("advisor.wizard.views.build.home_page", fail)
    check_headers(Client(raise_request_exception=False), "/")


def shown(client: Client, address: Callable[[Client], str]) -> Element:
    return page(get(client, address(client)))


@each_page
def test_no_page_holds_script_or_style(client: Client, address: Callable[[Client], str]) -> None:
    whole = shown(client, address)
    assert not whole.all("style")
    assert all(script["src"] and not script.raw.strip() for script in whole.all("script"))
    attributes = {name for element in whole for name in element.attributes}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}
    assert not {name for name in attributes if name.startswith(("hx-on", "hx-vals", "hx-vars"))}


@each_page
def test_no_page_asks_a_third_party(client: Client, address: Callable[[Client], str]) -> None:
    whole = shown(client, address)
    fetched = [
        element.attributes[name]
        for element in whole
        for name in ("src", "href", "srcset", "data", "poster", "action")
        # Links lead somewhere, and the page's own address is only told.
        if name in element.attributes
        and element.tag != "a"
        and element.attributes.get("rel") != "canonical"
    ]
    assert fetched
    assert all(address.startswith("/") and not address.startswith("//") for address in fetched)


@each_page
def test_no_id_stands_twice_on_a_page(client: Client, address: Callable[[Client], str]) -> None:
    ids = [element["id"] for element in shown(client, address) if "id" in element.attributes]
    assert len(ids) == len(set(ids))


@each_page
def test_every_reference_within_a_page_holds(
    client: Client, address: Callable[[Client], str]
) -> None:
    whole = shown(client, address)
    names = ("for", "aria-labelledby", "aria-describedby", "aria-controls")
    wanted = {
        id for element in whole for name in names for id in element.attributes.get(name, "").split()
    }
    wanted |= {link["href"][1:] for link in whole.all("a") if link["href"].startswith("#")}
    assert wanted <= {element["id"] for element in whole if "id" in element.attributes}


@each_page
def test_every_page_has_a_title_a_language_and_one_heading(
    client: Client, address: Callable[[Client], str]
) -> None:
    whole = shown(client, address)
    assert whole.one("html")["lang"] == "en"
    assert whole.one("title").text
    assert len(whole.all("h1")) == 1
    assert len(whole.all("main")) == 1


@each_page
def test_every_link_of_a_page_leads_somewhere(
    client: Client, address: Callable[[Client], str]
) -> None:
    links = {link["href"] for link in shown(client, address).all("a")}
    for link in sorted(link for link in links if link.startswith("/"))[:40]:
        assert get(client, link).status_code in (200, 422), link
