"""What others show of a link: the tags of OpenGraph and of search engines."""

import pytest
from django.test import Client

from advisor import catalogue
from advisor.web.markup import text
from tests.support.html import Element, page
from tests.support.saving import HOSTILE, save
from tests.support.site import HTML, RESULT

NAME = "JWT signed with a shared secret (HS256)"


def card(head: Element) -> dict[str, str]:
    return {
        tag.attributes.get("property", tag.attributes.get("name", "")): tag["content"]
        for tag in head.all("meta")
        if tag.attributes.get("property", "").startswith("og:")
        or tag.attributes.get("name") == "description"
    }


def verdict() -> str:
    """What the tree says of the outcome, as its editors wrote it."""
    (outcome,) = (
        outcome
        for outcome in catalogue.loaded_trees()["tokens"].tree.document.outcomes.values()
        if outcome.name == NAME
    )
    return outcome.verdict


def test_a_result_tells_what_is_recommended(client: Client) -> None:
    shown = page(client.get(RESULT))
    told = card(shown)
    assert told.pop("description") == told["og:description"]
    assert told.pop("og:description") == f"Recommended token: {NAME}. {verdict()}"
    assert told == {
        "og:type": "website",
        "og:site_name": "Advisor",
        "og:title": NAME,
        "og:url": f"http://testserver{RESULT}",
    }
    assert shown.one("link", rel="canonical")["href"] == f"http://testserver{RESULT}"


@pytest.mark.django_db
@pytest.mark.parametrize("title", ["Billing API", *HOSTILE])
def test_a_saved_recommendation_tells_its_title(client: Client, title: str) -> None:
    path = save(client, title=title)
    shown = page(client.get(f"{path}?way=django"))
    told = card(shown)
    assert told["og:title"] == title
    assert told["og:type"] == "article"
    assert told["og:description"] == f"Recommended token: {NAME}. {verdict()}"
    assert told["og:url"] == f"http://testserver{path}"
    assert shown.one("link", rel="canonical")["href"] == f"http://testserver{path}"


def test_the_start_page_tells_what_the_tree_decides(client: Client) -> None:
    told = card(page(client.get("/")))
    assert told["og:title"] == "Which token should this system use?"
    assert told["og:url"] == "http://testserver/tokens/"
    summary = catalogue.loaded_trees()["tokens"].tree.document.summary
    assert told["description"] == told["og:description"] == text(summary)


def test_other_pages_tell_nothing(client: Client) -> None:
    for kind in ("first question", "unknown answer", "comparison"):
        assert card(page(client.get(HTML[kind]))) == {}


@pytest.mark.parametrize(
    ("markdown", "read"),
    [
        ("One *two*\nthree.\n\n* four\n* `five`", "One two three. four five"),
        ("[six](https://a.example) <seven>", "six <seven>"),
        ("", ""),
    ],
)
def test_a_text_is_told_without_its_markup(markdown: str, read: str) -> None:
    assert text(markdown) == read
